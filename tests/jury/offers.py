"""What HTML shows of the words in a record, and how two readings of the same files differ."""

from __future__ import annotations

import unicodedata
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def as_html_shows(text: str) -> str:
    """The text with a replacement character for each one that HTML cannot hold in any way."""
    return "".join(letter if _fits(letter) else "\N{REPLACEMENT CHARACTER}" for letter in text)


def differences(in_record: Sequence[object], on_page: Sequence[object]) -> Iterator[str]:
    """Say of each file in which its two readings differ."""
    for offered, shown in zip_longest(in_record, on_page):
        if offered != shown:
            yield f"the record says {offered}, and the page {shown}"


def _fits(letter: str) -> bool:
    # HTML: "surrogates, noncharacters, and controls other than ASCII whitespace" are left out; U+000C and
    # U+000D are whitespace that a parser, or a client, may take for another.
    noncharacter = ord(letter) & 0xFFFE == 0xFFFE or "\ufdd0" <= letter <= "\ufdef"
    return letter in "\t\n" or not (noncharacter or unicodedata.category(letter) in {"Cc", "Cs"})
