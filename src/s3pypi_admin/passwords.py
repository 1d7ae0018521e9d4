"""Passwords of new and changed users: where they come from, which are refused, how they are kept."""

from __future__ import annotations

import warnings
from getpass import GetPassWarning
from typing import TYPE_CHECKING

from passlib.hash import pbkdf2_sha256

from s3pypi_core.errors import RepositoryError
from s3pypi_edge.passwords import ROUNDS
from s3pypi_edge.saslprep import saslprep
from s3pypi_edge.tokens import SESSION_PREFIX, TOKEN_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO


LONGEST = 1024  # characters; CloudFront takes 20,480 bytes of headers in all


class BadPassword(RepositoryError):
    """A password that nobody could use, or that would be taken for something else. Never shows it."""

    def __init__(self, problem: str, hint: str = "choose another password") -> None:
        super().__init__(f"{problem}; nothing was changed", hint)


def ask_for_password(ask: Callable[[str], str]) -> str:
    """Ask twice, with ``ask(prompt)``, which does not echo. Raises BadPassword where nobody can be asked."""
    try:
        with warnings.catch_warnings():
            # getpass would go on with an echo on the screen.
            warnings.simplefilter("error", GetPassWarning)
            password = ask("New password: ")
            again = ask("The same again: ")
    except (GetPassWarning, EOFError):
        hint = "give it as one line of standard input, with --password-stdin"
        raise BadPassword("there is no terminal to ask for the password on", hint) from None
    if password != again:
        raise BadPassword("the two passwords differ", "run the same command again")
    return password


def read_password(stream: TextIO) -> str:
    """One line of ``stream``, without its end. Raises BadPassword for bytes that are no text."""
    try:
        return stream.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise BadPassword("standard input is not text in the encoding of this terminal") from None


def hash_password(password: str) -> str:
    """The ``$pbkdf2-sha256$`` hash of the password, SASLprep'd. Raises BadPassword."""
    return str(pbkdf2_sha256.using(rounds=ROUNDS).hash(_checked(password)))


def _checked(password: str) -> str:
    if len(password) > LONGEST:
        raise BadPassword(f"the password has more than {LONGEST} characters")
    try:
        prepared = saslprep(password)
    except ValueError:
        raise BadPassword("a password cannot hold control characters or unassigned ones") from None
    if not prepared:
        raise BadPassword("the password is empty")
    if prepared.startswith((TOKEN_PREFIX, SESSION_PREFIX)):
        raise BadPassword(
            f"a password cannot begin with {TOKEN_PREFIX} or {SESSION_PREFIX}: it would be taken for a token",
            "choose another password; `s3pypi-admin token create NAME` makes a token",
        )
    return prepared
