from __future__ import annotations

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.bucket import (
    METADATA_FILE_HEADERS,
    AccessDenied,
    BucketError,
    Headers,
    Unfinished,
    distribution_headers,
)
from s3pypi_core.document import LAST_GENERATION
from s3pypi_core.finding import Finding
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.mend import Left
from s3pypi_core.page import HIGHEST_BELIEVED, project_page, root_page
from s3pypi_core.record import Record, Tombstone
from s3pypi_core.record_changes import set_status
from s3pypi_core.restore import CannotMend
from s3pypi_core.root_index import NoRepository
from s3pypi_core.verified import Interrupted, Verified
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, file_key, metadata_key, normalize, page_key, record_key
from tests.builders import build_sdist, build_wheel
from tests.damage import (
    NOW,
    age,
    drop,
    filled_repository,
    findings,
    found,
    look_at,
    new_repository,
    overwrite,
    store_now,
)
from tests.repositories import UPLOAD_TIME, assert_whole, body, file_names, publish, record_of, root_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.finding import Kind

ONE, TWO = normalize("one"), normalize("two")
WHEEL = "one-1.0-py3-none-any.whl"
FILE, METADATA = file_key(ONE, WHEEL), metadata_key(ONE, WHEEL)
RECORD, PAGE = record_key(ONE), page_key(ONE)


@pytest.fixture
def bucket(tmp_path: Path) -> MemoryBucket:
    return filled_repository(tmp_path / "dist")


def put(bucket: MemoryBucket, record: Record) -> None:
    """Let this be the record."""
    overwrite(bucket, record_key(record.project), record.to_json())


def unlist(bucket: MemoryBucket, filename: str = WHEEL, **changes: object) -> None:
    """Let the record be one that never listed the file, as an interrupted upload leaves it."""
    record = record_of(bucket, "one")
    files = tuple(file for file in record.files if file.filename != filename)
    put(bucket, replace(record, files=files, generation=record.generation + 1, **changes))  # type: ignore[arg-type]


def each(harm: Callable[[MemoryBucket, str], None], bucket: MemoryBucket, *keys: str) -> None:
    """Do the same harm to several objects."""
    for key in keys:
        harm(bucket, key)


def messages(verified: Verified) -> list[str]:
    """What could not be looked at."""
    return [error.message for error in verified.errors]


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


def test_a_file_that_was_never_listed_is_listed_with_its_metadata(bucket: MemoryBucket) -> None:
    was = record_of(bucket, "one")
    unlist(bucket)
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
    unlist(bucket)
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
    unlist(bucket)
    put(bucket, set_status(record_of(bucket, "one"), status, None))
    repaired = look_at(bucket, repair=True)
    assert found(repaired) == [("unlisted-closed", FILE)]
    assert "active" in repaired.left[0].remedy
    assert WHEEL not in file_names(bucket, "one")


def test_a_deleted_file_is_never_listed_again(bucket: MemoryBucket) -> None:
    sha256 = next(file.sha256 for file in record_of(bucket, "one").files if file.filename == WHEEL)
    unlist(bucket, removed={WHEEL: Tombstone(sha256, "2026-11-22T10:00:00Z")})
    repaired = look_at(bucket, repair=True)
    assert found(repaired) == [("unlisted-removed", FILE)]
    assert repaired.left[0].remedy.startswith("s3twine undelete one==1.0, if ")
    assert repaired.left[0].remedy.endswith("run that s3twine delete again, which finishes it")
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
    unlist(bucket)
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
    unlist(bucket)
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
    with pytest.raises(Interrupted, match=rf"2 projects were verified; mended {PAGE}") as caught:
        look_at(bucket, repair=True)
    assert "again" in caught.value.hint


def test_an_interruption_begins_nothing_new(bucket: MemoryBucket) -> None:
    def interrupt(operation: str, key: str) -> None:
        if (operation, key) == ("list", "packages/") and started:
            raise KeyboardInterrupt
        started.append(key)

    started: list[str] = []
    bucket.before = interrupt
    with pytest.raises(Interrupted):
        look_at(bucket)


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
