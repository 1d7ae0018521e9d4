from __future__ import annotations

from typing import Any

import pytest

from s3pypi_core.file import File

WHEEL = File("demo-1.0-py3-none-any.whl", "a" * 64, 10, "2026-11-22T10:00:00Z")
ENTRY: dict[str, Any] = WHEEL.to_json()


def test_a_file_is_written_as_the_simple_api_says() -> None:
    file = File(
        "demo-1!2.0+local.1.tar.gz",
        sha256="a" * 64,
        size=10,
        upload_time="2026-11-22T10:00:00.000001Z",
        requires_python=">=3.9",
        core_metadata="b" * 64,
        yanked="broken on Mondays",
        extra={"provenance": "https://example.com/p", "hashes": {"md5": "c" * 32}},
    )
    assert file.to_json() == {
        "filename": "demo-1!2.0+local.1.tar.gz",
        "url": "demo-1%212.0%2Blocal.1.tar.gz",
        "hashes": {"md5": "c" * 32, "sha256": "a" * 64},
        "size": 10,
        "upload-time": "2026-11-22T10:00:00.000001Z",
        "requires-python": ">=3.9",
        "core-metadata": {"sha256": "b" * 64},
        "yanked": "broken on Mondays",
        "provenance": "https://example.com/p",
    }
    assert File.from_json(file.to_json()) == file


def test_what_a_file_has_not_is_false_or_left_out() -> None:
    assert ENTRY["core-metadata"] is False
    assert ENTRY["yanked"] is False
    assert "requires-python" not in ENTRY


def test_the_old_metadata_key_is_not_written_back() -> None:
    assert "dist-info-metadata" not in File.from_json({**ENTRY, "dist-info-metadata": True}).to_json()


def test_optional_keys_may_be_missing_or_null() -> None:
    short = {key: value for key, value in ENTRY.items() if key not in {"core-metadata", "yanked", "url"}}
    assert File.from_json({**short, "requires-python": None}) == WHEEL


@pytest.mark.parametrize(
    ("filename", "version"),
    [
        ("demo-1.0-py3-none-any.whl", "1.0"),
        ("Demo.Pkg-1.0-3-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "1.0"),
        ("demo-1!2.0rc1+ubuntu.1.tar.gz", "1!2.0rc1+ubuntu.1"),
        ("my-legacy.pkg-2-1.0.post1.zip", "1.0.post1"),
    ],
)
def test_the_version_is_that_of_the_file_name(filename: str, version: str) -> None:
    assert str(File(filename, "a" * 64, 1, "2026-11-22T10:00:00Z").version) == version


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param({"filename": "../demo-1.0.tar.gz"}, "not the name of a wheel", id="path"),
        pytest.param({"filename": "index.html"}, "not the name of a wheel", id="page"),
        pytest.param({"filename": "demo-1.0.tar.gz.metadata"}, "not the name of a wheel", id="metadata"),
        pytest.param({"filename": "demo-one.tar.gz"}, "Invalid version: 'one'", id="version"),
        pytest.param({"hashes": {}}, "'sha256' is missing", id="no hash"),
        pytest.param({"hashes": {"sha256": "A" * 64}}, "is not a SHA-256", id="upper case"),
        pytest.param({"size": -1}, "has the size -1", id="size"),
        pytest.param({"size": "10"}, "'size' is not an integer", id="size as text"),
        pytest.param({"upload-time": "2026-11-22 10:00"}, "not a time in UTC", id="time"),
        pytest.param({"upload-time": "2026-11-22T10:00:00+01:00"}, "not a time in UTC", id="offset"),
        pytest.param({"upload-time": "2026-02-30T10:00:00Z"}, "not a time in UTC", id="no such day"),
        pytest.param({"requires-python": 3}, "'requires-python' is not a string", id="requires-python"),
        pytest.param({"core-metadata": True}, "'core-metadata' is not an object", id="metadata without hash"),
        pytest.param({"core-metadata": {"sha256": "b"}}, "is not a SHA-256", id="metadata hash"),
        pytest.param({"yanked": ""}, "yanked for an empty reason", id="yanked for nothing"),
        pytest.param({"yanked": "\ud83d"}, "any.whl holds half of a surrogate pair", id="yanked for no text"),
        pytest.param({"requires-python": "===\udfff"}, "holds half of a surrogate pair", id="not text"),
        pytest.param({"yanked": None}, "'yanked' is not a string", id="yanked is null"),
    ],
)
def test_an_entry_that_clients_could_not_rely_on_is_refused(change: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        File.from_json({**ENTRY, **change})
