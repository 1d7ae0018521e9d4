"""An earlier state of a record was put back, and something was done to it before it is repaired."""

from __future__ import annotations

import re
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.record import Record, Tombstone
from s3pypi_core.record_changes import set_status
from s3pypi_core.verify.past import past_of
from s3pypi_edge.keys import ROOT_PAGE, file_key, metadata_key
from tests.builders import build_wheel
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
    new_repository,
    overwrite,
)
from tests.repositories import assert_whole, body, file_names, publish, record_of

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket

GONE = Tombstone("0" * 64, "2026-11-23T10:00:00Z")


def change(bucket: MemoryBucket, **changes: object) -> Record:
    """Let the record be its next generation."""
    record = record_of(bucket, "one")
    record = replace(record, generation=record.generation + 1, **changes)  # type: ignore[arg-type]
    overwrite(bucket, RECORD, record.to_json())
    return record


def yanked(bucket: MemoryBucket, reason: bool | str) -> tuple[object, ...]:  # noqa: FBT001  # as PEP 592 has it
    """The files of the record, with the first release marked."""
    files = record_of(bucket, "one").files
    return tuple(replace(file, yanked=reason) if file.filename == WHEEL else file for file in files)


def tombstone_of(bucket: MemoryBucket, filename: str) -> Tombstone:
    """What a deletion of the file would leave now."""
    (file,) = [file for file in record_of(bucket, "one").files if file.filename == filename]
    return Tombstone(file.sha256, GONE.date)


def mended(bucket: MemoryBucket) -> str:
    """Repair; return what was said of the record."""
    (done,) = [each.done for each in look_at(bucket, repair=True).mended if each.finding.key == RECORD]
    return done


def test_a_release_that_was_deleted_stays_deleted(bucket: MemoryBucket) -> None:
    was = file_names(bucket, "one")
    age(bucket, RECORD)
    gone = tombstone_of(bucket, WHEEL)
    files = tuple(file for file in record_of(bucket, "one").files if file.filename != WHEEL)
    change(bucket, files=files, removed={WHEEL: gone})
    drop(bucket, FILE)
    drop(bucket, METADATA)

    assert mended(bucket).endswith(f"; as the state that was put back says: deleted {WHEEL}")

    assert record_of(bucket, "one").removed == {WHEEL: gone}
    assert file_names(bucket, "one") == was - {WHEEL}
    assert bucket.get(FILE) is None
    assert look_at(bucket, deep=True).left == []
    assert_whole(bucket, "one", "two")


