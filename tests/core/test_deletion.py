from __future__ import annotations

import os
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from s3pypi_core import deletion, record_changes
from s3pypi_core.bucket import BucketError, PreconditionFailed
from s3pypi_core.care import NoSuchProject, change, open_project
from s3pypi_core.objects import LostMeanwhile, bring_back, remove_objects
from s3pypi_core.plan import SeveralErrors
from s3pypi_core.project_index import RecordLost
from s3pypi_core.record import NameRemoved, Tombstone
from s3pypi_core.repository import create_repository
from s3pypi_core.root_index import NoRepository
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, file_key, metadata_key, normalize, page_key, record_key
from tests.builders import build_sdist, build_wheel
from tests.care import DATE, crash_everywhere, delete, new_repository, once, undelete, versions_of
from tests.repositories import PATIENT, assert_whole, file_names, publish, record_of, root_of

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from s3pypi_core.memory_bucket import MemoryBucket
    from s3pypi_core.record import Record

MEGABYTE = 1024 * 1024
DEMO = normalize("demo")
RECORD, PAGE = record_key(DEMO), page_key(DEMO)
WHEEL = "demo-1.0-py3-none-any.whl"
both_kinds = pytest.mark.parametrize("versioned", [False, True], ids=["no versions", "versions"])


def filled(folder: Path, *, versioned: bool = False) -> MemoryBucket:
    """A repository with two releases of demo, the first of two files."""
    bucket = new_repository(versioned=versioned)
    publish(bucket, build_wheel(folder), build_sdist(folder), build_wheel(folder, version="2.0"))
    return bucket


@both_kinds
def test_a_release_goes_and_leaves_tombstones(tmp_path: Path, *, versioned: bool) -> None:
    bucket = filled(tmp_path, versioned=versioned)
    before = record_of(bucket, "demo")

    done = delete(bucket, "demo==1.0.0")

    assert list(done.removed) == [WHEEL, "demo-1.0.tar.gz"]
    assert list(done.kept) == []
    assert_whole(bucket, "demo")
    record = record_of(bucket, "demo")
    assert record == done.record
    assert record.generation == before.generation + 1
    assert record.versions == ["2.0"]
    assert record.removed == {
        file.filename: Tombstone(file.sha256, DATE) for file in before.files if str(file.version) == "1.0"
    }
    assert not [key for key in bucket.objects if "demo-1.0" in key]


@pytest.mark.parametrize("what", ["demo==1.0", "demo==3.0"], ids=["listed", "deleted before"])
def test_who_may_not_list_versions_is_refused_before_anything_is_written(tmp_path: Path, what: str) -> None:
    bucket = filled(tmp_path, versioned=True)
    publish(bucket, build_wheel(tmp_path, version="3.0"))
    delete(bucket, "demo==3.0")
    asked: list[str] = []

    def refuse(operation: str, _key: str) -> None:
        asked.append(operation)
        if operation == "versions":
            raise BucketError("access denied")

    bucket.before = refuse
    with pytest.raises(BucketError, match="access denied"):
        delete(bucket, what)
    assert set(asked) == {"get", "versions"}


@both_kinds
def test_all_of_a_project_goes_and_its_name_leaves_the_root(tmp_path: Path, *, versioned: bool) -> None:
    bucket = filled(tmp_path, versioned=versioned)

    delete(bucket, "demo")

    assert_whole(bucket)
    assert record_of(bucket, "demo").files == ()
    assert len(record_of(bucket, "demo").removed) == 3
    assert set(bucket.objects) == {RECORD, PAGE, ROOT_RECORD, ROOT_PAGE}


