"""What MemoryBucket offers to tests beyond what every Bucket promises (tests/contract)."""

from __future__ import annotations

import pytest

from s3pypi_core.bucket import RECORD_HEADERS, PreconditionFailed
from s3pypi_core.memory_bucket import MemoryBucket

KEY = "packages/demo/index.json"


def test_each_request_is_announced() -> None:
    bucket = MemoryBucket("acme-pypi")
    announced: list[tuple[str, str]] = []
    bucket.before = lambda operation, key: announced.append((operation, key))
    etag = bucket.create(KEY, b"{}", RECORD_HEADERS)
    bucket.replace(KEY, b"{}", RECORD_HEADERS, etag=etag)
    bucket.get(KEY)
    bucket.head(KEY)
    assert announced == [("create", KEY), ("replace", KEY), ("get", KEY), ("head", KEY)]


def test_a_rival_may_write_before_a_request() -> None:
    bucket = MemoryBucket("acme-pypi")
    rival = MemoryBucket("acme-pypi")
    rival.objects = bucket.objects

    def write(_operation: str, key: str) -> None:
        rival.create(key, b"first", RECORD_HEADERS)

    bucket.before = write
    with pytest.raises(PreconditionFailed):
        bucket.create(KEY, b"second", RECORD_HEADERS)
    assert bucket.objects[KEY].body == b"first"


def test_a_crash_before_a_request_leaves_no_trace() -> None:
    bucket = MemoryBucket("acme-pypi")

    def crash(operation: str, key: str) -> None:
        raise ConnectionAbortedError(operation, key)

    bucket.before = crash
    with pytest.raises(ConnectionAbortedError):
        bucket.create(KEY, b"{}", RECORD_HEADERS)
    assert bucket.objects == {}
