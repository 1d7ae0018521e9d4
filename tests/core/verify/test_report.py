"""What ``verify`` names, and what a repair leaves in place of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.bucket import (
    METADATA_FILE_HEADERS,
    Headers,
    Unfinished,
    distribution_headers,
)
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.root_index import NoRepository
from s3pypi_core.verify.finding import Finding
from s3pypi_core.verify.mend import Left
from s3pypi_core.verify.restore import CannotMend
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, file_key, page_key, record_key
from tests.damage import (
    FILE,
    METADATA,
    NOW,
    ONE,
    PAGE,
    RECORD,
    TWO,
    WHEEL,
    age,
    drop,
    findings,
    found,
    look_at,
    new_repository,
    overwrite,
    put,
    without,
)
from tests.repositories import UPLOAD_TIME, assert_whole, body, file_names, record_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_core.verify.finding import Kind


def each(harm: Callable[[MemoryBucket, str], None], bucket: MemoryBucket, *keys: str) -> None:
    """Do the same harm to several objects."""
    for key in keys:
        harm(bucket, key)


def test_a_repository_that_is_whole_is_in_order(bucket: MemoryBucket) -> None:
    verified = look_at(bucket, deep=True)
    assert (verified.projects, verified.files, verified.left) == (2, 5, [])


def test_a_whole_repository_costs_a_listing_and_one_read_a_project(bucket: MemoryBucket) -> None:
    seen: list[tuple[str, str]] = []
    bucket.before = lambda operation, key: seen.append((operation, key))
    look_at(bucket)
    of_projects = [request for request in seen if request[1] not in {ROOT_RECORD, ROOT_PAGE}]
    assert sorted(of_projects) == [
        ("get", RECORD),
        ("get", record_key(TWO)),
        ("list", "packages/"),
        ("unfinished", "packages/"),
    ]


def test_verifying_writes_nothing(bucket: MemoryBucket) -> None:
    drop(bucket, PAGE)
    before = dict(bucket.objects)
    look_at(bucket, deep=True)
    assert bucket.objects == before


MENDABLE: dict[str, tuple[Callable[[MemoryBucket], None], list[tuple[str, str]]]] = {
    "page gone": (lambda bucket: drop(bucket, PAGE), [("page-missing", PAGE)]),
    "page old": (lambda bucket: age(bucket, PAGE), [("page-stale", PAGE)]),
    "page damaged": (lambda bucket: overwrite(bucket, PAGE, b"<html>"), [("page-damaged", PAGE)]),
    "record gone": (lambda bucket: drop(bucket, RECORD), [("record-missing", RECORD)]),
    "record cut": (
        lambda bucket: overwrite(bucket, RECORD, body(bucket, RECORD)[:99]),
        [("record-unreadable", RECORD)],
    ),
    "record set back": (lambda bucket: age(bucket, RECORD), [("record-behind", RECORD)]),
    "record and its page set back": (
        lambda bucket: each(age, bucket, RECORD, PAGE),
        [("record-behind", RECORD)],
    ),
    "metadata gone": (lambda bucket: drop(bucket, METADATA), [("metadata-missing", METADATA)]),
    "metadata damaged": (
        lambda bucket: overwrite(bucket, METADATA, b"Name: other"),
        [("metadata-damaged", METADATA)],
    ),
    "file gone": (lambda bucket: drop(bucket, FILE), [("file-missing", FILE)]),
    "file cut": (lambda bucket: overwrite(bucket, FILE, b"PK"), [("file-damaged", FILE)]),
    "file of the same size": (
        lambda bucket: overwrite(bucket, FILE, bytes(len(body(bucket, FILE)))),
        [("file-damaged", FILE)],
    ),
    "file and metadata gone": (
        lambda bucket: each(drop, bucket, FILE, METADATA),
        [("file-missing", FILE), ("metadata-missing", METADATA)],
    ),
    "root gone": (lambda bucket: drop(bucket, ROOT_RECORD), [("root-missing", ROOT_RECORD)]),
    "root cut": (lambda bucket: overwrite(bucket, ROOT_RECORD, b"{"), [("root-unreadable", ROOT_RECORD)]),
    "root set back": (lambda bucket: age(bucket, ROOT_RECORD), [("root-behind", ROOT_RECORD)]),
    "root and its page set back": (
        lambda bucket: each(age, bucket, ROOT_RECORD, ROOT_PAGE),
        [("root-lacks", RECORD), ("root-lacks", record_key(TWO))],
    ),
    "page of the root gone": (lambda bucket: drop(bucket, ROOT_PAGE), [("root-page", ROOT_PAGE)]),
    "page of the root old": (lambda bucket: age(bucket, ROOT_PAGE), [("root-page", ROOT_PAGE)]),
}


@pytest.mark.parametrize(("damage", "named"), MENDABLE.values(), ids=MENDABLE)
def test_each_damage_is_named_and_mended_from_what_is_left(
    bucket: MemoryBucket,
    damage: Callable[[MemoryBucket], None],
    named: list[tuple[str, str]],
) -> None:
    files = record_of(bucket, "one").files
    damage(bucket)

    verified = look_at(bucket, deep=True)
    assert found(verified) == named
    assert all("s3twine verify --repair" in left.remedy for left in verified.left)

    repaired = look_at(bucket, deep=True, repair=True)
    assert repaired.left == []
    assert {mended.finding.what for mended in repaired.mended} >= set(named)
    assert look_at(bucket, deep=True).left == []
    assert_whole(bucket, "one", "two")
    assert record_of(bucket, "one").files == files


STRAYS = [
    "packages/one/README.txt",
    "packages/one/other-1.0.tar.gz",
    "packages/one/one-9.9-py3-none-any.whl.metadata",
    "packages/one/one-notaversion.tar.gz",
    "packages/one/sub/one-1.0.tar.gz",
    "packages/README.txt",
    "packages/One/one-1.0.tar.gz",
    "packages/-/x",
]


@pytest.mark.parametrize("key", STRAYS)
def test_what_belongs_to_nothing_is_named_and_stays(bucket: MemoryBucket, key: str) -> None:
    bucket.create(key, b"?", METADATA_FILE_HEADERS)
    repaired = look_at(bucket, repair=True)
    assert found(repaired) == [("stray", key)]
    assert body(bucket, key) == b"?"


def test_a_listed_file_of_another_project_is_not_said_to_be_needed_by_nothing(bucket: MemoryBucket) -> None:
    record = record_of(bucket, "one")
    foreign = "two-9.0-py3-none-any.whl"
    listed = next(file for file in record.files if file.filename == WHEEL)
    put(bucket, replace(record, files=(*record.files, replace(listed, filename=foreign)), generation=9))
    for key, of in ((FILE, foreign), (METADATA, f"{foreign}.metadata")):
        bucket.create(file_key(ONE, of), body(bucket, key), bucket.objects[key].headers)

    (left,) = look_at(bucket, repair=True).left

    assert left.finding.what == ("misplaced", file_key(ONE, foreign))
    assert "leave it" in left.remedy
    assert "delete" not in left.remedy
    assert foreign in file_names(bucket, "one")


def test_metadata_that_the_record_does_not_promise_belongs_to_nothing(bucket: MemoryBucket) -> None:
    record = record_of(bucket, "one")
    files = tuple(replace(file, core_metadata=None) for file in record.files)
    put(bucket, replace(record, files=files, generation=record.generation + 1))
    look_at(bucket, repair=True)
    assert {finding.kind for finding in findings(look_at(bucket))} == {"stray"}
    assert look_at(bucket, deep=True).files == 5


def test_an_object_without_the_hash_of_its_bytes_is_not_listed(bucket: MemoryBucket) -> None:
    key = "packages/one/one-4.0.tar.gz"
    bucket.create(key, b"put by hand", Headers("application/gzip", "no-cache"))
    (left,) = look_at(bucket, repair=True).left
    assert (left.finding.kind, left.finding.key) == ("unlisted", key)
    assert "does not name the hash" in left.reason
    assert left.remedy == "mend it by hand, or delete it"


def test_a_time_that_is_none_is_not_listed(bucket: MemoryBucket) -> None:
    put(bucket, without(bucket))
    stored = bucket.objects[FILE]
    headers = replace(stored.headers, metadata={**stored.headers.metadata, "upload-time": "yesterday"})
    bucket.replace(FILE, stored.body, headers, etag=stored.etag)
    (left,) = look_at(bucket, repair=True).left
    assert "'yesterday'" in left.reason


def test_metadata_other_than_the_file_holds_is_named(bucket: MemoryBucket) -> None:
    record = record_of(bucket, "one")
    files = tuple(
        replace(file, core_metadata="0" * 64) if file.filename == WHEEL else file for file in record.files
    )
    put(bucket, replace(record, files=files, generation=record.generation + 1))
    look_at(bucket, repair=True)

    repaired = look_at(bucket, deep=True, repair=True)
    assert found(repaired) == [("metadata-damaged", METADATA), ("metadata-differs", METADATA)]
    assert "the record promises other metadata" in repaired.left[0].reason


def test_a_listed_file_that_is_no_distribution_is_named(bucket: MemoryBucket) -> None:
    record = record_of(bucket, "one")
    sha256 = hashlib.sha256(b"PK").hexdigest()
    files = tuple(
        replace(file, sha256=sha256, size=2) if file.filename == WHEEL else file for file in record.files
    )
    put(bucket, replace(record, files=files, generation=record.generation + 1))
    drop(bucket, FILE)
    bucket.create(FILE, b"PK", distribution_headers(WHEEL, sha256, UPLOAD_TIME))
    look_at(bucket, repair=True)
    assert found(look_at(bucket, deep=True)) == [("metadata-differs", METADATA)]
    drop(bucket, METADATA)
    (left,) = look_at(bucket, repair=True).left
    assert left.reason == "it is not a whole zip file (File is not a zip file)"


@pytest.mark.parametrize("kind", ["page-missing", "record-differs", "root-page"])
def test_of_an_index_document_nobody_is_told_that_it_may_be_deleted(kind: Kind) -> None:
    left = Left.after(Finding(kind, PAGE, "it is gone", ONE), CannotMend("its record is gone"))
    assert left.remedy.startswith("s3twine verify --repair")


def test_a_reason_does_not_name_the_copy_that_was_read(bucket: MemoryBucket) -> None:
    sha256 = hashlib.sha256(b"PK").hexdigest()
    put(bucket, without(bucket))
    drop(bucket, FILE)
    bucket.create(FILE, b"PK", distribution_headers(WHEEL, sha256, UPLOAD_TIME))
    (left,) = look_at(bucket, repair=True).left
    assert left.reason == "it is not a whole zip file (File is not a zip file)"


def test_metadata_is_not_made_from_other_bytes(bucket: MemoryBucket) -> None:
    overwrite(bucket, FILE, bytes(len(body(bucket, FILE))))
    drop(bucket, METADATA)
    bucket = bucket.fork(versioned=False)
    (left,) = look_at(bucket, repair=True).left
    assert left.finding.kind == "metadata-missing"
    assert "its distribution has other bytes" in left.reason


def test_uploads_in_parts_that_nobody_finishes_are_aborted(bucket: MemoryBucket) -> None:
    old = Unfinished(FILE, "1", NOW - timedelta(days=2))
    new = Unfinished(FILE, "2", NOW)
    bucket.parts = (old, new)
    assert found(look_at(bucket)) == [("upload-unfinished", FILE)] * 2

    repaired = look_at(bucket, repair=True)

    assert list(bucket.unfinished("")) == [new]
    assert [mended.done for mended in repaired.mended] == ["aborted"]
    assert "--now" in repaired.left[0].remedy
    assert look_at(bucket, "two").left == []
    look_at(bucket, "one", repair=True, young=0)
    assert not list(bucket.unfinished(""))


def test_some_projects_can_be_verified_by_themselves(bucket: MemoryBucket) -> None:
    drop(bucket, PAGE)
    drop(bucket, page_key(TWO))
    assert found(look_at(bucket, "two")) == [("page-missing", page_key(TWO))]
    assert look_at(bucket, "Two", "two", repair=True).projects == 1
    assert found(look_at(bucket)) == [("page-missing", PAGE)]


def test_a_root_is_not_rebuilt_from_some_projects(bucket: MemoryBucket) -> None:
    drop(bucket, ROOT_RECORD)
    (left,) = look_at(bucket, "one", repair=True).left
    assert "without names" in left.reason
    assert left.remedy == "s3twine verify --repair"
    assert bucket.get(ROOT_RECORD) is None


def test_a_project_that_left_no_trace_is_an_error(bucket: MemoryBucket) -> None:
    drop(bucket, PAGE)
    verified = look_at(bucket, "three", "one", "four")
    assert [str(error).partition("\n")[0] for error in verified.errors] == [
        "the repository knows no project four",
        "the repository knows no project three",
    ]
    assert found(verified) == [("page-missing", PAGE)]
    assert verified.projects == 1


def test_a_bucket_without_a_repository_is_an_error() -> None:
    with pytest.raises(NoRepository):
        look_at(MemoryBucket("empty"))


def test_a_repository_whose_making_was_interrupted_is_completed() -> None:
    bucket = new_repository()
    made = body(bucket, ROOT_RECORD)
    drop(bucket, ROOT_RECORD)
    bucket = bucket.fork(versioned=False)
    assert look_at(bucket, repair=True).left == []
    assert body(bucket, ROOT_RECORD) == made
