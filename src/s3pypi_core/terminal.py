"""Words of others on somebody's terminal: they may hold what moves its cursor, renames it, or worse."""

from __future__ import annotations

_HIDDEN = "\N{REPLACEMENT CHARACTER}"
_SPACES = str.maketrans("\n\t", "  ")


def printable(text: str) -> str:
    r"""The text with its lines, and without anything else that a terminal would not just show.

    >>> printable("one\r\ntwo \x1b[2J") == "one\ntwo \N{REPLACEMENT CHARACTER}[2J"
    True
    """
    lines = text.replace("\r\n", "\n")
    return "".join(char if char.isprintable() or char in "\n\t" else _HIDDEN for char in lines)


def one_line(text: str) -> str:
    r"""The text as a single line that a terminal just shows: no name can look like the lines after it.

    >>> one_line("demo.whl: taken\nall in order")
    'demo.whl: taken all in order'
    """
    return printable(text).translate(_SPACES)
