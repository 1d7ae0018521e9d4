"""Records that are gone, where nothing but the old versions that the bucket keeps tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core.bucket import RECORD_HEADERS, AccessDenied
from s3pypi_core.plan import SeveralErrors
from s3pypi_core.record import Record
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, file_key, normalize, page_key, record_key
from tests.builders import build_wheel
from tests.care import delete, once
from tests.damage import FILE, ONE, RECORD, TWO, cared_for_repository, drop, found, look_at
from tests.repositories import assert_whole, file_names, publish, record_of

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket

LOST_TWO = ("record-missing", record_key(TWO))


def lose(bucket: MemoryBucket, name: str) -> Record:
    """Let all that the index says of a project be gone; return what it said."""
    was = record_of(bucket, name)
    drop(bucket, record_key(was.project))
    drop(bucket, page_key(was.project))
    return was


def lose_the_list(bucket: MemoryBucket) -> None:
    """Let the list of projects be gone."""
    drop(bucket, ROOT_RECORD)
    drop(bucket, ROOT_PAGE)


def forbid(bucket: MemoryBucket, *operations: str) -> None:
    """Let these not be allowed."""

    def before(operation: str, _key: str) -> None:
        if operation in operations:
            raise AccessDenied(f"no {operation}")

    bucket.before = before


@pytest.mark.parametrize("name", ["one", "two", "three", "four", "five"])
def test_what_a_record_withdrew_is_not_offered_for_a_moment(tmp_path: Path, name: str) -> None:
    bucket = cared_for_repository(tmp_path)
    was = lose(bucket, name)
    lose_the_list(bucket)
    key = record_key(was.project)
    assert ("record-missing", key) in found(look_at(bucket))

    assert look_at(bucket, repair=True, young=0).left == []

    now = record_of(bucket, name)
    assert (now.files, now.withheld, now.removed, now.status) == (
        was.files,
        was.withheld,
        was.removed,
        was.status,
    )
    assert now.generation == was.generation + 1
    # It was written once: what lies below is that somebody deleted it.
    assert [version.is_delete_marker for version in bucket.versions(key)[:2]] == [False, True]
    assert_whole(bucket, "one", "two", "three", "four")


@pytest.mark.parametrize("names", [[], ["two"]], ids=["all", "by its name"])
def test_the_name_of_a_deleted_file_stays_refused(
    bucket: MemoryBucket, tmp_path: Path, names: list[str]
) -> None:
    delete(bucket, "two==1.0")
    lose(bucket, "two")
    assert found(look_at(bucket, *names)) == [LOST_TWO]

    look_at(bucket, *names, repair=True)

    with pytest.raises(SeveralErrors, match="which were deleted"):
        publish(bucket, build_wheel(tmp_path / "again", "two"))


def test_a_project_of_which_everything_is_gone_comes_back(bucket: MemoryBucket) -> None:
    for key in [key for key in bucket.objects if key.startswith("packages/two/")]:
        drop(bucket, key)
    lose_the_list(bucket)

    assert look_at(bucket, repair=True).left == []

    assert_whole(bucket, "one", "two")


def test_an_upload_over_a_lost_record_does_not_hide_it(bucket: MemoryBucket, tmp_path: Path) -> None:
    delete(bucket, "one==2.0")
    was = lose(bucket, "one")
    bucket.create(RECORD, Record(ONE).to_json(), RECORD_HEADERS)
    publish(bucket, build_wheel(tmp_path / "new", "one", "9.0"))
    assert ("record-behind", RECORD) in found(look_at(bucket, deep=True))

    look_at(bucket, repair=True)

    assert record_of(bucket, "one").removed == was.removed
    assert file_names(bucket, "one") == {*(file.filename for file in was.files), "one-9.0-py3-none-any.whl"}
    assert look_at(bucket, deep=True).left == []


def test_a_record_that_comes_while_its_past_is_asked_is_no_lost_one(bucket: MemoryBucket) -> None:
    delete(bucket, "two==1.0")
    was = lose(bucket, "two").to_json()
    bucket.before = once(
        "versions", record_key(TWO), lambda: bucket.create(record_key(TWO), was, RECORD_HEADERS)
    )
    assert found(look_at(bucket)) == [("page-missing", page_key(TWO))]


def test_what_is_left_of_objects_of_nobody_is_no_project(bucket: MemoryBucket) -> None:
    for key in ("packages/Not_A_Name/index.json", "packages/nobody/notes.txt"):
        bucket.create(key, b"", RECORD_HEADERS)
        drop(bucket, key)

    verified = look_at(bucket)

    assert (verified.projects, verified.left, verified.errors) == (2, [], [])


@pytest.mark.parametrize("operation", ["versions", "folders_kept"])
def test_who_may_not_read_versions_mends_nothing_that_they_might_speak_of(
    bucket: MemoryBucket, operation: str
) -> None:
    delete(bucket, "two==1.0")
    lose(bucket, "two")
    forbid(bucket, operation)

    looked = look_at(bucket, deep=True)
    assert (looked.left, looked.errors) == ([], [])
    said = [f"projects that are lost but for old versions were not looked for: no {operation}"]
    assert looked.warnings == (said if operation == "folders_kept" else [])

    repaired = look_at(bucket, repair=True)
    assert [error.message for error in repaired.errors] == [f"no {operation}"]
    assert repaired.mended == []


def test_who_may_not_read_versions_lists_no_file_without_them(bucket: MemoryBucket, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "three")
    key = file_key(normalize("three"), wheel.name)
    stored = bucket.objects[FILE]
    bucket.create(key, wheel.read_bytes(), stored.headers)
    forbid(bucket, "versions")

    assert found(look_at(bucket)) == [("unlisted", key)]

    assert [error.message for error in look_at(bucket, repair=True).errors] == ["no versions"]
