"""What SASLprep does to text beyond ASCII. Apart, because few need its tables, which take time to load."""

from __future__ import annotations

import stringprep
from unicodedata import ucd_3_2_0


def prepare(text: str) -> str:
    """Map, normalise and check, as saslprep says."""
    # RFC 4013, 2.1: "non-ASCII space characters [StringPrep, C.1.2] that can be mapped to SPACE (U+0020), and
    # the "commonly mapped to nothing" characters [StringPrep, B.1] that can be mapped to nothing."
    mapped = "".join(
        " " if stringprep.in_table_c12(character) else character
        for character in text
        if not stringprep.in_table_b1(character)
    )
    # RFC 4013, 2.2: "This profile specifies using Unicode normalization form KC": that of Unicode 3.2.
    prepared = ucd_3_2_0.normalize("NFKC", mapped)
    if any(_is_prohibited(character) for character in prepared):
        raise ValueError("it contains a character that SASLprep (RFC 4013) prohibits")
    _check_directions(prepared)
    return prepared


def _is_prohibited(character: str) -> bool:
    # RFC 4013, 2.3: "This profile specifies the following characters as prohibited input"; and 2.5.
    return (
        stringprep.in_table_c12(character)
        or stringprep.in_table_c21_c22(character)
        or stringprep.in_table_c3(character)
        or stringprep.in_table_c4(character)
        or stringprep.in_table_c5(character)
        or stringprep.in_table_c6(character)
        or stringprep.in_table_c7(character)
        or stringprep.in_table_c8(character)
        or stringprep.in_table_c9(character)
        or stringprep.in_table_a1(character)
    )


def _check_directions(text: str) -> None:
    # RFC 3454, 6: "If a string contains any RandALCat character, the string MUST NOT contain any LCat
    # character", and "a RandALCat character MUST be the first character of the string, and a RandALCat
    # character MUST be the last character of the string".
    if not any(map(stringprep.in_table_d1, text)):
        return
    ends = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    if not ends or any(map(stringprep.in_table_d2, text)):
        raise ValueError("it mixes writing directions in a way that SASLprep (RFC 4013) prohibits")
