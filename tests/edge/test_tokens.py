from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_edge import tokens


@given(st.from_regex(r"\A[a-z0-9]{1,32}\Z"), st.binary(min_size=32, max_size=32))
def test_a_token_carries_its_id_and_its_secret(token_id: str, secret: bytes) -> None:
    token = tokens.make_token(token_id, secret)
    assert tokens.token_id(token) == token_id
    assert base64.urlsafe_b64decode(token.removeprefix(f"s3p_{token_id}_") + "=") == secret


@pytest.mark.parametrize("token_id", ["", "A", "a_b", "a-b", "\xe9", "a" * 33, "a\n"], ids=repr)
def test_an_id_that_could_not_be_told_apart_is_refused(token_id: str) -> None:
    with pytest.raises(ValueError, match="not a token id"):
        tokens.make_token(token_id, bytes(32))


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        tokens.make_token("a", bytes(31))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s3p_",
        "s3p_a_",
        "s3p_a_" + "A" * 42,
        "s3p_a_" + "A" * 44,
        "s3p_a_" + "A" * 42 + "+",
        "s3p_A_" + "A" * 43,
        "s3ps_a_" + "A" * 43,
        " s3p_a_" + "A" * 43,
        "s3p_a_" + "A" * 43 + "\n",
    ],
    ids=repr,
)
def test_what_is_not_written_like_a_token_has_no_id(text: str) -> None:
    assert tokens.token_id(text) is None


def test_the_digest_is_of_the_whole_token() -> None:
    token = tokens.make_token("a", bytes(32))
    assert tokens.digest(token) == hashlib.sha256(token.encode()).hexdigest()
