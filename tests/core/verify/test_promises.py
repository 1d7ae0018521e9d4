"""What a repair promises, sentence by sentence, where no other test would notice that it is broken."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, get_args

import pytest

from s3pypi_core import record_changes
from s3pypi_core.bucket import RECORD_HEADERS, BucketError
from s3pypi_core.page import project_page
from s3pypi_core.record import Tombstone
from s3pypi_core.verify.finding import Finding, Kind
from s3pypi_core.verify.verify import YOUNG
from s3pypi_edge.keys import page_key, record_key
from tests.care import delete, once
from tests.damage import (
    FILE,
    LONG_AGO,
    METADATA,
    NOW,
    ONE,
    PAGE,
    RECORD,
    TWO,
    WHEEL,
    age,
    drop,
    found,
    look_at,
    overwrite,
    put_with_page,
    without,
)
from tests.repositories import assert_whole, body, file_names, record_of, root_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_core.memory_bucket import MemoryBucket
    from s3pypi_core.record import Record


def writes(bucket: MemoryBucket) -> list[tuple[str, str]]:
    """What is going to be written, in its order."""
    seen: list[tuple[str, str]] = []

    def note(operation: str, key: str) -> None:
        if operation in {"create", "replace", "delete", "remove_version", "abandon"}:
            seen.append((operation, key))

    bucket.before = note
    return seen


@pytest.mark.parametrize("kind", get_args(Kind))
def test_each_disagreement_has_a_remedy(kind: Kind) -> None:
    finding = Finding(kind, RECORD, "it is not as it should be", ONE)
    assert finding.remedy.strip()
    assert "{" not in finding.remedy
    assert finding.mendable == ("--repair" in finding.remedy)


def test_metadata_is_there_before_the_record_lists_its_file(bucket: MemoryBucket) -> None:
    put_with_page(bucket, without(bucket))
    drop(bucket, METADATA)
    seen = writes(bucket)
    look_at(bucket, repair=True)
    assert seen == [("create", METADATA), ("replace", RECORD), ("replace", PAGE)]


def test_metadata_that_cannot_be_written_keeps_its_file_off_the_record(bucket: MemoryBucket) -> None:
    put_with_page(bucket, without(bucket))
    drop(bucket, METADATA)

    def fail(operation: str, key: str) -> None:
        if (operation, key) == ("create", METADATA):
            raise BucketError("access denied")

    bucket.before = fail
    (left,) = look_at(bucket, repair=True).left
    assert (left.finding.what, left.reason) == (("unlisted", FILE), "access denied")
    assert WHEEL not in file_names(bucket, "one")


@pytest.mark.parametrize(
    ("seconds", "kind"),
    [(YOUNG - 1, "unlisted-new"), (YOUNG, "unlisted"), (YOUNG + 1, "unlisted")],
    ids=["younger than a day", "a day old", "older"],
)
def test_a_day_makes_a_left_over_of_what_may_be_arriving(
    bucket: MemoryBucket, seconds: float, kind: str
) -> None:
    put_with_page(bucket, without(bucket))
    bucket.clock = lambda: NOW - timedelta(seconds=seconds)
    overwrite(bucket, FILE, body(bucket, FILE))
    bucket.clock = lambda: LONG_AGO
    assert found(look_at(bucket)) == [(kind, FILE)]
    look_at(bucket, repair=True)
    assert (WHEEL in file_names(bucket, "one")) == (kind == "unlisted")


def tombstoned(record: Record) -> Record:
    """Somebody deletes the file: its name is not to come back."""
    removed = {WHEEL: Tombstone("0" * 64, "2026-11-22")}
    return replace(record, removed=removed, generation=record.generation + 1)


def closed(status: str) -> Callable[[Record], Record]:
    """Somebody gives the project a status that takes no files."""
    return lambda record: record_changes.set_status(record, status, None)


CLOSING: dict[str, tuple[Callable[[Record], Record], str]] = {
    "deleted": (tombstoned, "unlisted-removed"),
    "archived": (closed("archived"), "unlisted-closed"),
    "quarantined": (closed("quarantined"), "unlisted-closed"),
}


@pytest.mark.parametrize(("change", "kind"), CLOSING.values(), ids=CLOSING)
def test_what_is_closed_just_before_a_file_is_listed_stays_closed(
    bucket: MemoryBucket, change: Callable[[Record], Record], kind: str
) -> None:
    put_with_page(bucket, without(bucket))
    later = change(record_of(bucket, "one"))
    bucket.before = once("replace", RECORD, lambda: put_with_page(bucket, later))

    repaired = look_at(bucket, repair=True)

    assert record_of(bucket, "one") == later
    assert found(repaired) == found(look_at(bucket)) == [(kind, FILE)]


def damage_and_drop(bucket: MemoryBucket, *bodies: bytes) -> None:
    """Write the record over again and again, then delete it."""
    for each in bodies:
        overwrite(bucket, RECORD, each)
    drop(bucket, RECORD)


LOST: dict[str, Callable[[MemoryBucket], None]] = {
    "gone": lambda bucket: drop(bucket, RECORD),
    "not JSON": lambda bucket: overwrite(bucket, RECORD, b"<html>"),
    "cut": lambda bucket: overwrite(bucket, RECORD, body(bucket, RECORD)[:-9]),
    "empty": lambda bucket: overwrite(bucket, RECORD, b""),
    "of another project": lambda bucket: overwrite(bucket, RECORD, body(bucket, record_key(TWO))),
    "damaged twice, then gone": lambda bucket: damage_and_drop(bucket, b"{", b"[]"),
}


@pytest.mark.parametrize("harm", LOST.values(), ids=LOST)
@pytest.mark.parametrize("status", ["active", "deprecated", "archived", "quarantined"])
def test_a_lost_record_is_the_last_good_version_of_it(
    bucket: MemoryBucket, harm: Callable[[MemoryBucket], None], status: str
) -> None:
    record = record_of(bucket, "one")
    yanked = tuple(replace(file, yanked="broken") for file in record.files)
    gone = {"one-0.1.tar.gz": Tombstone("0" * 64, "2026-11-22")}
    was = replace(record, files=yanked, removed=gone, extra={"_theirs": 1}, generation=8)
    was = record_changes.set_status(was, status, "use two" if status != "active" else None)
    put_with_page(bucket, was)
    overwrite(bucket, PAGE, b"<html>")  # which tells nothing
    harm(bucket)

    repaired = look_at(bucket, repair=True)

    assert record_of(bucket, "one") == replace(was, generation=was.generation + 1)
    assert "written again from the last good state of it" in {mended.done for mended in repaired.mended}
    assert repaired.left == look_at(bucket).left == []
    assert root_of(bucket).projects == ("one", "two")


SEEN: dict[str, Callable[[MemoryBucket], None]] = {
    "on the page": lambda bucket: put_page(bucket, 40),
    "in the record": lambda bucket: overwrite(bucket, RECORD, b'{"_generation": 40'),
    "in old versions": lambda bucket: damage_and_drop(bucket, b'{"_generation": 40', b"<html>", b"{"),
    "in a version that was deleted": lambda bucket: damage_and_drop(bucket, b'{"_generation": 40}'),
}


def put_page(bucket: MemoryBucket, generation: int) -> None:
    """Let the page be one of that generation, and the record be lost."""
    overwrite(bucket, PAGE, project_page(replace(record_of(bucket, "one"), generation=generation)))
    drop(bucket, RECORD)


@pytest.mark.parametrize("harm", SEEN.values(), ids=SEEN)
def test_a_rebuilt_record_is_one_generation_above_the_highest_seen(
    bucket: MemoryBucket, harm: Callable[[MemoryBucket], None]
) -> None:
    harm(bucket)
    look_at(bucket, repair=True)
    assert record_of(bucket, "one").generation == 41
    assert_whole(bucket, "one", "two")


def test_a_root_that_lacks_a_project_gets_it_and_keeps_the_others(bucket: MemoryBucket) -> None:
    root = root_of(bucket).without(TWO)
    overwrite(bucket, "packages/index.json", root.to_json())
    assert ("root-lacks", record_key(TWO)) in found(look_at(bucket))
    assert look_at(bucket, repair=True).left == []
    assert root_of(bucket).generation == root.generation + 1
    assert_whole(bucket, "one", "two")


def test_a_file_whose_old_versions_have_other_bytes_is_left_as_it_is(bucket: MemoryBucket) -> None:
    content = body(bucket, FILE)
    bucket = bucket.fork(versioned=False)
    bucket.versioned = True  # from now on
    overwrite(bucket, FILE, bytes(len(content)))
    for version in bucket.versions(FILE)[1:]:
        bucket.remove_version(FILE, version.id)
    overwrite(bucket, FILE, b"PK")
    seen = writes(bucket)

    (left,) = look_at(bucket, repair=True).left

    assert (left.finding.what, seen) == (("file-damaged", FILE), [])
    assert "no earlier version" in left.reason
    assert WHEEL in file_names(bucket, "one")
    assert body(bucket, FILE) == b"PK"


def test_what_belongs_to_nothing_stays_whatever_else_is_repaired(bucket: MemoryBucket) -> None:
    strays = ["packages/one/notes.txt", "packages/one/one-9.9-py3-none-any.whl.metadata", "packages/x.txt"]
    for key in strays:
        bucket.create(key, b"?", RECORD_HEADERS)
    for key in (RECORD, PAGE, METADATA, "packages/index.json"):
        drop(bucket, key)
    bucket = bucket.fork(versioned=False)
    seen = writes(bucket)

    repaired = look_at(bucket, deep=True, repair=True, young=0)

    assert sorted(found(repaired)) == sorted(("stray", key) for key in strays)
    assert {key for _, key in seen}.isdisjoint(strays)
    assert "delete" not in {operation for operation, _ in seen}
    assert found(look_at(bucket, deep=True)) == found(repaired)


def test_a_record_and_a_page_that_were_set_back_together_bring_nothing_back(bucket: MemoryBucket) -> None:
    documents = {key: body(bucket, key) for key in (RECORD, PAGE)}
    delete(bucket, "one==1.0")
    was = record_of(bucket, "one")
    for key, content in documents.items():
        overwrite(bucket, key, content)
    assert found(look_at(bucket)) == [("record-behind", RECORD)]

    assert look_at(bucket, repair=True).left == []

    assert bucket.get(FILE) is None
    assert record_of(bucket, "one") == replace(was, generation=was.generation + 1)


def test_a_status_comes_back_though_the_page_is_older_still(bucket: MemoryBucket) -> None:
    put_with_page(bucket, record_changes.set_status(record_of(bucket, "two"), "quarantined", "stolen"))
    was = record_of(bucket, "two")
    age(bucket, record_key(TWO))
    age(bucket, page_key(TWO))
    assert look_at(bucket, repair=True).left == []
    assert record_of(bucket, "two") == replace(was, generation=was.generation + 1)


def test_a_repair_of_what_is_in_order_writes_nothing(bucket: MemoryBucket) -> None:
    seen = writes(bucket)
    assert look_at(bucket, deep=True, repair=True, young=0).left == []
    assert seen == []


def test_a_damaged_record_is_read_back_as_json_that_clients_understand(bucket: MemoryBucket) -> None:
    drop(bucket, RECORD)
    bucket = bucket.fork(versioned=False)
    look_at(bucket, repair=True)
    document = json.loads(body(bucket, RECORD))
    assert document["meta"] == {"api-version": "1.4"}
    assert document["versions"] == ["1.0", "2.0", "3.0"]
    assert {file["upload-time"] for file in document["files"]} == {"2026-11-22T10:00:00.000000Z"}
    assert bucket.objects[RECORD].headers == RECORD_HEADERS
