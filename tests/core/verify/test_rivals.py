"""What others do between two requests of a verify or a repair."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.bucket import BucketError
from s3pypi_core.page import project_page
from s3pypi_core.record import Tombstone
from s3pypi_core.verify.deep import read_bytes
from s3pypi_core.verify.look import Look
from s3pypi_core.verify.restore import CannotMend, restore_file, restore_metadata
from s3pypi_core.verify.verified import VerifyInterrupted
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, file_key, record_key
from tests.builders import build_metadata, build_sdist, build_wheel
from tests.care import delete
from tests.damage import (
    FILE,
    METADATA,
    ONE,
    PAGE,
    RECORD,
    WHEEL,
    age,
    drop,
    found,
    look_at,
    mislabel,
    new_repository,
    overwrite,
)
from tests.repositories import assert_whole, body, file_names, publish, record_of, root_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket


def before(
    bucket: MemoryBucket, operation: str, key: str, action: Callable[[], object], *, nth: int = 1
) -> None:
    """Do something just before the nth request of that kind, and never again."""
    seen: list[str] = []

    def hook(this_operation: str, this_key: str) -> None:
        if (this_operation, this_key) == (operation, key):
            seen.append(key)
            if len(seen) == nth:
                action()

    bucket.before = hook


def publish_past_the_page(bucket: MemoryBucket, wheel: Path) -> None:
    """Upload as somebody does who does not mind that the page is newer than the record."""
    page = body(bucket, PAGE)
    drop(bucket, PAGE)
    publish(bucket, wheel)
    overwrite(bucket, PAGE, page)


@pytest.mark.parametrize("key", [FILE, METADATA], ids=["file", "metadata"])
def test_what_is_deleted_before_it_is_read_is_missing(bucket: MemoryBucket, key: str) -> None:
    before(bucket, "stream", key, lambda: drop(bucket, key))
    kind = "file-missing" if key == FILE else "metadata-missing"
    assert found(look_at(bucket, deep=True)) == [(kind, key)]


def test_an_upload_that_ends_meanwhile_is_no_disagreement(bucket: MemoryBucket, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "one", "4.0")
    overwrite(bucket, PAGE, body(bucket, PAGE) + b"\n")  # so that it is read
    before(bucket, "get", PAGE, lambda: publish(bucket, wheel))
    assert found(look_at(bucket, "one")) == []


def test_a_project_that_never_rests_is_judged_as_it_was_seen_last(bucket: MemoryBucket) -> None:
    drop(bucket, FILE)

    def restless(operation: str, key: str) -> None:
        if (operation, key) == ("list", "packages/one/"):
            record = record_of(bucket, "one")
            overwrite(bucket, RECORD, replace(record, generation=record.generation + 1).to_json())

    quiet = bucket.before

    def hook(operation: str, key: str) -> None:
        bucket.before = quiet
        restless(operation, key)
        bucket.before = hook

    bucket.before = hook
    verified = look_at(bucket)
    bucket.before = quiet
    assert ("file-missing", FILE) in found(verified)


def test_a_root_that_never_rests_is_judged_as_it_was_seen_last(bucket: MemoryBucket) -> None:
    quiet = bucket.before

    def hook(operation: str, key: str) -> None:
        bucket.before = quiet
        if (operation, key) == ("get", ROOT_PAGE):
            root = root_of(bucket)
            overwrite(bucket, ROOT_RECORD, replace(root, generation=root.generation + 1).to_json())
        bucket.before = hook

    bucket.before = hook
    verified = look_at(bucket)
    bucket.before = quiet
    assert ("root-page", ROOT_PAGE) in found(verified)


def test_what_came_onto_a_record_that_was_set_back_is_kept(bucket: MemoryBucket, tmp_path: Path) -> None:
    was = file_names(bucket, "one")
    age(bucket, RECORD)
    publish_past_the_page(bucket, wheel := build_wheel(tmp_path, "one", "4.0"))
    look_at(bucket, repair=True)
    assert file_names(bucket, "one") == {*was, wheel.name}
    assert look_at(bucket, deep=True).left == []
    assert_whole(bucket, "one", "two")


def test_what_came_onto_the_record_of_a_closed_project_is_named(bucket: MemoryBucket, tmp_path: Path) -> None:
    record = record_of(bucket, "one")
    overwrite(bucket, RECORD, replace(record, status="archived", generation=9).to_json())
    look_at(bucket, repair=True)
    age(bucket, RECORD)
    publish_past_the_page(bucket, wheel := build_wheel(tmp_path, "one", "4.0"))
    repaired = look_at(bucket, repair=True)
    assert found(repaired) == [("unlisted-closed", file_key(ONE, wheel.name))]
    assert record_of(bucket, "one").status == "archived"


def test_what_was_deleted_does_not_come_back_with_an_earlier_record(bucket: MemoryBucket) -> None:
    record = record_of(bucket, "one")
    files = tuple(file for file in record.files if file.filename != WHEEL)
    gone = {WHEEL: Tombstone("0" * 64, "2026-11-22")}
    overwrite(bucket, RECORD, replace(record, files=files, removed=gone, generation=9).to_json())
    look_at(bucket, repair=True)
    age(bucket, RECORD)
    look_at(bucket, repair=True)
    assert WHEEL not in file_names(bucket, "one")
    assert WHEEL in record_of(bucket, "one").removed


def test_what_was_deleted_and_forgotten_does_not_come_back_with_an_earlier_record(
    bucket: MemoryBucket,
) -> None:
    record = record_of(bucket, "one")
    files = tuple(file for file in record.files if file.filename != WHEEL)
    overwrite(bucket, RECORD, replace(record, files=files, generation=9).to_json())
    drop(bucket, FILE)
    drop(bucket, METADATA)
    look_at(bucket, repair=True)
    overwrite(bucket, RECORD, record.to_json())
    assert look_at(bucket, repair=True).left == []
    assert WHEEL not in file_names(bucket, "one")
    assert bucket.get(FILE) is None


def test_what_several_uploads_have_put_on_an_earlier_record_is_kept(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    was = file_names(bucket, "one")
    age(bucket, RECORD)
    wheels = [build_wheel(tmp_path, "one", version) for version in ("4.0", "5.0")]
    overwrite(bucket, PAGE, project_page(record_of(bucket, "one")))
    for wheel in wheels:
        record = record_of(bucket, "one")
        overwrite(bucket, RECORD, replace(record, generation=0).to_json())
        publish_past_the_page(bucket, wheel)
    assert look_at(bucket, repair=True).left == []
    assert file_names(bucket, "one") == {*was, *(wheel.name for wheel in wheels)}


def test_what_was_named_on_a_root_that_was_set_back_is_kept(bucket: MemoryBucket, tmp_path: Path) -> None:
    age(bucket, ROOT_RECORD)
    wheel = build_wheel(tmp_path, "new")
    # After all projects have been looked at.
    before(bucket, "get", ROOT_RECORD, lambda: publish(bucket, wheel), nth=3)
    look_at(bucket, repair=True)
    bucket.before = lambda _operation, _key: None
    assert "new" in root_of(bucket).projects
    look_at(bucket, repair=True)
    assert_whole(bucket, "new", "one", "two")


AFTER_THE_PROJECTS = 3  # of the reads of the root: it is read twice at the beginning


@pytest.mark.parametrize("repair", [False, True], ids=["look", "repair"])
def test_a_project_that_gets_its_first_file_meanwhile_is_not_said_to_be_empty(
    bucket: MemoryBucket, tmp_path: Path, *, repair: bool
) -> None:
    delete(bucket, "two==1.0")
    wheel = build_wheel(tmp_path, "two", "2.0")
    before(bucket, "get", ROOT_RECORD, lambda: publish(bucket, wheel), nth=AFTER_THE_PROJECTS)
    assert found(look_at(bucket, repair=repair)) == []
    assert_whole(bucket, "one", "two")


@pytest.mark.parametrize("repair", [False, True], ids=["look", "repair"])
def test_a_project_that_loses_its_last_file_meanwhile_is_not_said_to_be_lacking(
    bucket: MemoryBucket, *, repair: bool
) -> None:
    before(bucket, "get", ROOT_RECORD, lambda: delete(bucket, "two==1.0"), nth=AFTER_THE_PROJECTS)
    assert found(look_at(bucket, repair=repair)) == []
    assert_whole(bucket, "one")


def test_a_name_is_kept_if_a_file_comes_while_it_is_taken_off(bucket: MemoryBucket, tmp_path: Path) -> None:
    root = root_of(bucket)
    delete(bucket, "two==1.0")
    overwrite(bucket, ROOT_RECORD, replace(root, generation=9).to_json())
    wheel = build_wheel(tmp_path, "two", "2.0")
    before(bucket, "replace", ROOT_RECORD, lambda: publish(bucket, wheel))
    look_at(bucket, repair=True)
    bucket.before = lambda _operation, _key: None
    assert look_at(bucket).left == []
    assert_whole(bucket, "one", "two")


def test_a_project_whose_record_is_damaged_meanwhile_is_not_put_on_the_root_unseen(
    bucket: MemoryBucket,
) -> None:
    for key in (ROOT_RECORD, ROOT_PAGE):
        age(bucket, key)
    before(bucket, "get", ROOT_RECORD, lambda: overwrite(bucket, RECORD, b"{"), nth=AFTER_THE_PROJECTS)
    (left, *_) = look_at(bucket, "one", repair=True).left
    assert left.finding.what == ("root-lacks", RECORD)
    assert "cannot be read" in left.reason
    assert root_of(bucket).projects == ()


def test_an_earlier_record_without_versions_gets_a_generation_above_its_page(bucket: MemoryBucket) -> None:
    shown = record_of(bucket, "one").generation
    age(bucket, RECORD)
    bucket = bucket.fork(versioned=False)
    was = record_of(bucket, "one").files
    repaired = look_at(bucket, repair=True, young=10**9)
    assert repaired.mended[0].finding.kind == "record-behind"
    assert record_of(bucket, "one").generation == shown + 1
    assert record_of(bucket, "one").files == was


def test_an_old_version_of_a_later_release_stops_the_rebuilding(bucket: MemoryBucket) -> None:
    document = json.loads(body(bucket, RECORD))
    document["meta"]["api-version"] = "1.9"
    overwrite(bucket, RECORD, json.dumps(document).encode())
    drop(bucket, RECORD)
    (left,) = look_at(bucket, repair=True).left
    assert "1.9" in left.reason


@pytest.mark.parametrize("lost", [RECORD, ROOT_RECORD], ids=["record", "root"])
def test_a_page_is_not_written_without_its_record(bucket: MemoryBucket, lost: str) -> None:
    page = PAGE if lost == RECORD else ROOT_PAGE
    drop(bucket, page)
    bucket = bucket.fork(versioned=False)
    # The last read before the page is written.
    nth = 6 if lost == RECORD else 5
    before(bucket, "get", lost, lambda: drop(bucket, lost), nth=nth)
    repaired = look_at(bucket, repair=True)
    bucket.before = lambda _operation, _key: None
    assert look_at(bucket, repair=True).left == []
    assert_whole(bucket, "one", "two")
    assert repaired.projects == 2


def test_a_page_of_an_upload_that_has_just_finished_is_kept(bucket: MemoryBucket, tmp_path: Path) -> None:
    overwrite(bucket, PAGE, b"<html>")
    wheel = build_wheel(tmp_path, "one", "4.0")
    before(bucket, "get", PAGE, lambda: publish(bucket, wheel), nth=4)
    look_at(bucket, repair=True)
    assert_whole(bucket, "one", "two")


def test_after_the_end_no_other_file_is_read(bucket: MemoryBucket) -> None:
    record = record_of(bucket, "one")
    overwrite(bucket, RECORD, replace(record, files=record.files[1:], generation=9).to_json())
    look = Look.take(bucket, ONE, in_root=True)
    seen: list[tuple[str, str]] = []
    bucket.before = lambda operation, key: seen.append((operation, key))
    going = iter([False])
    assert list(read_bytes(bucket, look, [], lambda: next(going))) == []
    going = iter([*[True] * (len(record.files) - 1), False])
    assert list(read_bytes(bucket, look, [], lambda: next(going))) == []
    assert ("stream", file_key(ONE, record.files[1].filename)) in seen
    assert ("stream", file_key(ONE, record.files[0].filename)) not in seen


def test_a_page_that_is_right_by_the_time_it_is_read_is_in_order(bucket: MemoryBucket) -> None:
    right = body(bucket, PAGE)
    overwrite(bucket, PAGE, b"<html>")
    before(bucket, "get", PAGE, lambda: overwrite(bucket, PAGE, right))
    assert found(look_at(bucket, "one")) == []


def test_a_page_of_the_root_that_an_upload_has_just_written_is_kept(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    overwrite(bucket, ROOT_PAGE, b"<html>")
    wheel = build_wheel(tmp_path, "new")
    before(bucket, "get", ROOT_PAGE, lambda: publish(bucket, wheel), nth=3)
    look_at(bucket, repair=True)
    assert_whole(bucket, "new", "one", "two")


@pytest.mark.parametrize("error", [KeyboardInterrupt, BucketError("access denied")], ids=["Ctrl-C", "error"])
def test_after_the_end_no_other_project_is_begun(tmp_path: Path, error: BaseException) -> None:
    bucket = new_repository()
    publish(bucket, *[build_wheel(tmp_path, f"p{number}") for number in range(60)])
    seen: list[str] = []

    def hook(operation: str, key: str) -> None:
        if operation == "get" and key.endswith("/index.json") and key != ROOT_RECORD:
            seen.append(key)
            raise error

    bucket.before = hook
    with pytest.raises((VerifyInterrupted, BucketError)):
        look_at(bucket, deep=True)
    assert len(seen) < 60


def test_a_version_of_the_same_size_with_other_bytes_is_passed_over(bucket: MemoryBucket) -> None:
    overwrite(bucket, FILE, bytes(len(body(bucket, FILE))))
    overwrite(bucket, FILE, b"PK")
    assert look_at(bucket, repair=True).left == []
    assert_whole(bucket, "one", "two")


def test_a_file_that_a_rival_restored_first_is_fine(bucket: MemoryBucket) -> None:
    content = bucket.objects[FILE]
    drop(bucket, FILE)
    before(bucket, "head", FILE, lambda: bucket.objects.update({FILE: content}))
    repaired = look_at(bucket, repair=True)
    assert repaired.left == []
    assert [mended.done for mended in repaired.mended] == ["restored by somebody else meanwhile"]


def test_metadata_that_a_rival_wrote_first_is_fine(bucket: MemoryBucket) -> None:
    content = bucket.objects[METADATA]
    drop(bucket, METADATA)
    before(bucket, "create", METADATA, lambda: bucket.objects.update({METADATA: content}))
    assert look_at(bucket, repair=True).left == []


def test_other_metadata_that_somebody_wrote_meanwhile_is_replaced(bucket: MemoryBucket) -> None:
    content = bucket.objects[METADATA]
    drop(bucket, METADATA)
    other = content._replace(body=b"other")
    before(bucket, "create", METADATA, lambda: bucket.objects.update({METADATA: other}))
    assert look_at(bucket, repair=True).left == []
    assert_whole(bucket, "one", "two")


def test_a_file_that_goes_before_it_is_listed_is_not_listed(bucket: MemoryBucket) -> None:
    record = record_of(bucket, "two")
    (file,) = record.files
    two = record_key(record.project)
    overwrite(bucket, two, replace(record, files=(), generation=5).to_json())
    key = file_key(record.project, file.filename)
    before(bucket, "head", key, lambda: drop(bucket, key))
    look_at(bucket, "two", repair=True)
    assert file_names(bucket, "two") == set()


def test_a_file_that_is_deleted_before_it_is_restored_stays_deleted(bucket: MemoryBucket) -> None:
    drop(bucket, METADATA)
    record = record_of(bucket, "one")
    files = tuple(file for file in record.files if file.filename != WHEEL)
    later = replace(record, files=files, generation=9).to_json()
    before(bucket, "get", RECORD, lambda: overwrite(bucket, RECORD, later), nth=5)
    repaired = look_at(bucket, "one", repair=True, young=10**9)
    assert WHEEL not in file_names(bucket, "one")
    assert ("metadata-missing", METADATA) not in found(repaired)


def test_an_sdist_whose_metadata_is_not_final_is_listed_without_it(tmp_path: Path) -> None:
    bucket = new_repository()
    metadata = build_metadata(headers=["Dynamic: Requires-Dist"])
    publish(bucket, build_sdist(tmp_path, metadata=metadata))
    record = record_of(bucket, "demo")
    overwrite(bucket, record_key(record.project), replace(record, files=(), generation=5).to_json())
    bucket = bucket.fork(versioned=False)
    assert look_at(bucket, deep=True, repair=True).left == []
    assert record_of(bucket, "demo").files == record.files


LEFT_BEHIND: dict[str, tuple[str, bool]] = {
    "a file": (FILE, False),
    "a metadata file": (METADATA, False),
    "a file with wrong headers": (FILE, True),
    "a metadata file with wrong headers": (METADATA, True),
}


@pytest.mark.parametrize(("key", "is_mislabelled"), LEFT_BEHIND.values(), ids=LEFT_BEHIND)
@pytest.mark.parametrize("forget", [False, True], ids=["deleted", "forgotten"])
def test_a_repair_leaves_no_object_of_a_release_that_is_deleted_meanwhile(
    bucket: MemoryBucket, tmp_path: Path, key: str, *, is_mislabelled: bool, forget: bool
) -> None:
    if is_mislabelled:
        mislabel(bucket, key)
    else:
        drop(bucket, key)
    before(bucket, "create", key, lambda: delete(bucket, "one==1.0", forget=forget))

    look_at(bucket, deep=True, repair=True)

    bucket.before = lambda _operation, _key: None
    left = [bucket.get(file_key(ONE, name)) for name in (WHEEL, f"{WHEEL}.metadata")]
    assert left == [None, None]
    assert look_at(bucket, deep=True, repair=True).left == []
    assert WHEEL not in file_names(bucket, "one")
    if forget:
        other = build_metadata("one", "1.0", description="other")
        assert publish(bucket, build_wheel(tmp_path, "one", metadata=other)).errors == []
        assert_whole(bucket, "one", "two")


@pytest.mark.parametrize("is_forgotten", [False, True], ids=["deleted", "forgotten"])
def test_a_repair_leaves_no_metadata_of_what_nothing_listed_and_is_deleted_meanwhile(
    bucket: MemoryBucket, *, is_forgotten: bool
) -> None:
    record = record_of(bucket, "one")
    gone = {WHEEL: Tombstone(record.files[0].sha256, "2026-11-22")}
    files = tuple(file for file in record.files if file.filename != WHEEL)
    overwrite(bucket, RECORD, replace(record, files=files, generation=9).to_json())
    drop(bucket, METADATA)

    def go() -> None:
        removed = {} if is_forgotten else gone
        overwrite(bucket, RECORD, replace(record, files=files, removed=removed, generation=10).to_json())
        if is_forgotten:
            drop(bucket, FILE)

    before(bucket, "create", METADATA, go)
    look_at(bucket, repair=True)
    assert bucket.get(METADATA) is None


@pytest.mark.parametrize("key", [FILE, METADATA], ids=["file", "metadata"])
def test_what_an_upload_counts_on_by_the_time_it_is_taken_away_comes_back(
    bucket: MemoryBucket, tmp_path: Path, key: str
) -> None:
    wheel = build_wheel(tmp_path, "one")
    content = bucket.objects[key]
    drop(bucket, key)

    def hook(operation: str, this_key: str) -> None:
        if (operation, this_key) == ("create", key):
            bucket.before = upload_again
            delete(bucket, "one==1.0", forget=True)

    def upload_again(operation: str, this_key: str) -> None:
        if (operation, this_key) == ("delete", key) and bucket.objects.get(key) == content:
            bucket.before = lambda _operation, _key: None
            assert publish(bucket, wheel).errors == []

    bucket.before = hook
    # By itself: a repair looks again, and would mend what this leaves.
    (restore_file if key == FILE else restore_metadata)(bucket, ONE, WHEEL)
    assert bucket.get(key) is not None
    assert look_at(bucket, deep=True).left == []
    assert WHEEL in file_names(bucket, "one")
    assert_whole(bucket, "one", "two")


def test_other_bytes_that_are_published_by_the_time_it_is_taken_away_stay(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    other = build_wheel(tmp_path, "one", metadata=build_metadata("one", "1.0", description="other"))
    content = bucket.objects[FILE]
    drop(bucket, FILE)

    def hook(operation: str, key: str) -> None:
        if (operation, key) == ("create", FILE):
            bucket.before = publish_others
            delete(bucket, "one==1.0", forget=True)

    def publish_others(operation: str, key: str) -> None:
        if (operation, key) == ("delete", FILE) and bucket.objects.get(FILE) == content:
            bucket.before = lambda _operation, _key: None
            drop(bucket, FILE)
            assert publish(bucket, other).errors == []

    bucket.before = hook
    with pytest.raises(CannotMend, match="deleted from the index meanwhile"):
        restore_file(bucket, ONE, WHEEL)
    assert body(bucket, FILE) == other.read_bytes()
    assert_whole(bucket, "one", "two")


@pytest.mark.parametrize(
    "spoil",
    [lambda bucket: drop(bucket, RECORD), lambda bucket: overwrite(bucket, RECORD, b"{")],
    ids=["lost", "damaged"],
)
def test_a_record_that_is_spoiled_meanwhile_does_not_take_back_what_was_restored(
    bucket: MemoryBucket, spoil: Callable[[MemoryBucket], None]
) -> None:
    drop(bucket, FILE)
    before(bucket, "create", FILE, lambda: spoil(bucket))
    assert look_at(bucket, repair=True).left == []
    assert_whole(bucket, "one", "two")


def test_a_record_of_a_later_release_does_not_take_back_what_was_restored(bucket: MemoryBucket) -> None:
    newer = body(bucket, RECORD).replace(b'"api-version":"1.', b'"api-version":"9.')
    assert newer != body(bucket, RECORD)
    drop(bucket, FILE)
    before(bucket, "create", FILE, lambda: overwrite(bucket, RECORD, newer))
    assert found(look_at(bucket, repair=True)) == [("record-newer", RECORD)]
    assert FILE in bucket.objects


def test_a_rival_that_mends_the_same_is_no_failure(bucket: MemoryBucket) -> None:
    drop(bucket, FILE)
    drop(bucket, METADATA)
    drop(bucket, RECORD)
    drop(bucket, ROOT_RECORD)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: look_at(bucket, repair=True), range(2)))
    assert look_at(bucket, deep=True).left == []
    assert_whole(bucket, "one", "two")


@pytest.mark.race
@pytest.mark.parametrize("round_", range(10))
def test_uploads_lose_nothing_to_a_repair_beside_them(tmp_path: Path, round_: int) -> None:
    bucket = new_repository()
    publish(bucket, build_wheel(tmp_path, "demo", "0.1"))
    wheels = [build_wheel(tmp_path, "demo", f"1.{minor}") for minor in range(12)]
    wheels += [build_wheel(tmp_path, f"other-{number}") for number in range(4)]
    done = threading.Event()

    def repair() -> None:
        # Even so bold a repair as takes everything for left over.
        while not done.is_set():
            look_at(bucket, repair=True, young=0 if round_ % 2 else 86400)

    with ThreadPoolExecutor(20) as pool:
        repairs = [pool.submit(repair) for _ in range(2)]
        reports = list(pool.map(lambda wheel: publish(bucket, wheel), wheels))
        done.set()
        for each in repairs:
            each.result()

    assert [report.errors for report in reports] == [[]] * len(wheels)
    assert file_names(bucket, "demo") == {
        "demo-0.1-py3-none-any.whl",
        *(wheel.name for wheel in wheels if wheel.name.startswith("demo")),
    }
    assert look_at(bucket, deep=True, young=0).left == []
    assert_whole(bucket, "demo", *(f"other-{number}" for number in range(4)))
