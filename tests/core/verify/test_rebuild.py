"""Records and lists that are gone: what they are built from again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.bucket import (
    BucketError,
)
from s3pypi_core.document import LAST_GENERATION
from s3pypi_core.page import HIGHEST_BELIEVED, project_page, root_page
from s3pypi_core.record import Record, Tombstone
from s3pypi_core.record_changes import set_status
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, file_key, metadata_key, page_key, record_key
from tests.builders import build_wheel
from tests.damage import (
    FILE,
    ONE,
    PAGE,
    RECORD,
    TWO,
    WHEEL,
    drop,
    filled_repository,
    found,
    look_at,
    overwrite,
    put,
    store_now,
)
from tests.repositories import assert_whole, body, file_names, publish, record_of, root_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket


@pytest.mark.parametrize("harm", [drop, lambda bucket, key: overwrite(bucket, key, b"PK")])
def test_without_versions_a_lost_file_stays_listed_and_named(
    bucket: MemoryBucket, harm: Callable[[MemoryBucket, str], None]
) -> None:
    harm(bucket, FILE)
    bucket = bucket.fork(versioned=False)

    repaired = look_at(bucket, repair=True)

    (left,) = repaired.left
    assert left.finding.key == FILE
    assert "no earlier version" in left.reason
    assert "s3twine yank" in left.remedy
    assert WHEEL in file_names(bucket, "one")
    assert found(look_at(bucket)) == found(repaired)


def test_without_versions_a_record_is_rebuilt_from_the_objects(bucket: MemoryBucket) -> None:
    was = record_of(bucket, "one")
    drop(bucket, RECORD)
    bucket = bucket.fork(versioned=False)

    (mended, *_) = look_at(bucket, repair=True).mended

    assert mended.finding.kind == "record-missing"
    assert mended.done == (
        "rebuilt from 4 objects; status and yanks as its page tells; "
        "the names of deleted files could not be recovered"
    )
    record = record_of(bucket, "one")
    assert record.files == was.files
    assert record.generation == was.generation + 1  # the page has shown the one before
    assert_whole(bucket, "one", "two")


@pytest.mark.parametrize("status", ["archived", "quarantined", "deprecated"])
def test_without_versions_the_page_tells_the_status(bucket: MemoryBucket, status: str) -> None:
    was = record_of(bucket, "one")
    put(bucket, set_status(was, status, 'bad "release"'))
    look_at(bucket, repair=True)
    drop(bucket, RECORD)
    bucket = bucket.fork(versioned=False)

    repaired = look_at(bucket, repair=True)

    told = "status" if status == "quarantined" else "status and yanks"
    assert f"; {told} as its page tells; " in repaired.mended[0].done
    assert ("yanks and the names of deleted files could not" in repaired.mended[0].done) == (
        status == "quarantined"
    )
    record = record_of(bucket, "one")
    assert (record.status, record.status_reason) == (status, 'bad "release"')
    assert record.all_files == was.files
    assert bool(record.files) == (status != "quarantined")


GREAT = project_page(Record(ONE)).replace(b'content="active"', b'content="great"')
REASONS: list[bool | str] = [False, True, "broken", 'a "quoted" <b>reason</b> & \n more &lt; \u20ac']


@pytest.mark.parametrize("reason", REASONS, ids=ascii)
def test_without_versions_the_page_tells_what_is_yanked(bucket: MemoryBucket, reason: bool | str) -> None:  # noqa: FBT001  # a parameter of the table
    record = record_of(bucket, "one")
    files = tuple(replace(file, yanked=reason) if file.filename == WHEEL else file for file in record.files)
    put(bucket, replace(record, files=files, generation=9))
    look_at(bucket, repair=True)
    drop(bucket, RECORD)
    bucket = bucket.fork(versioned=False)
    look_at(bucket, repair=True)
    assert record_of(bucket, "one").files == files


def test_a_page_that_shows_other_bytes_or_is_cut_tells_no_yanks(bucket: MemoryBucket) -> None:
    record = record_of(bucket, "one")
    files = tuple(replace(file, yanked="broken") for file in record.files)
    put(bucket, replace(record, files=files, generation=9))
    look_at(bucket, repair=True)
    page = body(bucket, PAGE)
    drop(bucket, RECORD)
    bucket = bucket.fork(versioned=False)

    overwrite(bucket, PAGE, page[:-1])
    assert "status as its page tells; yanks and" in look_at(bucket, repair=True).mended[0].done
    assert {file.yanked for file in record_of(bucket, "one").files} == {False}

    drop(bucket, RECORD)
    (first, *others) = record.files
    overwrite(bucket, PAGE, page.replace(first.sha256.encode(), b"0" * 64))
    look_at(bucket, repair=True)
    yanked = {file.filename: file.yanked for file in record_of(bucket, "one").files}
    assert yanked == {first.filename: False, **dict.fromkeys((file.filename for file in others), "broken")}


@pytest.mark.parametrize(
    "page",
    [None, b"<html>", GREAT, project_page(Record(TWO, status="archived"))],
    ids=["none", "damaged", "another status", "that of another project"],
)
def test_without_a_page_that_tells_it_the_status_is_lost(bucket: MemoryBucket, page: bytes | None) -> None:
    drop(bucket, RECORD)
    if page is None:
        drop(bucket, PAGE)
    else:
        overwrite(bucket, PAGE, page)
    bucket = bucket.fork(versioned=False)
    assert "; status, yanks and the names" in look_at(bucket, repair=True).mended[0].done
    assert record_of(bucket, "one").status == "active"


def test_a_rebuilt_record_leaves_out_what_may_be_arriving(bucket: MemoryBucket) -> None:
    drop(bucket, RECORD)
    bucket = bucket.fork(versioned=False)
    store_now(bucket, FILE)
    assert found(look_at(bucket, repair=True)) == [("unlisted-new", FILE)]
    assert len(file_names(bucket, "one")) == 3


BORDERS = {
    "the highest believed": (HIGHEST_BELIEVED, HIGHEST_BELIEVED + 1),
    "one above": (HIGHEST_BELIEVED + 1, None),
    "one below the last": (LAST_GENERATION - 1, None),
    "the last": (LAST_GENERATION, None),
    "one above the last": (LAST_GENERATION + 1, None),
    "16 digits": (10**16 - 1, None),
    "17 digits": (10**17 - 1, None),
}
_PAGE_OF = b'<head>\n<meta name="s3pypi:generation" content="%d">\n</head>'


@pytest.mark.parametrize("versioned", [False, True], ids=["no versions", "versions"])
@pytest.mark.parametrize(("shown", "expected"), BORDERS.values(), ids=BORDERS)
@pytest.mark.parametrize("place", ["page", "damaged record", "record"])
def test_a_rebuilt_record_can_be_read_and_uploaded_to_whatever_number_was_seen(
    bucket: MemoryBucket, tmp_path: Path, place: str, shown: int, expected: int | None, *, versioned: bool
) -> None:
    if place == "page":
        overwrite(bucket, PAGE, _PAGE_OF % shown)
        drop(bucket, RECORD)
    elif place == "damaged record":
        overwrite(bucket, RECORD, b'{"broken": , "_generation": %d}' % shown)
        drop(bucket, PAGE)
    else:
        document = json.loads(body(bucket, RECORD))
        overwrite(bucket, RECORD, json.dumps({**document, "_generation": shown}).encode())
        drop(bucket, PAGE)
        expected = shown if shown < LAST_GENERATION else None  # it is in order, but for its page
    was = record_of(filled_repository(tmp_path / "whole"), "one")
    bucket = bucket.fork(versioned=versioned)

    assert look_at(bucket, repair=True).left == []

    # The number that counts without the incredible one is that of the good states, and that of the page.
    kept = was.generation + 1 if versioned else 1
    assert record_of(bucket, "one").generation == (expected or kept)
    assert record_of(bucket, "one").files == was.files
    publish(bucket, build_wheel(tmp_path, "one", "4.0"))
    assert look_at(bucket, repair=True).left == []
    assert len(file_names(bucket, "one")) == len(was.files) + 1
    assert_whole(bucket, "one", "two")


@pytest.mark.parametrize(
    ("place", "shown"),
    [("page", HIGHEST_BELIEVED + 1), ("page", LAST_GENERATION), ("record", LAST_GENERATION)],
)
def test_a_rebuilt_root_can_be_read_and_uploaded_to_whatever_number_was_seen(
    bucket: MemoryBucket, tmp_path: Path, place: str, shown: int
) -> None:
    if place == "page":
        overwrite(bucket, ROOT_PAGE, _PAGE_OF % shown)
        drop(bucket, ROOT_RECORD)
    else:
        overwrite(bucket, ROOT_RECORD, replace(root_of(bucket), generation=shown).to_json())
    bucket = bucket.fork(versioned=False)

    assert look_at(bucket, repair=True).left == []

    assert root_of(bucket).generation < HIGHEST_BELIEVED
    publish(bucket, build_wheel(tmp_path, "new"))
    assert_whole(bucket, "new", "one", "two")


def test_yanks_status_and_tombstones_come_from_the_last_good_version(bucket: MemoryBucket) -> None:
    record = record_of(bucket, "one")
    yanked = tuple(replace(file, yanked="broken") for file in record.files)
    gone = {"one-0.1.tar.gz": Tombstone("0" * 64, "2026-11-22")}
    was = replace(record, files=yanked, status="deprecated", removed=gone, generation=record.generation + 1)
    put(bucket, was)
    look_at(bucket, repair=True)
    drop(bucket, RECORD)

    look_at(bucket, repair=True)

    assert record_of(bucket, "one") == replace(was, generation=was.generation + 1)


def test_a_rebuilt_record_names_what_it_could_not_recover(bucket: MemoryBucket) -> None:
    drop(bucket, RECORD)
    overwrite(bucket, FILE, b"PK")
    bucket = bucket.fork(versioned=False)

    repaired = look_at(bucket, repair=True)

    assert WHEEL in repaired.mended[0].done
    assert found(repaired) == [("unlisted", FILE)]
    assert found(look_at(bucket)) == found(repaired)
    assert_whole(bucket, "one", "two")


def test_a_project_of_which_nothing_is_left_is_taken_off_the_list(bucket: MemoryBucket) -> None:
    for key in [key for key in bucket.objects if key.startswith("packages/two/")]:
        drop(bucket, key)
    bucket = bucket.fork(versioned=False)

    repaired = look_at(bucket, repair=True)

    assert [mended.finding.kind for mended in repaired.mended] == [
        "record-missing",
        "page-missing",
        "root-empty",
    ]
    assert "could not be recovered" in repaired.mended[0].done
    assert repaired.left == look_at(bucket).left == []
    assert record_of(bucket, "two").files == ()
    assert_whole(bucket, "one")


EMPTY_AND_CLOSED: dict[str, dict[str, object]] = {
    "with a tombstone": {"removed": {"two-1.0-py3-none-any.whl": Tombstone("0" * 64, "2026-11-22")}},
    "without": {},
    "archived": {"status": "archived"},
    "quarantined": {"status": "quarantined"},
}


@pytest.mark.parametrize("state", EMPTY_AND_CLOSED.values(), ids=EMPTY_AND_CLOSED)
@pytest.mark.parametrize("names", [(), ("two",)], ids=["all", "one project"])
def test_an_empty_project_is_taken_off_as_the_deletion_that_emptied_it_would_have(
    bucket: MemoryBucket, state: dict[str, object], names: tuple[str, ...]
) -> None:
    put(bucket, replace(record_of(bucket, "two"), files=(), generation=2, **state))  # type: ignore[arg-type]
    for key in (file_key(TWO, "two-1.0-py3-none-any.whl"), metadata_key(TWO, "two-1.0-py3-none-any.whl")):
        drop(bucket, key)
    overwrite(bucket, page_key(TWO), project_page(record_of(bucket, "two")))
    (left,) = look_at(bucket, *names).left
    assert (left.finding.what, left.remedy) == (("root-empty", record_key(TWO)), "s3twine verify --repair")

    repaired = look_at(bucket, *names, repair=True)

    assert [mended.done for mended in repaired.mended] == ["taken off, as the record lists no file"]
    assert repaired.left == look_at(bucket).left == []
    assert root_of(bucket).projects == ("one",)
    assert record_of(bucket, "two").removed == state.get("removed", {})


def test_a_name_that_cannot_be_taken_off_stays_named(bucket: MemoryBucket) -> None:
    put(bucket, replace(record_of(bucket, "two"), files=(), generation=2))
    look_at(bucket, repair=True, young=10**9)
    overwrite(bucket, ROOT_RECORD, (root := root_of(bucket).with_projects([TWO])).to_json())
    overwrite(bucket, ROOT_PAGE, root_page(root))

    def fail(operation: str, key: str) -> None:
        if (operation, key) == ("replace", ROOT_RECORD):
            raise BucketError("access denied")

    bucket.before = fail
    repaired = look_at(bucket, repair=True, young=10**9)
    assert [(left.finding.kind, left.reason) for left in repaired.left if left.reason] == [
        ("root-empty", "access denied")
    ]
    assert found(look_at(bucket, young=10**9)) == found(repaired)


def test_a_damaged_record_still_tells_its_generation(bucket: MemoryBucket) -> None:
    overwrite(bucket, RECORD, b'{"broken": , "_generation":70}')
    drop(bucket, PAGE)
    bucket = bucket.fork(versioned=False)
    look_at(bucket, repair=True)
    assert record_of(bucket, "one").generation == 71


@pytest.mark.parametrize("said", [b'{"_generation":"7"}', b'{"_generation":-1}', b"[]", b"[" * 100_000])
def test_a_generation_that_is_none_counts_for_nothing(bucket: MemoryBucket, said: bytes) -> None:
    overwrite(bucket, RECORD, said)
    drop(bucket, PAGE)
    bucket = bucket.fork(versioned=False)
    look_at(bucket, repair=True)
    assert record_of(bucket, "one").generation == 1


@pytest.mark.parametrize("key", [RECORD, ROOT_RECORD], ids=["record", "root"])
def test_a_document_of_a_later_release_is_left_alone(bucket: MemoryBucket, key: str) -> None:
    document = json.loads(body(bucket, key))
    document["meta"]["api-version"] = "1.9"
    overwrite(bucket, key, json.dumps(document).encode())
    before = dict(bucket.objects)

    repaired = look_at(bucket, repair=True)

    assert [left.remedy for left in repaired.left] == ["upgrade s3twine"]
    assert bucket.objects == before
