"""The entries of a ``.netrc``, changed in its text, so that everything else in it stays as it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# A macro's lines are anything, up to an empty one; a comment is the rest of a line.
_WORDS = re.compile(r"(?P<macro>macdef\b.*?(?:\n\s*\n|\Z))|#[^\n]*|\"(?:\\.|[^\"\\])*\"|\S+", re.DOTALL)
_HAS_VALUE = ("login", "user", "account", "password")
_SAFE = re.compile(r"[!$-\[\]-~][!-\[\]-~]*")  # no white space, no quotes in front, no backslash, no comment


def with_entry(text: str, host: str, username: str, password: str) -> str:
    """Put an entry for ``host`` first, in place of those that are there.

    Raises ValueError for what the readers of such files understand in different ways.
    """
    if not (_SAFE.fullmatch(username) and _SAFE.fullmatch(password)):
        raise ValueError
    entry = f"machine {host} login {username} password {password}\n"
    return entry + without_entry(text, host)


def without_entry(text: str, host: str, which: Callable[[str, str], bool] = lambda *_: True) -> str:
    """Take out the entries for ``host``, or those whose user name and password ``which`` wants out."""
    for start, end in reversed(_entries(text, host)):
        if which(*_login(text[start:end])):
            text = text[:start] + text[end:].lstrip("\n")
    return text


def has_entry(text: str, host: str) -> bool:
    """Whether there is an entry for ``host``."""
    return bool(_entries(text, host))


def _login(entry: str) -> tuple[str, str]:
    """The user name and the password of an entry."""
    words = [match[0].strip('"') for match in _WORDS.finditer(entry)]
    said = dict(zip(words[2::2], words[3::2], strict=False))
    return said.get("login", said.get("user", "")), said.get("password", "")


def _entries(text: str, host: str) -> list[tuple[int, int]]:
    """Where entries for ``host`` begin and end."""
    words = [(match[0], match.start(), match["macro"] is not None) for match in _WORDS.finditer(text)]
    found, position = list[tuple[int, int]](), 0
    while position < len(words):
        word, start, is_macro = words[position]
        position += 1
        if is_macro or word != "machine":
            continue
        name = words[position][0].strip('"') if position < len(words) else ""
        position = _end_of_entry(words, position + 1)
        if name.lower() == host:
            found.append((start, words[position][1] if position < len(words) else len(text)))
    return found


def _end_of_entry(words: list[tuple[str, int, bool]], position: int) -> int:
    while position < len(words) and words[position][0] in _HAS_VALUE and not words[position][2]:
        position += 2
    return position