def test_a_name_that_was_forgotten_and_published_again_is_not_taken_for_the_deleted_file(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    old = tombstone_of(bucket, WHEEL)
    delete(bucket, "one==1.0", forget=True)
    publish(bucket, build_wheel(tmp_path, "one", requires_python=">=3.9"))
    new = body(bucket, FILE)
    was = record_of(bucket, "one")
    age(bucket, RECORD)
    # No version tells any more whether this was done before or after.
    change(bucket, files=(), removed={WHEEL: old})

    assert mended(bucket) == "written again from the last good state of it"

    record = record_of(bucket, "one")
    assert (record.files, record.removed) == (was.files, {})
    assert body(bucket, FILE) == new
    assert look_at(bucket, deep=True).left == []
    assert_whole(bucket, "one", "two")


def test_tombstones_of_both_states_are_kept(bucket: MemoryBucket) -> None:
    other = Tombstone("1" * 64, "2026-11-22T10:00:00Z")
    change(bucket, removed={"one-0.1.tar.gz": other, "one-0.2.tar.gz": other})
    look_at(bucket, repair=True)
    age(bucket, RECORD)
    change(bucket, removed={"one-0.2.tar.gz": GONE, "one-0.3.tar.gz": GONE})
    assert "deleted one-0.3.tar.gz" in mended(bucket)
    assert record_of(bucket, "one").removed == {
        "one-0.1.tar.gz": other,
        "one-0.2.tar.gz": other,
        "one-0.3.tar.gz": GONE,
    }


@pytest.mark.parametrize("reason", [True, "leaks secrets"])
@pytest.mark.parametrize("status", ["active", "quarantined"])
def test_a_release_that_was_yanked_stays_yanked(
    bucket: MemoryBucket, status: str, *, reason: bool | str
) -> None:
    if status == "quarantined":
        files = record_of(bucket, "one").files
        change(bucket, status=status, files=(), withheld=files)
        look_at(bucket, repair=True)
    age(bucket, RECORD)
    change(bucket, files=yanked(bucket, reason))

    assert mended(bucket).endswith(f"; as the state that was put back says: yanked {WHEEL}")

    record = record_of(bucket, "one")
    assert {file.filename: file.yanked for file in record.all_files if file.yanked} == {WHEEL: reason}
    assert (record.status, bool(record.files)) == (status, status == "active")
    assert look_at(bucket, deep=True).left == []


def test_the_reason_of_a_yank_is_that_of_the_best_state(bucket: MemoryBucket) -> None:
    change(bucket, files=yanked(bucket, "broken"))
    look_at(bucket, repair=True)
    age(bucket, RECORD)
    change(bucket, files=yanked(bucket, reason=True))
    assert mended(bucket) == "written again from the last good state of it"
    assert {file.yanked for file in record_of(bucket, "one").files} == {False, "broken"}


def test_a_yank_is_of_the_very_bytes(bucket: MemoryBucket) -> None:
    age(bucket, RECORD)
    files = tuple(replace(file, sha256="0" * 64, yanked=True) for file in record_of(bucket, "one").files)
    change(bucket, files=files)
    look_at(bucket, repair=True)
    assert {file.yanked for file in record_of(bucket, "one").files} == {False}


STATUSES = ["active", "deprecated", "archived", "quarantined"]


@pytest.mark.parametrize("now", STATUSES)
@pytest.mark.parametrize("best", STATUSES)
def test_the_stricter_status_wins(bucket: MemoryBucket, best: str, now: str) -> None:
    files = record_of(bucket, "one").files
    overwrite(bucket, RECORD, set_status(record_of(bucket, "one"), best, "best").to_json())
    change(bucket)
    look_at(bucket, repair=True)
    age(bucket, RECORD)
    overwrite(bucket, RECORD, set_status(record_of(bucket, "one"), now, "now").to_json())

    said = mended(bucket)

    stricter = max(best, now, key=STATUSES.index)
    record = record_of(bucket, "one")
    assert (record.status, record.status_reason) == (stricter, "best" if stricter == best else "now")
    assert record.all_files == files
    assert bool(record.files) == (stricter != "quarantined")
    assert said.endswith(f"; as the state that was put back says: {stricter}") == (stricter != best)
    assert look_at(bucket, deep=True).left == []


def test_a_file_that_came_before_the_quarantine_waits_with_the_others(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    was = file_names(bucket, "one")
    publish(other := new_repository(), wheel := build_wheel(tmp_path, "one", "4.0"))
    came = record_of(other, "one").files
    for key in (file_key(ONE, wheel.name), metadata_key(ONE, wheel.name)):
        bucket.create(key, other.objects[key].body, other.objects[key].headers)
    age(bucket, RECORD)
    record = record_of(bucket, "one")
    quarantined = set_status(replace(record, files=(*record.files, *came)), "quarantined", None)
    overwrite(bucket, RECORD, quarantined.to_json())

    look_at(bucket, repair=True)

    record = record_of(bucket, "one")
    assert {file.filename for file in record.withheld} == {*was, wheel.name}
    assert record.files == ()
    assert look_at(bucket, deep=True).left == []


def test_of_all_old_versions_one_is_held_at_a_time(bucket: MemoryBucket) -> None:
    for _ in range(20):
        change(bucket)
    overwrite(bucket, RECORD, b"{")
    seen: list[weakref.ref[Record]] = []
    most = 0

    def parse(body: bytes) -> Record:
        nonlocal most
        most = max(most, sum(ref() is not None for ref in seen))
        record = Record.parse(body, ONE)
        seen.append(weakref.ref(record))
        return record

    past = past_of(bucket, RECORD, bucket.get(RECORD), bucket.get(PAGE), parse)

    assert past.best is not None
    assert (past.best.generation, past.generation) == (23, 23)
    assert len(seen) > 20
    assert most <= 2  # the best, and the one that was read before
    assert found(look_at(bucket)) == [("record-unreadable", RECORD)]


@pytest.mark.parametrize(
    ("page", "kind", "name"),
    [(PAGE, "page-damaged", "one"), (ROOT_PAGE, "root-page", "new")],
    ids=["of a project", "of the list"],
)
def test_a_page_of_an_incredible_generation_keeps_nobody_from_uploading(
    bucket: MemoryBucket, tmp_path: Path, page: str, kind: str, name: str
) -> None:
    shown = re.sub(rb'(generation" content=")[0-9]+', rb"\g<1>900000000000000", body(bucket, page))
    overwrite(bucket, page, shown)
    assert found(look_at(bucket)) == [(kind, page)]

    publish(bucket, build_wheel(tmp_path, name, "4.0"))

    assert look_at(bucket, deep=True).left == []
    assert_whole(bucket, *{"one", "two", name})


@pytest.mark.parametrize("space", [b"", b" "], ids=["the very bytes", "other spaces"])
def test_six_uploads_on_a_record_and_a_page_that_were_set_back_hide_nothing_from_a_repair(
    bucket: MemoryBucket, tmp_path: Path, space: bytes
) -> None:
    documents = {RECORD: body(bucket, RECORD) + space, PAGE: body(bucket, PAGE)}
    delete(bucket, "one==2.0")
    for _ in range(12):
        change(bucket)
    for key, content in documents.items():
        overwrite(bucket, key, content)
    for number in range(6):
        publish(bucket, build_wheel(tmp_path, "one", f"5.{number}"))
    assert (found(look_at(bucket)) == [("record-behind", RECORD)]) == (not space)

    look_at(bucket, repair=True)

    assert {"one-2.0-py3-none-any.whl"} == record_of(bucket, "one").removed.keys()
    assert "one-5.5-py3-none-any.whl" in file_names(bucket, "one")
    assert look_at(bucket, deep=True).left == []


@pytest.mark.parametrize("names", [(), ("one",)], ids=["all", "one"])
@pytest.mark.parametrize("deep", [False, True], ids=["listing", "deep"])
def test_a_quarantine_that_was_undone_by_putting_record_and_page_back_is_seen_and_mended(
    bucket: MemoryBucket, names: tuple[str, ...], *, deep: bool
) -> None:
    documents = {key: body(bucket, key) for key in (RECORD, PAGE)}
    overwrite(bucket, RECORD, set_status(record_of(bucket, "one"), "quarantined", "malware").to_json())
    look_at(bucket, repair=True)
    for key, content in documents.items():
        overwrite(bucket, key, content)
    assert found(look_at(bucket, *names, deep=deep)) == ([("record-behind", RECORD)] if deep else [])

    assert look_at(bucket, *names, deep=deep, repair=True).left == []

    assert record_of(bucket, "one").status == "quarantined"
    assert look_at(bucket, deep=True, repair=True).mended == []