def test_a_deleted_name_is_refused_whatever_its_bytes(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    delete(bucket, "demo==1.0")
    same, other = build_wheel(tmp_path), build_wheel(tmp_path / "other", files={"more.py": b""})

    for wheel in (same, other):
        with pytest.raises(SeveralErrors, match=WHEEL):
            publish(bucket, wheel)
    assert versions_of(bucket, "demo") == ["2.0"]


@both_kinds
def test_a_forgotten_name_may_come_again(tmp_path: Path, *, versioned: bool) -> None:
    bucket = filled(tmp_path, versioned=versioned)

    delete(bucket, "demo==1.0", forget=True)

    assert record_of(bucket, "demo").removed == {}
    assert_whole(bucket, "demo")
    other = build_wheel(tmp_path / "other", requires=["more"])
    assert publish(bucket, other).errors == []
    assert_whole(bucket, "demo")


def test_a_project_that_was_deleted_takes_new_releases(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    delete(bucket, "demo")

    assert publish(bucket, build_wheel(tmp_path, version="3.0")).errors == []

    assert_whole(bucket, "demo")


@both_kinds
@pytest.mark.parametrize("what", ["demo==1.0", "demo"])
def test_a_crash_before_any_request_is_finished_by_the_same_command(
    tmp_path: Path, what: str, *, versioned: bool
) -> None:
    def finished(bucket: MemoryBucket) -> None:
        assert_whole(bucket, *root_of(bucket).projects)
        assert versions_of(bucket, "demo") == (["2.0"] if "=" in what else [])
        assert (DEMO in root_of(bucket)) == ("=" in what)
        assert WHEEL in record_of(bucket, "demo").removed
        assert not [key for key in bucket.objects if "demo-1.0" in key]

    requests = crash_everywhere(
        lambda: filled(tmp_path, versioned=versioned), lambda bucket: delete(bucket, what), finished
    )
    assert requests > 15


def test_a_crash_of_a_deletion_that_forgets_is_finished_too(tmp_path: Path) -> None:
    def finished(bucket: MemoryBucket) -> None:
        assert_whole(bucket, "demo")
        assert versions_of(bucket, "demo") == ["2.0"]
        assert record_of(bucket, "demo").removed == {}
        assert not [key for key in bucket.objects if "demo-1.0" in key]

    crash_everywhere(
        lambda: filled(tmp_path), lambda bucket: delete(bucket, "demo==1.0", forget=True), finished
    )


@pytest.mark.parametrize(
    ("operation", "key"),
    [
        ("get", RECORD),
        ("replace", RECORD),
        ("replace", PAGE),
        ("get", ROOT_RECORD),
        ("replace", ROOT_RECORD),
        ("replace", ROOT_PAGE),
        ("head", file_key(DEMO, WHEEL)),
        ("delete", file_key(DEMO, WHEEL)),
    ],
)
def test_an_upload_meanwhile_is_not_lost(tmp_path: Path, operation: str, key: str) -> None:
    """Of the last release: the name must stay on the root, or come back."""
    bucket = new_repository()
    publish(bucket, build_wheel(tmp_path))
    rival = build_wheel(tmp_path, version="2.0")
    bucket.before = once(operation, key, lambda: publish(bucket, rival))

    delete(bucket, "demo==1.0")

    assert versions_of(bucket, "demo") == ["2.0"]
    assert_whole(bucket, "demo")


def test_a_name_that_left_the_root_while_files_came_is_put_back(tmp_path: Path) -> None:
    """The uploader has seen the name on the root, and its record just before it is taken off."""
    bucket = new_repository()
    publish(bucket, build_wheel(tmp_path))
    rival = build_wheel(tmp_path, version="2.0")
    bucket.before = once("replace", ROOT_RECORD, lambda: publish(bucket, rival))

    delete(bucket, "demo==1.0")

    assert_whole(bucket, "demo")
    assert root_of(bucket).generation == 3  # named, taken off, named again


def test_a_file_that_came_into_the_release_after_it_was_shown_stays(tmp_path: Path) -> None:
    bucket = new_repository()
    publish(bucket, build_wheel(tmp_path))
    bucket.before = once("replace", RECORD, lambda: publish(bucket, build_sdist(tmp_path)))

    delete(bucket, "demo==1.0")

    assert file_names(bucket, "demo") == {"demo-1.0.tar.gz"}
    assert_whole(bucket, "demo")


def test_an_upload_of_the_very_file_that_is_deleted_meanwhile_is_refused(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    bucket.before = once("replace", RECORD, lambda: delete(bucket, "demo==1.0"))

    report = publish(bucket, build_wheel(tmp_path), build_wheel(tmp_path, version="3.0"))

    assert [type(error) for error in report.errors] == [NameRemoved]
    assert versions_of(bucket, "demo") == ["2.0"]
    assert_whole(bucket, "demo")


@both_kinds
@pytest.mark.parametrize(
    ("operation", "key"),
    [("replace", RECORD), ("replace", PAGE), ("get", ROOT_RECORD), ("delete", file_key(DEMO, WHEEL))],
)
def test_two_deletions_do_not_disturb_each_other(
    tmp_path: Path, operation: str, key: str, *, versioned: bool
) -> None:
    bucket = filled(tmp_path, versioned=versioned)
    bucket.before = once(operation, key, lambda: delete(bucket, "demo"))

    delete(bucket, "demo==1.0")

    assert_whole(bucket)
    assert set(bucket.objects) == {RECORD, PAGE, ROOT_RECORD, ROOT_PAGE}


@both_kinds
@pytest.mark.parametrize(
    "key", [file_key(DEMO, WHEEL), metadata_key(DEMO, WHEEL)], ids=["distribution", "metadata"]
)
def test_what_is_listed_again_while_its_objects_go_is_brought_back(
    tmp_path: Path, key: str, *, versioned: bool
) -> None:
    bucket = filled(tmp_path, versioned=versioned)
    listed = record_of(bucket, "demo").files

    def list_again() -> None:
        change(bucket, open_project(bucket, DEMO), lambda now: record_changes.restore(now, listed), PATIENT)

    bucket.before = once("delete", key, list_again)

    done = delete(bucket, "demo==1.0")

    assert sorted(done.kept) == [WHEEL, "demo-1.0.tar.gz"]
    assert list(done.removed) == []
    assert_whole(bucket, "demo")
    assert record_of(bucket, "demo").files == listed


def test_a_copy_is_not_put_over_what_somebody_else_brought_back(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    listed, key = record_of(bucket, "demo").files, file_key(DEMO, WHEEL)
    stored = bucket.objects[key]

    def list_again() -> None:
        change(bucket, open_project(bucket, DEMO), lambda now: record_changes.restore(now, listed), PATIENT)
        bucket.before = once("create", key, put_back)

    def put_back() -> None:
        bucket.objects[key] = stored
        raise PreconditionFailed(key)

    bucket.before = once("delete", key, list_again)

    delete(bucket, "demo==1.0")

    assert_whole(bucket, "demo")


def test_what_cannot_be_brought_back_is_named(tmp_path: Path) -> None:
    bucket = filled(tmp_path, versioned=True)
    listed, key = record_of(bucket, "demo").files, file_key(DEMO, WHEEL)

    def list_again() -> None:
        bucket.before = lambda _operation, _key: None
        change(bucket, open_project(bucket, DEMO), lambda now: record_changes.restore(now, listed), PATIENT)
        for version in bucket.versions(key):
            bucket.remove_version(key, version.id)

    bucket.before = once("delete", key, list_again)

    with pytest.raises(LostMeanwhile, match=WHEEL):
        delete(bucket, "demo==1.0")


def test_an_object_that_goes_while_it_is_copied_is_no_matter(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    key, gone = file_key(DEMO, WHEEL), list[object]()
    bucket.before = once("stream", key, lambda: gone.append(bucket.objects.pop(key)))

    delete(bucket, "demo==1.0")

    assert gone
    assert_whole(bucket, "demo")


@pytest.mark.loopback
def test_what_is_copied_before_it_goes_is_never_in_memory_as_a_whole(
    s3_bucket: S3Bucket, tmp_path: Path
) -> None:
    """In a bucket that keeps no versions; and from the copy it comes back byte for byte."""
    create_repository(s3_bucket)
    publish(s3_bucket, build_wheel(tmp_path, files={"large": os.urandom(32 * MEGABYTE)}))
    (file,) = record_of(s3_bucket, "demo").files
    tracemalloc.start()
    try:
        with remove_objects(s3_bucket, DEMO, [WHEEL]) as removed:
            assert s3_bucket.head(file_key(DEMO, WHEEL)) is None
            bring_back(s3_bucket, DEMO, [file], removed)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert_whole(s3_bucket, "demo")
    assert peak < 8 * MEGABYTE


@both_kinds
def test_what_earlier_deletions_left_behind_is_swept_and_costs_one_listing(
    tmp_path: Path, *, versioned: bool
) -> None:
    bucket = filled(tmp_path, versioned=versioned)
    stored = bucket.objects[metadata_key(DEMO, WHEEL)]
    delete(bucket, "demo==1.0")
    bucket.objects[metadata_key(DEMO, WHEEL)] = stored
    asked: list[tuple[str, str]] = []
    bucket.before = lambda operation, key: asked.append((operation, key))

    done = delete(bucket, "demo==1.0")

    assert (done.now, list(done.earlier)) == ([WHEEL], ["demo-1.0.tar.gz"])
    assert list(done.removed) == [WHEEL, "demo-1.0.tar.gz"]
    assert not [key for key in bucket.objects if "demo-1.0" in key]
    assert [key for operation, key in asked if operation == "list"] == [file_key(DEMO, "")]
    # Of the sdist nothing is there, and nothing is asked.
    assert {key for _, key in asked if "demo-1.0" in key} == {
        file_key(DEMO, WHEEL),
        metadata_key(DEMO, WHEEL),
    }


def test_what_comes_back_meanwhile_is_not_called_forgotten(tmp_path: Path) -> None:
    bucket = filled(tmp_path, versioned=True)
    delete(bucket, "demo==1.0")
    assert deletion.forget(bucket, DEMO, ["demo-1.0.tar.gz"], PATIENT) == ["demo-1.0.tar.gz"]
    bucket.before = once("get", record_key(DEMO), lambda: undelete(bucket, "demo==1.0"))
    assert deletion.forget(bucket, DEMO, [WHEEL], PATIENT) == []


def test_other_bytes_under_a_shown_name_are_left_alone(tmp_path: Path) -> None:
    """They were forgotten and uploaded anew between the question and the answer."""
    bucket = filled(tmp_path)
    index = open_project(bucket, DEMO)
    shown = [file for file in index.record.files if file.filename == WHEEL]
    delete(bucket, "demo==1.0", forget=True)
    publish(bucket, build_wheel(tmp_path / "other", files={"more.py": b""}))

    done = deletion.delete(bucket, index, lambda _record: shown, leftovers=[], date=DATE, backoff=PATIENT)

    assert (list(done.removed), list(done.kept)) == ([], [WHEEL])
    assert_whole(bucket, "demo")


def test_a_quarantined_file_can_be_deleted(tmp_path: Path) -> None:
    bucket = filled(tmp_path)

    def quarantine(record: Record) -> Record:
        return record_changes.set_status(record, "quarantined", None)

    change(bucket, open_project(bucket, DEMO), quarantine, PATIENT)
    delete(bucket, "demo==1.0")
    assert_whole(bucket, "demo")
    assert [file.filename for file in record_of(bucket, "demo").withheld] == ["demo-2.0-py3-none-any.whl"]

    delete(bucket, "demo==2.0")
    assert_whole(bucket)


def test_a_project_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    before = dict(bucket.objects)
    with pytest.raises(NoSuchProject, match="no project named demos") as caught:
        delete(bucket, "demos")
    assert "did you mean demo?" in str(caught.value)
    with pytest.raises(NoSuchProject, match="s3twine list"):
        delete(bucket, "zzz")
    assert bucket.objects == before


def test_a_lost_record_is_not_taken_for_a_project_that_never_was(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    for key in (RECORD, PAGE):
        del bucket.objects[key]
    with pytest.raises(RecordLost):
        delete(bucket, "demo")
    del bucket.objects[ROOT_RECORD]
    with pytest.raises(NoRepository):
        delete(bucket, "demo")


def test_undeleting_while_it_is_deleted_leaves_either_all_or_nothing(tmp_path: Path) -> None:
    for operation, key in (
        ("get", ROOT_RECORD),
        ("head", file_key(DEMO, WHEEL)),
        ("delete", file_key(DEMO, WHEEL)),
        ("delete", metadata_key(DEMO, WHEEL)),
    ):
        bucket = filled(tmp_path, versioned=True)
        bucket.before = once(operation, key, lambda bucket=bucket: undelete(bucket, "demo==1.0"))  # type: ignore[misc]  # bound early
        delete(bucket, "demo==1.0")
        assert versions_of(bucket, "demo") == ["1.0", "2.0"]
        assert_whole(bucket, "demo")


def test_a_deletion_that_fails_in_the_middle_still_brings_back_what_was_listed_again(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    listed, sdist = record_of(bucket, "demo").files, file_key(DEMO, "demo-1.0.tar.gz")

    def no_network() -> None:
        change(bucket, open_project(bucket, DEMO), lambda now: record_changes.restore(now, listed), PATIENT)
        raise BucketError("no network")

    bucket.before = once("delete", sdist, no_network)
    with pytest.raises(BucketError, match="no network"):
        delete(bucket, "demo==1.0")
    assert_whole(bucket, "demo")
    assert versions_of(bucket, "demo") == ["1.0", "2.0"]


def test_a_tombstone_that_names_the_record_itself_takes_nothing_away(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    stored = bucket.objects[RECORD]
    tombstone = b'"_removed":{"index.json":{"sha256":"%s","date":""}}' % (b"0" * 64)
    bucket.objects[RECORD] = stored._replace(body=stored.body.replace(b'"_removed":{}', tombstone))

    delete(bucket, "demo")

    assert set(bucket.objects) == {RECORD, PAGE, ROOT_RECORD, ROOT_PAGE}
    assert_whole(bucket)
