"""What cannot be read or may not be done, and interruptions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.bucket import (
    AccessDenied,
    BucketError,
    Unfinished,
)
from s3pypi_core.verify.verified import Verified, VerifyInterrupted
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, metadata_key, normalize, page_key, record_key
from tests.builders import build_wheel
from tests.damage import (
    FILE,
    METADATA,
    NOW,
    ONE,
    PAGE,
    RECORD,
    TWO,
    drop,
    found,
    look_at,
    new_repository,
)
from tests.repositories import publish

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket


def messages(verified: Verified) -> list[str]:
    """What could not be looked at."""
    return [error.message for error in verified.errors]


@pytest.mark.parametrize("key", [RECORD, FILE], ids=["record", "file"])
def test_what_cannot_be_read_of_one_project_ends_nothing_else(bucket: MemoryBucket, key: str) -> None:
    drop(bucket, page_key(TWO))

    def fail(operation: str, this_key: str) -> None:
        if operation in {"get", "stream"} and this_key == key:
            raise BucketError("access denied")

    bucket.before = fail
    verified = look_at(bucket, deep=True)
    assert messages(verified) == ["access denied"]
    assert found(verified) == [("page-missing", page_key(TWO))]
    assert verified.projects == 1


def test_what_was_done_to_a_project_before_it_could_not_be_read_is_told(bucket: MemoryBucket) -> None:
    drop(bucket, FILE)
    other = metadata_key(ONE, "one-2.0-py3-none-any.whl")
    drop(bucket, other)

    def fail(operation: str, key: str) -> None:
        if (operation, key) == ("create", FILE):
            raise AccessDenied("may not write")
        if (operation, key) == ("list", "packages/one/") and other in bucket.objects:
            raise BucketError("connection lost")

    bucket.before = fail
    repaired = look_at(bucket, repair=True)
    assert [mended.finding.key for mended in repaired.mended] == [other]
    assert [(left.finding.key, left.reason) for left in repaired.left] == [(FILE, "may not write")]
    assert messages(repaired) == ["connection lost"]


def test_a_list_of_projects_is_not_rebuilt_while_a_project_cannot_be_read(bucket: MemoryBucket) -> None:
    drop(bucket, ROOT_RECORD)

    def fail(operation: str, key: str) -> None:
        if (operation, key) == ("get", RECORD):
            raise BucketError("access denied")

    bucket.before = fail
    (left,) = look_at(bucket, repair=True).left
    assert left.finding.what == ("root-missing", ROOT_RECORD)
    assert "without an error" in left.reason
    assert ROOT_RECORD not in bucket.objects


def test_what_cannot_be_read_of_many_projects_ends_the_command(tmp_path: Path) -> None:
    bucket = new_repository()
    publish(bucket, *[build_wheel(tmp_path, f"p{number}") for number in range(11)])
    readable = record_key(normalize("p0"))
    may_read = {ROOT_RECORD, ROOT_PAGE, readable}

    def fail(operation: str, key: str) -> None:
        if operation == "get" and key not in may_read:
            raise BucketError("access denied")

    bucket.before = fail
    assert len(look_at(bucket).errors) == 10
    may_read.remove(readable)
    with pytest.raises(BucketError, match="access denied"):
        look_at(bucket)


def test_who_may_not_list_uploads_in_parts_is_warned_and_told_the_rest(bucket: MemoryBucket) -> None:
    drop(bucket, PAGE)

    def fail(operation: str, _key: str) -> None:
        if operation == "unfinished":
            raise AccessDenied("access denied: s3:ListBucketMultipartUploads")

    bucket.before = fail
    verified = look_at(bucket)
    assert verified.warnings == [
        "uploads in parts were not looked for: access denied: s3:ListBucketMultipartUploads"
    ]
    assert (found(verified), verified.errors) == ([("page-missing", PAGE)], [])


def test_an_upload_in_parts_that_may_not_be_aborted_is_named(bucket: MemoryBucket) -> None:
    bucket.parts = (Unfinished(FILE, "1", NOW - timedelta(days=2)),)

    def fail(operation: str, _key: str) -> None:
        if operation == "abandon":
            raise AccessDenied("access denied", "the credentials need s3:AbortMultipartUpload")

    bucket.before = fail
    (left,) = look_at(bucket, repair=True).left
    assert (left.finding.what, left.reason) == (("upload-unfinished", FILE), "access denied")
    assert left.remedy == "the credentials need s3:AbortMultipartUpload"


@pytest.mark.parametrize("operation", ["versions", "get_version"])
def test_who_may_not_read_versions_can_look_and_not_mend(bucket: MemoryBucket, operation: str) -> None:
    drop(bucket, PAGE)

    def fail(this_operation: str, _key: str) -> None:
        if this_operation == operation:
            raise AccessDenied("access denied")

    bucket.before = fail
    assert found(look_at(bucket)) == [("page-missing", PAGE)]
    before = dict(bucket.objects)
    assert messages(look_at(bucket, repair=True)) == ["access denied"]
    assert bucket.objects == before


def test_versions_that_a_broken_network_hides_are_not_taken_for_forbidden(bucket: MemoryBucket) -> None:
    drop(bucket, PAGE)

    def fail(operation: str, _key: str) -> None:
        if operation == "versions":
            raise BucketError("cannot reach S3")

    bucket.before = fail
    assert messages(look_at(bucket)) == ["cannot reach S3"]


def test_what_the_bucket_refuses_while_it_is_mended_is_a_reason(bucket: MemoryBucket) -> None:
    drop(bucket, METADATA)

    def fail(operation: str, key: str) -> None:
        if (operation, key) == ("create", METADATA):
            raise BucketError("access denied")

    bucket.before = fail
    (left,) = look_at(bucket, repair=True).left
    assert (left.reason, left.remedy) == ("access denied", "s3twine verify --repair one")


@pytest.mark.parametrize("key", [RECORD, ROOT_RECORD, FILE], ids=["record", "root", "file"])
def test_who_may_not_mend_is_told_what_leave_he_needs_and_not_to_delete(
    bucket: MemoryBucket, key: str
) -> None:
    def fail(operation: str, this_key: str) -> None:
        if (operation, this_key) == ("create", key):
            raise AccessDenied("access denied: s3:PutObject", "the credentials need s3:PutObject there")

    drop(bucket, key)
    bucket.before = fail
    (left,) = [left for left in look_at(bucket, repair=True).left if left.finding.key == key]
    assert left.remedy == "the credentials need s3:PutObject there"


def test_an_interruption_says_what_was_mended(bucket: MemoryBucket) -> None:
    drop(bucket, PAGE)

    def interrupt(operation: str, _key: str) -> None:
        if operation == "unfinished":
            raise KeyboardInterrupt

    bucket.before = interrupt
    with pytest.raises(VerifyInterrupted, match=rf"2 projects were verified; mended {PAGE}") as caught:
        look_at(bucket, repair=True)
    assert "again" in caught.value.hint


def test_an_interruption_begins_nothing_new(bucket: MemoryBucket) -> None:
    def interrupt(operation: str, key: str) -> None:
        if (operation, key) == ("list", "packages/") and started:
            raise KeyboardInterrupt
        started.append(key)

    started: list[str] = []
    bucket.before = interrupt
    with pytest.raises(VerifyInterrupted):
        look_at(bucket)
