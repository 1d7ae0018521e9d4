"""Files that no record lists: left by an upload that was interrupted, or withheld."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.page import root_page
from s3pypi_core.record import Tombstone
from s3pypi_core.record_changes import set_status
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, file_key, metadata_key, normalize, page_key, record_key
from tests.builders import build_sdist, build_wheel
from tests.damage import (
    FILE,
    METADATA,
    TWO,
    WHEEL,
    age,
    drop,
    found,
    look_at,
    overwrite,
    put,
    store_now,
    without,
)
from tests.repositories import assert_whole, body, file_names, publish, record_of, root_of

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket


def test_a_file_that_was_never_listed_is_listed_with_its_metadata(bucket: MemoryBucket) -> None:
    was = record_of(bucket, "one")
    put(bucket, without(bucket))
    look_at(bucket, repair=True, young=10**9)  # as an upload would, bring the page up to date
    drop(bucket, METADATA)
    bucket = bucket.fork(versioned=False)

    assert found(look_at(bucket)) == [("unlisted", FILE)]
    (mended, page) = look_at(bucket, repair=True).mended

    assert (mended.finding.kind, page.finding.kind) == ("unlisted", "page-stale")
    assert record_of(bucket, "one").files == was.files
    assert_whole(bucket, "one", "two")


def test_the_first_upload_of_a_project_that_was_interrupted_is_finished(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    publish(bucket, build_wheel(tmp_path, "new"), build_sdist(tmp_path, "new"))
    new = normalize("new")
    for key in (record_key(new), page_key(new)):
        drop(bucket, key)
    age(bucket, ROOT_RECORD)
    age(bucket, ROOT_PAGE)
    bucket = bucket.fork(versioned=False)

    assert look_at(bucket, repair=True).left == []

    assert_whole(bucket, "new", "one", "two")
    assert record_of(bucket, "new").generation == 1  # both files in one step


def test_what_may_be_arriving_is_left_alone_unless_now(bucket: MemoryBucket) -> None:
    put(bucket, without(bucket))
    look_at(bucket, repair=True, young=10**9)
    store_now(bucket, FILE)

    repaired = look_at(bucket, repair=True)
    assert found(repaired) == [("unlisted-new", FILE)]
    assert "--now" in repaired.left[0].remedy
    assert found(look_at(bucket)) == found(repaired)

    assert look_at(bucket, repair=True, young=0).left == []
    assert_whole(bucket, "one", "two")


@pytest.mark.parametrize("status", ["archived", "quarantined"])
def test_nothing_is_listed_in_a_project_that_is_closed(bucket: MemoryBucket, status: str) -> None:
    put(bucket, without(bucket))
    put(bucket, set_status(record_of(bucket, "one"), status, None))
    repaired = look_at(bucket, repair=True)
    assert found(repaired) == [("unlisted-closed", FILE)]
    assert "active" in repaired.left[0].remedy
    assert WHEEL not in file_names(bucket, "one")


def test_a_deleted_file_is_never_listed_again(bucket: MemoryBucket) -> None:
    sha256 = next(file.sha256 for file in record_of(bucket, "one").files if file.filename == WHEEL)
    put(bucket, without(bucket, removed={WHEEL: Tombstone(sha256, "2026-11-22T10:00:00Z")}))
    repaired = look_at(bucket, repair=True)
    assert found(repaired) == [("unlisted-removed", FILE)]
    assert repaired.left[0].remedy.startswith("s3twine undelete one==1.0, if ")
    assert repaired.left[0].remedy.endswith("s3twine delete one==1.0, which finishes what was begun")
    assert WHEEL not in file_names(bucket, "one")


def test_a_withheld_file_is_one_of_the_project(bucket: MemoryBucket) -> None:
    record = record_of(bucket, "two")
    put(bucket, replace(record, files=(), withheld=record.files, status="quarantined", generation=9))
    assert look_at(bucket, deep=True, repair=True).left == []
    assert root_of(bucket).projects == ("one", "two")


def test_a_quarantined_project_that_offers_files_is_named(bucket: MemoryBucket) -> None:
    put(bucket, replace(record_of(bucket, "two"), status="quarantined", generation=9))
    look_at(bucket, repair=True)
    (left,) = look_at(bucket, repair=True).left
    assert left.finding.what == ("files-offered", record_key(TWO))
    assert left.remedy == "s3twine status two quarantined"


def test_a_root_that_is_rebuilt_keeps_what_is_withheld_or_cannot_be_read(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    publish(bucket, build_wheel(tmp_path, "three"), build_wheel(tmp_path, "four"))
    three, four = normalize("three"), normalize("four")
    put(bucket, set_status(record_of(bucket, "one"), "quarantined", None))
    newer = body(bucket, record_key(TWO)).replace(b'"1.4"', b'"1.9"')
    overwrite(bucket, record_key(TWO), newer)
    for key in [key for key in bucket.objects if key.startswith("packages/three/")]:
        drop(bucket, key)
    put(bucket, replace(record_of(bucket, "four"), files=(), generation=9))
    drop(bucket, file_key(four, "four-1.0-py3-none-any.whl"))
    drop(bucket, metadata_key(four, "four-1.0-py3-none-any.whl"))
    drop(bucket, ROOT_RECORD)

    look_at(bucket, repair=True)

    assert root_of(bucket).projects == ("one", three, "two")


def test_a_withheld_project_that_the_root_lacks_is_named_again(bucket: MemoryBucket) -> None:
    put(bucket, set_status(record_of(bucket, "two"), "quarantined", None))
    look_at(bucket, repair=True)
    root = root_of(bucket).without(TWO)
    overwrite(bucket, ROOT_RECORD, root.to_json())
    overwrite(bucket, ROOT_PAGE, root_page(root))
    assert found(look_at(bucket)) == [("root-lacks", record_key(TWO))]
    assert look_at(bucket, repair=True).left == []
    assert root_of(bucket).projects == ("one", "two")
