"""What every Bucket promises, asked of each one there is."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.aws.s3_parts import LARGE
from s3pypi_core.bucket import (
    METADATA_FILE_HEADERS,
    PAGE_HEADERS,
    RECORD_HEADERS,
    BodyChanged,
    Bucket,
    Headers,
    NoSuchBucket,
    ObjectGone,
    PreconditionFailed,
    Unfinished,
    UnreadableBody,
    distribution_headers,
)
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.progress import Stopped
from tests.repositories import content, unheard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.bucket import Object

KEY = "packages/demo/index.json"
BUCKETS = [
    pytest.param("memory", id="memory"),
    pytest.param("s3", id="s3", marks=pytest.mark.loopback),
]


@pytest.fixture(params=BUCKETS)
def bucket(request: pytest.FixtureRequest) -> Bucket:
    """An empty bucket."""
    if request.param == "memory":
        return MemoryBucket("acme-pypi")
    s3_bucket: S3Bucket = request.getfixturevalue("s3_bucket")
    return s3_bucket


@pytest.fixture
def versioned(bucket: Bucket) -> Bucket:
    """The same bucket, which keeps versions from now on."""
    if isinstance(bucket, MemoryBucket):
        bucket.versioned = True
    else:
        assert isinstance(bucket, S3Bucket)
        bucket.client.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    return bucket


@pytest.fixture(params=BUCKETS)
def missing_bucket(request: pytest.FixtureRequest) -> Bucket:
    """A bucket that nobody has made."""
    if request.param == "memory":
        return MemoryBucket("nobody-made-this", exists=False)
    return S3Bucket.open("nobody-made-this", endpoint_url=request.getfixturevalue("aws"))


def test_a_key_that_is_not_there_is_none(bucket: Bucket) -> None:
    assert bucket.get(KEY) is None
    assert bucket.head(KEY) is None


def test_a_bucket_says_what_time_it_is(bucket: Bucket) -> None:
    before = int(time.time())
    now = bucket.now()
    assert now == int(now)
    assert before - 1 <= now <= time.time() + 1


def test_a_bucket_remembers_what_time_it_said(bucket: Bucket) -> None:
    before = bucket.now()
    assert bucket.get(KEY) is None
    asked = bucket.last_heard()
    bucket.create(KEY, b"{}", RECORD_HEADERS)
    assert bucket.get(KEY) is not None
    assert before <= asked <= bucket.last_heard() <= bucket.now()


def test_a_bucket_that_is_not_there_has_no_time(missing_bucket: Bucket) -> None:
    for ask in (missing_bucket.now, missing_bucket.last_heard):
        with pytest.raises(NoSuchBucket):
            ask()


def test_what_is_created_comes_back(bucket: Bucket) -> None:
    etag = bucket.create(KEY, b"{}", RECORD_HEADERS)
    found = bucket.get(KEY)
    assert found is not None
    assert found.head == bucket.head(KEY)
    assert content(bucket.get(KEY)) == (b"{}", etag)


def test_an_etag_is_the_md5_of_the_body_in_quotes(bucket: Bucket) -> None:
    md5 = hashlib.md5(b"{}", usedforsecurity=False).hexdigest()
    assert bucket.create(KEY, b"{}", RECORD_HEADERS) == f'"{md5}"'


def test_an_empty_body_is_a_body(bucket: Bucket) -> None:
    etag = bucket.create(KEY, b"", RECORD_HEADERS)
    assert content(bucket.get(KEY)) == (b"", etag)


def test_nothing_is_created_over_another_object(bucket: Bucket) -> None:
    etag = bucket.create(KEY, b"first", RECORD_HEADERS)
    with pytest.raises(PreconditionFailed, match=KEY):
        bucket.create(KEY, b"second", RECORD_HEADERS)
    assert content(bucket.get(KEY)) == (b"first", etag)


def test_what_was_read_is_replaced(bucket: Bucket) -> None:
    first = bucket.create(KEY, b"first", RECORD_HEADERS)
    second = bucket.replace(KEY, b"second", RECORD_HEADERS, etag=first)
    assert second != first
    assert content(bucket.get(KEY)) == (b"second", second)


def test_what_changed_since_it_was_read_is_not_replaced(bucket: Bucket) -> None:
    first = bucket.create(KEY, b"first", RECORD_HEADERS)
    second = bucket.replace(KEY, b"second", RECORD_HEADERS, etag=first)
    with pytest.raises(PreconditionFailed, match=KEY):
        bucket.replace(KEY, b"third", RECORD_HEADERS, etag=first)
    assert content(bucket.get(KEY)) == (b"second", second)


def test_what_is_gone_is_not_replaced(bucket: Bucket) -> None:
    etag = bucket.create("packages/other", b"{}", RECORD_HEADERS)
    with pytest.raises(PreconditionFailed, match=KEY):
        bucket.replace(KEY, b"{}", RECORD_HEADERS, etag=etag)
    assert bucket.get(KEY) is None


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(RECORD_HEADERS, id="record"),
        pytest.param(PAGE_HEADERS, id="page"),
        pytest.param(METADATA_FILE_HEADERS, id="metadata"),
        pytest.param(distribution_headers("demo-1.0.zip", "ab" * 32, "2026-11-22T10:00:00Z"), id="zip"),
    ],
)
def test_headers_come_back(bucket: Bucket, headers: Headers) -> None:
    etag = bucket.create(KEY, b"body", headers)
    head = bucket.head(KEY)
    assert head is not None
    assert (head.etag, head.size) == (etag, 4)
    assert Headers(head.content_type, head.cache_control, head.metadata) == headers


def test_replacing_replaces_the_headers_too(bucket: Bucket) -> None:
    etag = bucket.create(KEY, b"body", Headers("text/plain", "no-store", {"colour": "red"}))
    bucket.replace(KEY, b"new body", PAGE_HEADERS, etag=etag)
    head = bucket.head(KEY)
    assert head is not None
    assert Headers(head.content_type, head.cache_control, head.metadata) == PAGE_HEADERS


def test_names_of_metadata_are_lower_case(bucket: Bucket) -> None:
    bucket.create(KEY, b"body", Headers("text/plain", "no-cache", {"Upload-Time": "2026-11-22T10:00:00Z"}))
    head = bucket.head(KEY)
    assert head is not None
    assert head.metadata == {"upload-time": "2026-11-22T10:00:00Z"}


def test_a_file_is_created_from_its_path(bucket: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(b"not quite a tar" * 100_000)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    bucket.create_file(KEY, path, RECORD_HEADERS, sha256=sha256, sent=unheard)
    found = bucket.get(KEY)
    assert found is not None
    assert found.body == path.read_bytes()


def test_a_file_that_is_gone_is_refused(bucket: Bucket, tmp_path: Path) -> None:
    with pytest.raises(UnreadableBody, match="No such file"):
        bucket.create_file(KEY, tmp_path / "gone.whl", RECORD_HEADERS, sha256="0" * 64, sent=unheard)


@pytest.mark.parametrize(
    "size", [10, 2 * 2**20, LARGE + 1], ids=["from memory", "in one request", "in parts"]
)
def test_other_bytes_than_those_promised_are_not_stored(bucket: Bucket, tmp_path: Path, size: int) -> None:
    path = tmp_path / "demo.whl"
    path.write_bytes(bytes(size))
    promised = hashlib.sha256(b"what it was").hexdigest()
    with pytest.raises(BodyChanged, match=KEY):
        bucket.create_file(KEY, path, RECORD_HEADERS, sha256=promised, sent=unheard)
    assert bucket.get(KEY) is None


def test_of_a_large_file_every_byte_is_told_once(bucket: Bucket, tmp_path: Path) -> None:
    path, told = tmp_path / "demo.whl", list[int]()
    path.write_bytes(os.urandom(LARGE + 1000))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    bucket.create_file(KEY, path, RECORD_HEADERS, sha256=sha256, sent=told.append)
    assert sum(told) == LARGE + 1000
    found, head = bucket.get(KEY), bucket.head(KEY)
    assert found is not None
    assert head is not None
    assert found.body == path.read_bytes()
    assert head.content_type == RECORD_HEADERS.content_type
    assert head.cache_control == RECORD_HEADERS.cache_control


def test_a_large_file_is_not_created_over_another_object(bucket: Bucket, tmp_path: Path) -> None:
    bucket.create(KEY, b"first", RECORD_HEADERS)
    path = tmp_path / "demo.whl"
    path.write_bytes(bytes(LARGE + 1))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(PreconditionFailed):
        bucket.create_file(KEY, path, RECORD_HEADERS, sha256=sha256, sent=unheard)
    found = bucket.get(KEY)
    assert found is not None
    assert found.body == b"first"


@pytest.mark.parametrize("size", [2 * 2**20, LARGE + 1], ids=["in one request", "in parts"])
def test_who_hears_of_the_bytes_can_stop_them(bucket: Bucket, tmp_path: Path, size: int) -> None:
    path = tmp_path / "demo.whl"
    path.write_bytes(bytes(size))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()

    def stop(_amount: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        bucket.create_file(KEY, path, RECORD_HEADERS, sha256=sha256, sent=stop)
    assert bucket.get(KEY) is None


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("demo-1.0+local.1-py3-none-any.whl", id="plus"),
        pytest.param("demo-1!2.0.tar.gz", id="epoch"),
        pytest.param("demo-1.0 (copy)%2B~'&=,;@$.zip", id="odd"),
    ],
)
def test_a_key_keeps_its_characters(bucket: Bucket, name: str) -> None:
    key = f"packages/demo/{name}"
    bucket.create(key, b"body", RECORD_HEADERS)
    with pytest.raises(PreconditionFailed):
        bucket.create(key, b"body", RECORD_HEADERS)
    assert bucket.head(key)
    assert bucket.get(key)
    assert bucket.get(key.replace("+", " ").replace("%2B", "+").replace("!", "%21")) is None


@pytest.mark.parametrize(
    "request_of",
    [
        pytest.param(lambda bucket: bucket.get(KEY), id="get"),
        pytest.param(lambda bucket: bucket.head(KEY), id="head"),
        pytest.param(lambda bucket: bucket.create(KEY, b"{}", RECORD_HEADERS), id="create"),
        pytest.param(lambda bucket: bucket.delete(KEY), id="delete"),
        pytest.param(lambda bucket: bucket.versions(KEY), id="versions"),
        pytest.param(lambda bucket: bucket.get_version(KEY, "null"), id="get version"),
        pytest.param(lambda bucket: bucket.remove_version(KEY, "null"), id="remove version"),
    ],
)
def test_a_bucket_that_is_not_there_is_an_error(
    missing_bucket: Bucket, request_of: Callable[[Bucket], object]
) -> None:
    with pytest.raises(NoSuchBucket, match="nobody-made-this"):
        request_of(missing_bucket)


def test_nothing_is_replaced_in_a_bucket_that_is_not_there(missing_bucket: Bucket) -> None:
    # A server may look at If-Match before it looks for the bucket; reading again then says what is wrong.
    with pytest.raises((NoSuchBucket, PreconditionFailed)):
        missing_bucket.replace(KEY, b"{}", RECORD_HEADERS, etag='"0"')


def test_of_several_who_create_a_key_one_wins(bucket: Bucket) -> None:
    bodies = [b"zero", b"one", b"two", b"three"]
    start = threading.Barrier(len(bodies))

    def create(body: bytes) -> bytes | None:
        start.wait()
        try:
            bucket.create(KEY, body, RECORD_HEADERS)
        except PreconditionFailed:
            return None
        return body

    with ThreadPoolExecutor(len(bodies)) as pool:
        (winner,) = [body for body in pool.map(create, bodies) if body is not None]
    stored = bucket.get(KEY)
    assert stored is not None
    assert stored.body == winner


def test_nothing_is_lost_where_several_replace(bucket: Bucket) -> None:
    bucket.create(KEY, b"0", RECORD_HEADERS)
    have_read = threading.Barrier(4)

    def count(_: int) -> None:
        read = bucket.get(KEY)
        have_read.wait()  # so that only one of them can win at first
        while not replaced(read):
            read = bucket.get(KEY)

    def replaced(read: Object | None) -> bool:
        assert read is not None
        try:
            bucket.replace(KEY, b"%d" % (int(read.body) + 1), RECORD_HEADERS, etag=read.etag)
        except PreconditionFailed:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(4)))
    stored = bucket.get(KEY)
    assert stored is not None
    assert stored.body == b"4"


def test_what_is_deleted_is_gone_and_may_come_again(bucket: Bucket) -> None:
    bucket.create(KEY, b"first", RECORD_HEADERS)
    bucket.delete(KEY)
    bucket.delete(KEY)
    assert bucket.get(KEY) is None
    assert bucket.versions(KEY) == []
    etag = bucket.create(KEY, b"second", RECORD_HEADERS)
    assert content(bucket.get(KEY)) == (b"second", etag)


def test_without_versions_there_is_the_one_that_is_there(bucket: Bucket) -> None:
    first = bucket.create(KEY, b"first", RECORD_HEADERS)
    etag = bucket.replace(KEY, b"second!", RECORD_HEADERS, etag=first)
    (only,) = bucket.versions(KEY)
    assert (only.id, only.etag, only.size) == ("null", etag, 7)
    assert (only.is_latest, only.is_delete_marker) == (True, False)
    assert only.modified.tzinfo is not None
    assert content(bucket.get_version(KEY, "null")) == (b"second!", etag)


def test_what_was_replaced_or_deleted_is_kept(versioned: Bucket) -> None:
    first = versioned.create(KEY, b"first", RECORD_HEADERS)
    versioned.create(f"{KEY}.more", b"another key", RECORD_HEADERS)
    versioned.replace(KEY, b"second", RECORD_HEADERS, etag=first)
    versioned.delete(KEY)

    marker, second, oldest = versioned.versions(KEY)

    assert [version.is_delete_marker for version in (marker, second, oldest)] == [True, False, False]
    assert [version.is_latest for version in (marker, second, oldest)] == [True, False, False]
    assert (oldest.etag, second.size, marker.size) == (first, 6, 0)
    assert content(versioned.get_version(KEY, oldest.id)) == (b"first", first)
    assert versioned.get_version(KEY, marker.id) is None
    assert versioned.get_version(KEY, "0123456789abcdef0123456789abcdef") is None
    assert versioned.get(KEY) is None


def test_what_lay_under_a_marker_is_there_again_without_it(versioned: Bucket) -> None:
    etag = versioned.create(KEY, b"first", RECORD_HEADERS)
    versioned.delete(KEY)
    versioned.delete(KEY)

    for marker in [version for version in versioned.versions(KEY) if version.is_delete_marker]:
        assert versioned.get(KEY) is None
        versioned.remove_version(KEY, marker.id)

    assert content(versioned.get(KEY)) == (b"first", etag)
    (only,) = versioned.versions(KEY)
    versioned.remove_version(KEY, only.id)
    versioned.remove_version(KEY, only.id)
    assert versioned.get(KEY) is None
    assert versioned.versions(KEY) == []


def test_a_listing_names_every_object_below_a_prefix(bucket: Bucket) -> None:
    for key in ("packages/a/x", "packages/a-b/x", "packages/a/y.metadata", "config/users.json"):
        bucket.create(key, b"body", RECORD_HEADERS)
    etag = f'"{hashlib.md5(b"body", usedforsecurity=False).hexdigest()}"'
    listed = sorted(bucket.list("packages/"))  # S3 orders by the whole key, other servers by folder
    assert [entry.key for entry in listed] == ["packages/a-b/x", "packages/a/x", "packages/a/y.metadata"]
    assert {(entry.size, entry.etag) for entry in listed} == {(4, etag)}
    assert all(entry.modified.tzinfo for entry in listed)
    assert [entry.key for entry in bucket.list("packages/a/")] == ["packages/a/x", "packages/a/y.metadata"]
    assert list(bucket.list("packages/b/")) == []


def test_a_listing_goes_on_after_a_thousand(bucket: Bucket) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = [f"packages/demo/{number:04}" for number in range(1001)]
        list(pool.map(lambda key: bucket.create(key, b"", RECORD_HEADERS), keys))
    assert [entry.key for entry in bucket.list("packages/")] == keys


def test_a_listing_of_a_bucket_that_is_not_there_is_an_error(missing_bucket: Bucket) -> None:
    with pytest.raises(NoSuchBucket, match="nobody-made-this"):
        list(missing_bucket.list("packages/"))


def test_an_object_is_read_as_it_comes(bucket: Bucket) -> None:
    bucket.create(KEY, b"body", RECORD_HEADERS)
    with bucket.stream(KEY) as body:
        assert (body.read(3), body.read(3), body.read(3)) == (b"bod", b"y", b"")


def test_an_object_that_is_opened_tells_what_its_head_tells(bucket: Bucket) -> None:
    headers = distribution_headers("demo-1.0.tar.gz", "ab" * 32, "2026-11-22T10:00:00Z")
    bucket.create(KEY, b"body", headers)
    with bucket.opened(KEY) as found:
        assert found.head == bucket.head(KEY)
        assert (found.head.content_type, found.head.cache_control) == (
            headers.content_type,
            headers.cache_control,
        )
        assert found.head.metadata == headers.metadata
        assert found.body.read() == b"body"


def test_an_earlier_version_is_read_as_it_comes(versioned: Bucket) -> None:
    etag = versioned.create(KEY, b"first", RECORD_HEADERS)
    versioned.replace(KEY, b"second", RECORD_HEADERS, etag=etag)
    (first,) = [version for version in versioned.versions(KEY) if version.etag == etag]
    with versioned.stream(KEY, version=first.id) as body:
        assert body.read() == b"first"
    with versioned.opened(KEY, version=first.id) as found:
        assert (found.head.etag, found.body.read()) == (etag, b"first")


@pytest.mark.parametrize("version", [None, "12345678"])
def test_what_is_not_there_is_not_read(versioned: Bucket, version: str | None) -> None:
    with pytest.raises(ObjectGone, match=KEY), versioned.stream(KEY, version=version):
        pass  # pragma: no cover - it is not there


def test_an_upload_in_parts_is_found_and_abandoned_once(bucket: Bucket) -> None:
    begin_in_parts(bucket, KEY)
    (upload,) = bucket.unfinished("packages/")
    assert upload.key == KEY
    assert upload.begun.tzinfo
    assert list(bucket.unfinished("config/")) == []
    bucket.abandon(upload)
    bucket.abandon(upload)
    assert list(bucket.unfinished("packages/")) == []


def begin_in_parts(bucket: Bucket, key: str) -> None:
    """Begin what nobody will finish."""
    if isinstance(bucket, S3Bucket):
        bucket.client.create_multipart_upload(Bucket=bucket.name, Key=key)
    else:
        assert isinstance(bucket, MemoryBucket)
        bucket.parts = (Unfinished(key, "1", datetime.now(timezone.utc)),)
