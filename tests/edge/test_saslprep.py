from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from passlib.utils import saslprep as saslprep_of_passlib

from s3pypi_edge.saslprep import LONGEST_TEXT, saslprep


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        pytest.param("I\u00adX", "IX", id="RFC 4013 example 1: soft hyphen"),
        pytest.param("user", "user", id="RFC 4013 example 2"),
        pytest.param("USER", "USER", id="RFC 4013 example 3: case stays"),
        pytest.param("\u00aa", "a", id="RFC 4013 example 4"),
        pytest.param("\u2168", "IX", id="RFC 4013 example 5"),
        pytest.param("a\u00a0b", "a b", id="no-break space"),
        pytest.param("e\u0301", "\u00e9", id="decomposed"),
        pytest.param("\u0627\u0031\u0628", "\u0627\u0031\u0628", id="right to left"),
        pytest.param("", "", id="empty"),
        pytest.param("\u00ad", "", id="nothing left"),
    ],
)
def test_text_is_prepared(text: str, prepared: str) -> None:
    assert saslprep(text) == prepared


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\u0007", id="RFC 4013 example 6: control character"),
        pytest.param("\u0627\u0031", id="RFC 4013 example 7: bidirectional"),
        pytest.param("\u0627a\u0628", id="both directions"),
        pytest.param("a\n", id="newline"),
        pytest.param("\x7f", id="delete"),
        pytest.param("\u00e9\x00", id="NUL beside a letter beyond ASCII"),
        pytest.param("\ue000", id="private use"),
        pytest.param("\ufdd0", id="no character"),
        pytest.param("\ud800", id="surrogate"),
        pytest.param("\ufffd", id="replacement"),
        pytest.param("\u2ff0", id="ideographic description"),
        pytest.param("\u200e", id="mark"),
        pytest.param("\U000e0041", id="tag"),
        pytest.param("\U0001f600", id="newer than Unicode 3.2"),
    ],
)
def test_what_is_prohibited_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match=r"^it (contains|mixes)[ -~]+$"):
        saslprep(text)


@pytest.mark.parametrize("letter", ["a", "\u00e9"])
def test_a_text_that_takes_long_to_prepare_is_refused(letter: str) -> None:
    assert saslprep(letter * LONGEST_TEXT) == letter * LONGEST_TEXT
    with pytest.raises(ValueError, match="longer than 1024"):
        saslprep(letter * (LONGEST_TEXT + 1))


def _is_old(character: str) -> bool:
    return unicodedata.ucd_3_2_0.category(character) != "Cn"


@given(st.text(st.characters().filter(_is_old)))
def test_passlib_prepares_alike(text: str) -> None:
    try:
        expected = saslprep_of_passlib(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"^it "):
            saslprep(text)
    else:
        assert saslprep(text) == expected


@given(st.text())
def test_preparing_twice_changes_nothing(text: str) -> None:
    try:
        prepared = saslprep(text)
    except ValueError:
        return
    assert saslprep(prepared) == prepared
