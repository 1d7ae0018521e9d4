from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s3pypi_core import deletion, record_changes
from s3pypi_core.bucket import RECORD_HEADERS, BucketError, distribution_headers
from s3pypi_core.care import change, open_project
from s3pypi_core.objects import LostMeanwhile
from s3pypi_core.release import NoSuchRelease, Scope
from s3pypi_core.undeletion import NotKept
from s3pypi_edge.keys import file_key, metadata_key, normalize, record_key
from tests.builders import build_metadata, build_sdist, build_wheel
from tests.care import DATE, crash_everywhere, delete, new_repository, once, undelete, versions_of
from tests.repositories import PATIENT, assert_whole, publish, record_of

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket

DEMO = normalize("demo")
RECORD = record_key(DEMO)
WHEEL = "demo-1.0-py3-none-any.whl"


def filled(folder: Path, *, versioned: bool = True) -> MemoryBucket:
    """A repository whose first release of demo is yanked; the sdist's metadata is not final."""
    bucket = new_repository(versioned=versioned)
    sdist = build_sdist(folder, metadata=build_metadata(metadata_version="2.1"))
    publish(bucket, build_wheel(folder, requires_python=">=3.8"), sdist, build_wheel(folder, version="2.0"))
    yanked = Scope.parse("demo==1.0")
    change(bucket, open_project(bucket, DEMO), lambda now: record_changes.yank(now, yanked, "bad"), PATIENT)
    return bucket


@pytest.mark.parametrize("what", ["demo==1.0", "demo"])
def test_a_deleted_release_comes_back_as_it_was(tmp_path: Path, what: str) -> None:
    bucket = filled(tmp_path)
    before = record_of(bucket, "demo")
    delete(bucket, what)

    done = undelete(bucket, what)

    assert_whole(bucket, "demo")
    after = record_of(bucket, "demo")
    assert (after.files, after.removed) == (before.files, {})
    assert after.generation == before.generation + 2
    assert WHEEL in [file.filename for file in done.restored]


