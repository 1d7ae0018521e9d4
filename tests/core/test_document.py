from __future__ import annotations

import json

import pytest

from s3pypi_core.document import UnreadableDocument, expect, load, reading


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        pytest.param(b"", "it is not JSON", id="empty"),
        pytest.param(b"<!DOCTYPE html>", "it is not JSON", id="html"),
        pytest.param(b'{"meta": {"api', "it is not JSON", id="cut short"),
        pytest.param(b"\xef\xbb\xbf{}", "it is not JSON", id="byte order mark"),
        pytest.param(b'"\xff"', "can't decode byte 0xff", id="not UTF-8"),
        pytest.param(b"[" * 100_000, "it is nested too deeply", id="deep"),
        pytest.param(b'{"a": NaN}', "it holds NaN, which is not JSON", id="NaN"),
        pytest.param(b'{"a": 1e999}', "it holds 1e999, which is too large a number", id="infinite"),
        pytest.param(rb'{"a": ["\uD83D "]}', "the whole holds half of a surrogate pair", id="half a pair"),
        pytest.param(b"[]", "the whole is not an object", id="list"),
        pytest.param(b"{}", "'meta' is missing", id="no meta"),
        pytest.param(b'{"meta": null}', "'meta' is not an object", id="null meta"),
        pytest.param(b'{"meta": {"api-version": 1.4}}', "'api-version' is not a string", id="number"),
        pytest.param(b'{"meta": {"api-version": "1.4.0"}}', "its API version is '1.4.0'", id="three parts"),
    ],
)
def test_what_is_no_index_document_is_refused(body: bytes, fault: str) -> None:
    with pytest.raises(UnreadableDocument) as refused, reading("some/key"):
        load(body, "some/key")
    assert refused.value.message.startswith("some/key in the bucket cannot be read: ")
    assert fault in refused.value.message


@pytest.mark.parametrize("version", ["1.5", "2.0", "0.9"])
def test_a_document_of_another_version_is_refused_because_it_could_not_be_written_back(version: str) -> None:
    body = json.dumps({"meta": {"api-version": version}}).encode()
    with pytest.raises(UnreadableDocument) as refused, reading("some/key"):
        load(body, "some/key")
    assert refused.value.hint == "upgrade s3twine"


@pytest.mark.parametrize("version", ["1.0", "1.3", "1.4"])
def test_a_document_of_this_version_or_an_older_one_is_read(version: str) -> None:
    document = {"meta": {"api-version": version}, "half": 0.5}
    assert load(json.dumps(document).encode(), "some/key") == document


def test_a_surrogate_pair_is_text() -> None:
    body = json.dumps({"meta": {"api-version": "1.4"}, "said": "\N{SNAKE}"}).encode()
    assert load(body, "some/key")["said"] == "\N{SNAKE}"


def test_true_is_no_integer() -> None:
    with pytest.raises(ValueError, match="'size' is not an integer"):
        expect({"size": True}, "size", int)
