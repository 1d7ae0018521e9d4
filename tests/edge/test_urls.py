"""Held against urllib.parse, which the edge does without."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_edge.urls import decode, encode, encode_path, split_url

TEXT = st.text(st.characters(codec="utf-8"))
ESCAPES = st.text(st.sampled_from("%0123456789abcdefABCDEFxyz/+"))


@given(TEXT)
def test_it_encodes_as_urllib_does(text: str) -> None:
    assert encode(text) == quote(text, safe="")
    assert encode_path(text) == quote(text, safe="/")


@given(ESCAPES | st.text(st.characters(codec="ascii")))
def test_it_decodes_as_urllib_does(text: str) -> None:
    assert decode(text) == unquote_to_bytes(text)


@given(TEXT)
def test_what_was_encoded_is_decoded_again(text: str) -> None:
    assert decode(encode(text)) == text.encode()


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.s3.eu-central-1.amazonaws.com/config/users.json",
        "http://127.0.0.1:8333/acme/a%20b?list-type=2&prefix=a%2Fb",
        "https://sts.amazonaws.com?Action=GetCallerIdentity",
        "https://sts.amazonaws.com",
        "https://host/?",
    ],
)
def test_a_url_has_the_parts_that_urllib_finds(url: str) -> None:
    parts, expected = split_url(url), urlsplit(url)
    assert parts == (expected.scheme, expected.netloc, expected.path, expected.query)


@pytest.mark.parametrize(
    "url", ["", "/config", "ftp://host/", "https://", "https:///x", "https://host/#x", "host:80"]
)
def test_anything_else_is_no_url(url: str) -> None:
    with pytest.raises(ValueError, match=re.escape("not an absolute URL")):
        split_url(url)