def test_what_comes_back_to_a_quarantined_project_waits(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    delete(bucket, "demo==1.0")
    change(
        bucket,
        open_project(bucket, DEMO),
        lambda now: record_changes.set_status(now, "quarantined", None),
        PATIENT,
    )

    undelete(bucket, "demo==1.0")

    assert record_of(bucket, "demo").files == ()
    assert len(record_of(bucket, "demo").withheld) == 3


def test_a_crash_before_any_request_is_finished_by_the_same_command(tmp_path: Path) -> None:
    def deleted() -> MemoryBucket:
        bucket = filled(tmp_path)
        delete(bucket, "demo")
        return bucket

    def finished(bucket: MemoryBucket) -> None:
        assert versions_of(bucket, "demo") == ["1.0", "2.0"]
        assert_whole(bucket, "demo")

    assert crash_everywhere(deleted, lambda bucket: undelete(bucket, "demo"), finished) > 20


def test_a_release_that_is_there_needs_nothing(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    before = dict(bucket.objects)
    assert undelete(bucket, "demo==1.0").restored == []
    assert bucket.objects == before


@pytest.mark.parametrize("what", ["demo==9.9", "demo==1.0"], ids=["never there", "forgotten"])
def test_what_nobody_remembers_does_not_come_back(tmp_path: Path, what: str) -> None:
    bucket = filled(tmp_path)
    delete(bucket, "demo==1.0", forget=True)
    with pytest.raises(NoSuchRelease, match=r"the releases of demo: 2\.0"):
        undelete(bucket, what)


def test_without_versions_nothing_comes_back_and_nothing_changes(tmp_path: Path) -> None:
    bucket = filled(tmp_path, versioned=False)
    delete(bucket, "demo==1.0")
    before = dict(bucket.objects)
    with pytest.raises(NotKept, match="not keep the bytes of demo-1") as caught:
        undelete(bucket, "demo==1.0")
    assert "build it with another version" in caught.value.hint
    assert bucket.objects == before


def forget_the_past(bucket: MemoryBucket) -> None:
    """Let the retention of the record's old versions end."""
    for version in bucket.versions(RECORD)[1:]:
        bucket.remove_version(RECORD, version.id)


def test_without_old_records_the_bytes_and_the_tombstones_tell_all_but_the_yank(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    before = record_of(bucket, "demo")
    delete(bucket, "demo==1.0")
    forget_the_past(bucket)

    done = undelete(bucket, "demo==1.0")

    assert_whole(bucket, "demo")
    after = record_of(bucket, "demo")
    assert after.removed == {}
    assert after.files == tuple(replace(file, yanked=False) for file in before.files)
    assert list(done.rebuilt) == [WHEEL, "demo-1.0.tar.gz"]
    assert [file.filename for file in done.restored] == list(done.rebuilt)


def test_what_old_records_list_keeps_its_yank_beside_what_they_do_not(tmp_path: Path) -> None:
    """The sdist went first, and the only old record that is left has the wheel alone."""
    bucket = filled(tmp_path)
    wheel, sdist = (file for file in record_of(bucket, "demo").files if str(file.version) == "1.0")
    only = {"leftovers": [], "date": DATE, "backoff": PATIENT}
    deletion.delete(bucket, open_project(bucket, DEMO), lambda _record: [sdist], **only)  # type: ignore[arg-type]
    forget_the_past(bucket)
    delete(bucket, "demo==1.0")

    done = undelete(bucket, "demo==1.0")

    assert list(done.rebuilt) == ["demo-1.0.tar.gz"]
    assert set(record_of(bucket, "demo").files) >= {wheel, replace(sdist, yanked=False)}
    assert_whole(bucket, "demo")


def test_a_crash_of_a_rebuilding_is_finished_by_the_same_command(tmp_path: Path) -> None:
    def deleted() -> MemoryBucket:
        bucket = filled(tmp_path)
        delete(bucket, "demo")
        forget_the_past(bucket)
        return bucket

    def finished(bucket: MemoryBucket) -> None:
        assert versions_of(bucket, "demo") == ["1.0", "2.0"]
        assert_whole(bucket, "demo")

    assert crash_everywhere(deleted, lambda bucket: undelete(bucket, "demo"), finished) > 20


@pytest.mark.parametrize("claims", ["nothing", "the tombstone's hash"])
def test_other_bytes_are_not_listed_without_an_old_record_either(tmp_path: Path, claims: str) -> None:
    bucket = filled(tmp_path)
    (wheel, *_) = record_of(bucket, "demo").files
    delete(bucket, "demo==1.0")
    forget_the_past(bucket)
    sha256 = wheel.sha256 if claims != "nothing" else "0" * 64
    bucket.create(file_key(DEMO, WHEEL), b"other", distribution_headers(WHEEL, sha256, wheel.upload_time))
    with pytest.raises(NotKept, match=f"the bytes of {WHEEL};"):
        undelete(bucket, "demo==1.0")
    assert versions_of(bucket, "demo") == ["2.0"]


def test_a_failure_is_not_taken_for_bytes_that_are_gone(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    delete(bucket, "demo==1.0")
    forget_the_past(bucket)

    def no_network() -> None:
        raise BucketError("no network")

    bucket.before = once("stream", file_key(DEMO, WHEEL), no_network)
    with pytest.raises(BucketError, match="no network"):
        undelete(bucket, "demo==1.0")
    undelete(bucket, "demo==1.0")
    assert_whole(bucket, "demo")


@pytest.mark.parametrize("key", [file_key(DEMO, WHEEL), metadata_key(DEMO, WHEEL)])
def test_an_object_past_its_retention_is_named_and_nothing_is_listed(tmp_path: Path, key: str) -> None:
    bucket = filled(tmp_path)
    delete(bucket, "demo==1.0")
    for version in bucket.versions(key):
        bucket.remove_version(key, version.id)
    before = dict(bucket.objects)
    with pytest.raises(NotKept, match=f"not keep the bytes of {WHEEL};"):
        undelete(bucket, "demo==1.0")
    # The sdist is kept, and stays where nobody can fetch it.
    assert bucket.objects == before
    assert versions_of(bucket, "demo") == ["2.0"]
    assert_whole(bucket, "demo")


@pytest.mark.parametrize("gone", ["the bytes", "the metadata"])
def test_without_an_old_record_the_metadata_is_read_out_of_the_bytes(tmp_path: Path, gone: str) -> None:
    bucket = filled(tmp_path)
    delete(bucket, "demo==1.0")
    forget_the_past(bucket)
    key = (file_key if gone == "the bytes" else metadata_key)(DEMO, WHEEL)
    for version in bucket.versions(key):
        bucket.remove_version(key, version.id)
    if gone == "the bytes":
        with pytest.raises(NotKept, match=f"not keep the bytes of {WHEEL};"):
            undelete(bucket, "demo==1.0")
        assert not [key for key in bucket.objects if "demo-1.0" in key]
    else:
        undelete(bucket, "demo==1.0")
        assert versions_of(bucket, "demo") == ["1.0", "2.0"]
    assert_whole(bucket, "demo")


@pytest.mark.parametrize("key", [file_key(DEMO, WHEEL), metadata_key(DEMO, WHEEL)])
def test_other_bytes_are_not_listed(tmp_path: Path, key: str) -> None:
    bucket = filled(tmp_path)
    delete(bucket, "demo==1.0")
    bucket.create(key, b"something else", RECORD_HEADERS)
    with pytest.raises(NotKept, match=WHEEL):
        undelete(bucket, "demo==1.0")
    assert versions_of(bucket, "demo") == ["2.0"]


def test_an_object_that_goes_while_it_is_looked_at_is_not_listed(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    delete(bucket, "demo==1.0")
    key = file_key(DEMO, WHEEL)
    heads: list[str] = []

    def before(operation: str, this_key: str) -> None:
        if (operation, this_key) == ("head", key):
            heads.append(key)
            if len(heads) == 2:
                bucket.delete(key)

    bucket.before = before
    with pytest.raises(NotKept, match=WHEEL):
        undelete(bucket, "demo==1.0")


def test_a_damaged_version_of_the_record_is_passed_over(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    good = bucket.objects[RECORD].body
    etag = bucket.replace(RECORD, b"<html>", RECORD_HEADERS, etag=bucket.objects[RECORD].etag)
    bucket.replace(RECORD, good, RECORD_HEADERS, etag=etag)
    delete(bucket, "demo==1.0")
    for version in bucket.versions(RECORD)[1:2]:
        bucket.remove_version(RECORD, version.id)
    undelete(bucket, "demo==1.0")
    assert_whole(bucket, "demo")


def test_a_version_that_goes_while_it_is_looked_for_is_passed_over(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    delete(bucket, "demo==1.0")
    newest = bucket.versions(RECORD)[1]
    reads: list[str] = []

    def before(operation: str, key: str) -> None:
        if operation == "get_version":
            reads.append(key)
            if len(reads) == 2:
                bucket.remove_version(key, newest.id)

    bucket.before = before
    undelete(bucket, "demo==1.0")
    assert_whole(bucket, "demo")


def test_a_deletion_that_did_not_see_the_record_is_noticed(tmp_path: Path) -> None:
    """It takes the objects away for good after we looked: there is nothing left but to say so."""
    bucket = filled(tmp_path)
    delete(bucket, "demo==1.0")
    key = file_key(DEMO, WHEEL)

    def remove_for_good() -> None:
        for version in bucket.versions(key):
            bucket.remove_version(key, version.id)

    bucket.before = once("replace", RECORD, remove_for_good)
    with pytest.raises(LostMeanwhile, match=WHEEL):
        undelete(bucket, "demo==1.0")


def test_what_is_forgotten_meanwhile_is_not_said_to_be_back(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    delete(bucket, "demo==1.0")
    bucket.before = once("replace", RECORD, lambda: delete(bucket, "demo==1.0", forget=True))
    with pytest.raises(NotKept, match=f"not keep the tombstones of {WHEEL}"):
        undelete(bucket, "demo==1.0")
    assert versions_of(bucket, "demo") == ["2.0"]
    assert_whole(bucket, "demo")
