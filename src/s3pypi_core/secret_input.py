"""Secrets that a person types or a program pipes in. No message ever repeats one."""

from __future__ import annotations

import warnings
from getpass import GetPassWarning
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

LONGEST = 65_536  # characters: more than any repository takes


class NoSecret(RepositoryError):
    """Nobody gave a password or token that could be used."""

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(f"{problem}; nothing was done", hint)


def ask_secret(ask: Callable[[str], str], prompt: str) -> str:
    """What ``ask(prompt)`` returns, which does not echo, as getpass does not; never empty.

    Raises NoSecret, also where there is nobody to ask.
    """
    try:
        with warnings.catch_warnings():
            # Without a terminal getpass would go on, and show what is typed.
            warnings.simplefilter("error", GetPassWarning)
            return _secret(lambda: ask(prompt))
    except (GetPassWarning, EOFError):
        hint = "give it as one line of standard input, with --password-stdin"
        raise NoSecret("there is no terminal to ask for the password or token on", hint) from None


def read_secret(stream: TextIO | None) -> str:
    """The one line of ``stream``, of which only the end is taken off; never empty. Raises NoSecret.

    ``stream`` is None where standard input is closed.
    """
    secret = _secret(lambda: _without_end(stream.read(LONGEST)) if stream else "")
    if "\n" in secret:
        hint = "give it alone, on one line"
        raise NoSecret("more than one line was given for the password or token", hint)
    return secret


def read_line(stream: TextIO | None) -> str:
    """The next line of ``stream``, as read_secret gives the only one. Raises NoSecret."""
    return _secret(lambda: _without_end(stream.readline()) if stream else "")


def _without_end(line: str) -> str:
    return line.removesuffix("\n").removesuffix("\r")


def _secret(read: Callable[[], str]) -> str:
    try:
        secret = read()
        # Where the locale is C, bytes that are no text come as surrogates, which nothing can send.
        secret.encode()
    except UnicodeError:
        hint = "write it in UTF-8, or in the encoding that LC_ALL names"
        raise NoSecret("what was given for the password or token is not text", hint) from None
    if not secret:
        raise NoSecret("no password or token was given")
    return secret
