"""What only `--deep` sees: it reads every object, and compares it with all that says what it should be."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.bucket import (
    METADATA_FILE_HEADERS,
    PAGE_HEADERS,
    RECORD_HEADERS,
    AccessDenied,
    BucketError,
    Headers,
    distribution_headers,
)
from s3pypi_core.record import Tombstone
from s3pypi_core.record_changes import set_status
from s3pypi_core.verify.renew import renew_object
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, file_key
from tests.builders import build_metadata, build_sdist, build_wheel
from tests.care import Killed, delete
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
    put_with_page,
    store_now,
    without,
)
from tests.repositories import UPLOAD_TIME, assert_whole, body, file_names, publish, record_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket

DOCUMENTS = {RECORD: RECORD_HEADERS, PAGE: PAGE_HEADERS, ROOT_RECORD: RECORD_HEADERS, ROOT_PAGE: PAGE_HEADERS}


def headers_due(bucket: MemoryBucket, key: str) -> Headers:
    """What an object of the project one should be served with, by its record."""
    if key in DOCUMENTS:
        return DOCUMENTS[key]
    if key.endswith(".metadata"):
        return METADATA_FILE_HEADERS
    (sha256,) = [file.sha256 for file in record_of(bucket, "one").files if file.filename == WHEEL]
    return distribution_headers(WHEEL, sha256, UPLOAD_TIME)


def test_every_object_is_read_once(bucket: MemoryBucket) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    bucket.before = lambda operation, key: seen.update([(operation, key)])
    look_at(bucket, deep=True)
    files = [key for key in bucket.objects if key.endswith((".whl", ".gz", ".metadata"))]
    pages = [key for key in bucket.objects if key.endswith("/index.html") and key != ROOT_PAGE]
    assert sorted(key for operation, key in seen.elements() if operation == "stream") == sorted(files)
    assert sorted(key for operation, key in seen.elements() if operation == "head") == sorted(pages)


HEADERS: dict[str, tuple[str, dict[str, object], str]] = {
    "a file's Content-Type": (
        FILE,
        {"content_type": "application/zip"},
        "its Content-Type is 'application/zip', and not 'application/octet-stream'",
    ),
    "a file's Cache-Control": (
        FILE,
        {"cache_control": "no-cache"},
        "its Cache-Control is 'no-cache', and not 'max-age=31536000, immutable'",
    ),
    "a file's hash": (
        FILE,
        {"metadata": {"sha256": "0" * 64, "upload-time": UPLOAD_TIME}},
        f"its x-amz-meta-sha256 is '{'0' * 64}', and not '",
    ),
    "a file's upload time": (
        FILE,
        {"metadata": {}},
        f"its x-amz-meta-upload-time is '', and not '{UPLOAD_TIME}'",
    ),
    "metadata": (
        METADATA,
        {"content_type": "binary/octet-stream"},
        "its Content-Type is 'binary/octet-stream', and not 'text/plain; charset=utf-8'",
    ),
    "a record": (
        RECORD,
        {"content_type": "application/json"},
        "its Content-Type is 'application/json', and not 'application/vnd.pypi.simple.v1+json'",
    ),
    "a page": (
        PAGE,
        {"cache_control": "max-age=60"},
        "its Cache-Control is 'max-age=60', and not 'no-cache'",
    ),
    "the root's record": (
        ROOT_RECORD,
        {"content_type": "application/json"},
        "its Content-Type is 'application/json', and not 'application/vnd.pypi.simple.v1+json'",
    ),
    "the root's page": (
        ROOT_PAGE,
        {"content_type": "text/html"},
        "its Content-Type is 'text/html', and not 'text/html; charset=utf-8'",
    ),
}
HEADERS_DAMAGED = pytest.mark.parametrize(("key", "changes", "fault"), HEADERS.values(), ids=HEADERS)


def damage_headers(bucket: MemoryBucket, key: str, changes: dict[str, object]) -> None:
    """Store an object again with some other headers."""
    due = headers_due(bucket, key)
    as_due = {"content_type": due.content_type, "cache_control": due.cache_control, "metadata": due.metadata}
    mislabel(bucket, key, **as_due | changes)


@HEADERS_DAMAGED
def test_what_an_object_is_served_with_is_named_and_mended_where_versions_are_kept(
    bucket: MemoryBucket, key: str, changes: dict[str, object], fault: str
) -> None:
    damage_headers(bucket, key, changes)
    was, content = record_of(bucket, "one").files, body(bucket, key)
    # A look that reads no object for it sees those of what it reads anyway.
    is_read = key in {RECORD, ROOT_RECORD, ROOT_PAGE}
    assert [left.finding.key for left in look_at(bucket).left] == [key] * is_read

    (left,) = look_at(bucket, deep=True).left
    assert (left.finding.kind, left.finding.key) == (
        "root-headers" if key in {ROOT_RECORD, ROOT_PAGE} else "headers",
        key,
    )
    assert fault in left.finding.fault
    project = "" if key in {ROOT_RECORD, ROOT_PAGE} else " one"
    assert left.remedy == f"s3twine verify --repair{'' if is_read else ' --deep'}{project}"

    assert look_at(bucket, deep=True, repair=True).left == []
    assert look_at(bucket, deep=True).left == []
    assert bucket.objects[key].headers == headers_due(bucket, key)
    assert record_of(bucket, "one").files == was
    # A cache that asks by ETag gets a document with its headers, and a file never changes.
    assert (body(bucket, key) != content) == (key in DOCUMENTS)
    assert_whole(bucket, "one", "two")


@HEADERS_DAMAGED
def test_without_versions_nothing_that_is_there_is_put_at_risk_for_its_headers(
    bucket: MemoryBucket, key: str, changes: dict[str, object], fault: str
) -> None:
    damage_headers(bucket, key, changes)
    bucket = bucket.fork(versioned=False)

    repaired = look_at(bucket, deep=True, repair=True)

    if key in DOCUMENTS:
        assert repaired.left == []
    else:
        (left,) = repaired.left
        assert fault in left.finding.fault
        assert left.reason == "it would have to be taken away first, and the bucket keeps no version of it"
        assert left.remedy == "let the bucket keep versions, then: s3twine verify --repair --deep one"
    assert found(look_at(bucket, deep=True)) == found(repaired)
    assert_whole(bucket, "one", "two")


@pytest.mark.parametrize("key", [FILE, METADATA], ids=["file", "metadata"])
def test_a_repair_of_headers_that_ends_halfway_is_ended_by_the_next(bucket: MemoryBucket, key: str) -> None:
    mislabel(bucket, key)
    content = body(bucket, key)

    def end(operation: str, this_key: str) -> None:
        if (operation, this_key) == ("create", key):
            raise Killed

    bucket.before = end
    with pytest.raises(Killed):
        look_at(bucket, deep=True, repair=True)
    bucket.before = lambda _operation, _key: None
    assert bucket.get(key) is None

    assert look_at(bucket, deep=True, repair=True).left == []
    assert body(bucket, key) == content
    assert look_at(bucket, deep=True).left == []


@pytest.mark.parametrize("key", [FILE, METADATA], ids=["file", "metadata"])
def test_what_cannot_be_stored_again_for_its_headers_stays_as_it_was(bucket: MemoryBucket, key: str) -> None:
    mislabel(bucket, key)
    stored = bucket.objects[key]

    def fail(operation: str, this_key: str) -> None:
        if (operation, this_key) == ("create", key):
            raise BucketError("connection lost")

    bucket.before = fail
    (left,) = look_at(bucket, deep=True, repair=True).left
    assert left.reason == "connection lost"
    assert bucket.objects[key] == stored
    bucket.before = lambda _operation, _key: None
    assert look_at(bucket, deep=True, repair=True).left == []


@pytest.mark.parametrize("key", [FILE, METADATA], ids=["file", "metadata"])
def test_what_is_deleted_while_it_cannot_be_stored_again_stays_deleted(
    bucket: MemoryBucket, key: str
) -> None:
    mislabel(bucket, key)

    def fail(operation: str, this_key: str) -> None:
        if (operation, this_key) == ("create", key):
            bucket.before = lambda _operation, _key: None
            delete(bucket, "one==1.0")
            raise BucketError("connection lost")

    bucket.before = fail
    assert look_at(bucket, deep=True, repair=True).left == []
    assert (bucket.get(FILE), bucket.get(METADATA)) == (None, None)


def test_a_bucket_that_is_out_of_reach_at_once_is_named_by_its_first_error(bucket: MemoryBucket) -> None:
    mislabel(bucket, FILE)

    def lose(operation: str, this_key: str) -> None:
        if (operation, this_key) == ("create", FILE):
            bucket.before = fail
            raise BucketError("connection lost")

    def fail(_operation: str, _key: str) -> None:
        bucket.before = lambda _operation, _key: None
        raise BucketError("no route")

    bucket.before = lose
    with pytest.raises(BucketError, match="connection lost"):
        renew_object(bucket, ONE, WHEEL, FILE)
    assert look_at(bucket, deep=True, repair=True).left == []
    assert_whole(bucket, "one", "two")


@pytest.mark.parametrize("key", [FILE, METADATA], ids=["file", "metadata"])
def test_headers_that_a_rival_mends_first_are_fine(bucket: MemoryBucket, key: str) -> None:
    stored = bucket.objects[key]
    mislabel(bucket, key)

    def rival(operation: str, this_key: str) -> None:
        if (operation, this_key) == ("create", key):
            bucket.before = lambda _operation, _key: None
            bucket.create(key, stored.body, stored.headers)

    bucket.before = rival
    repaired = look_at(bucket, deep=True, repair=True)
    assert [mended.done for mended in repaired.mended] == ["stored again by somebody else meanwhile"]
    assert look_at(bucket, deep=True).left == []


AT_THE_REPAIR = 3  # of the reads of an object: it is looked at twice before


def once_read(bucket: MemoryBucket, key: str, action: Callable[[], object], *, nth: int) -> None:
    """Do something just before the object is read for the nth time."""
    seen: list[str] = []

    def hook(operation: str, this_key: str) -> None:
        if operation in {"stream", "get"} and this_key == key:
            seen.append(key)
            if len(seen) == nth:
                action()

    bucket.before = hook


def test_headers_of_other_bytes_are_not_mended(bucket: MemoryBucket) -> None:
    mislabel(bucket, METADATA)
    once_read(bucket, METADATA, lambda: overwrite(bucket, METADATA, b"other"), nth=AT_THE_REPAIR)
    repaired = look_at(bucket, deep=True, repair=True)
    assert repaired.left == []
    assert [mended.finding.kind for mended in repaired.mended] == ["metadata-damaged"]
    assert look_at(bucket, deep=True).left == []


@pytest.mark.parametrize("key", [RECORD, ROOT_RECORD], ids=["record", "root"])
def test_headers_of_a_document_that_goes_meanwhile_are_those_of_the_one_that_comes(
    bucket: MemoryBucket, key: str
) -> None:
    mislabel(bucket, key)
    requests: list[tuple[str, str]] = []
    whole = bucket.fork(versioned=True)
    whole.before = lambda operation, key: requests.append((operation, key))
    look_at(whole, repair=True)
    # The last read before it is written.
    reads = requests[: requests.index(("replace", key))].count(("get", key))
    once_read(bucket, key, lambda: drop(bucket, key), nth=reads)

    look_at(bucket, repair=True)

    bucket.before = lambda _operation, _key: None
    assert look_at(bucket, deep=True, repair=True).left == []
    assert_whole(bucket, "one", "two")


def test_what_is_about_to_be_written_again_is_not_named_for_its_headers(bucket: MemoryBucket) -> None:
    overwrite(bucket, PAGE, b"<html>")
    overwrite(bucket, ROOT_PAGE, b"<html>")
    mislabel(bucket, PAGE)
    mislabel(bucket, ROOT_PAGE)
    assert found(look_at(bucket, deep=True)) == [("root-page", ROOT_PAGE), ("page-damaged", PAGE)]
    assert look_at(bucket, deep=True, repair=True).left == []
    assert bucket.objects[PAGE].headers == bucket.objects[ROOT_PAGE].headers == PAGE_HEADERS


@pytest.mark.parametrize("status", ["active", "quarantined"])
@pytest.mark.parametrize("said", [None, ">=2.7"])
def test_a_record_that_says_another_python_than_the_file_is_corrected(
    bucket: MemoryBucket, status: str, said: str | None
) -> None:
    record = record_of(bucket, "one")
    files = tuple(
        replace(file, requires_python=said, yanked="broken") if str(file.version) == "3.0" else file
        for file in record.files
    )
    put_with_page(bucket, set_status(replace(record, files=files, generation=9), status, None))

    (left,) = look_at(bucket, deep=True).left
    assert left.finding.kind == "requires-python"
    assert left.finding.fault == f"the file needs Python >=3.8, and its record says {said}"

    repaired = look_at(bucket, deep=True, repair=True)
    assert repaired.left == look_at(bucket, deep=True).left == []
    assert "the record says what the file does" in {mended.done for mended in repaired.mended}
    (file,) = [file for file in record_of(bucket, "one").all_files if str(file.version) == "3.0"]
    assert (file.requires_python, file.yanked) == (">=3.8", "broken")
    assert [file.requires_python for file in record_of(bucket, "one").all_files] == [
        None,
        None,
        None,
        ">=3.8",
    ]


def test_a_demand_that_a_file_brought_from_elsewhere_stays(bucket: MemoryBucket) -> None:
    record = record_of(bucket, "one")
    files = tuple(replace(file, requires_python=file.requires_python or ">=3.6") for file in record.files)
    put_with_page(bucket, replace(record, files=files, generation=9))
    assert look_at(bucket, deep=True, repair=True).left == []
    assert record_of(bucket, "one").files == files


def test_the_python_of_other_bytes_is_not_taken(bucket: MemoryBucket) -> None:
    record = record_of(bucket, "one")
    files = tuple(replace(file, requires_python=None) for file in record.files)
    put_with_page(bucket, replace(record, files=files, generation=9))
    (file,) = [file for file in files if str(file.version) == "3.0"]
    key = file_key(ONE, file.filename)
    once_read(bucket, key, lambda: overwrite(bucket, key, b"PK"), nth=AT_THE_REPAIR)
    (left,) = look_at(bucket, deep=True, repair=True).left
    assert left.finding.what == ("requires-python", key)
    assert left.reason == "its bytes are not those whose hash is listed"
    assert left.remedy.startswith("put the very bytes back")
    assert look_at(bucket, deep=True, repair=True).left == []


def unlist(bucket: MemoryBucket, **changes: object) -> None:
    """Let the record be one that does not list the wheel."""
    put_with_page(bucket, without(bucket, **changes))


def remove(bucket: MemoryBucket, sha256: str | None = None) -> None:
    """Let the wheel be a deleted one, whose objects are left over."""
    own = hashlib.sha256(body(bucket, FILE)).hexdigest()
    unlist(bucket, removed={WHEEL: Tombstone(sha256 or own, "2026-11-22T10:00:00Z")})


def cut_just_now(bucket: MemoryBucket) -> None:
    """The object is short, and young."""
    overwrite(bucket, FILE, b"PK")
    store_now(bucket, FILE)


def without_a_hash(bucket: MemoryBucket) -> None:
    """Somebody has put bytes there by hand."""
    drop(bucket, FILE)
    bucket.create(FILE, b"by hand", Headers("binary/octet-stream", ""))


UNLISTED: dict[str, tuple[Callable[[MemoryBucket], None], Callable[[MemoryBucket], None], str, str]] = {
    "never listed": (unlist, lambda bucket: overwrite(bucket, FILE, b"PK"), "unlisted", FILE),
    "never listed, without a hash": (unlist, without_a_hash, "unlisted", FILE),
    "waiting": (
        lambda bucket: unlist(bucket, status="archived"),
        lambda bucket: overwrite(bucket, FILE, b"PK"),
        "unlisted-closed",
        FILE,
    ),
    "arriving": (
        unlist,
        cut_just_now,
        "unlisted-new",
        FILE,
    ),
    "deleted": (remove, lambda bucket: overwrite(bucket, FILE, b"PK"), "unlisted-removed", FILE),
    "deleted, and other bytes": (
        lambda bucket: remove(bucket, "0" * 64),
        lambda _bucket: None,
        "unlisted-removed",
        FILE,
    ),
    "metadata of a deleted one": (
        remove,
        lambda bucket: overwrite(bucket, METADATA, b"Name: other"),
        "unlisted-removed",
        METADATA,
    ),
    "metadata of one that waits": (
        lambda bucket: unlist(bucket, status="quarantined"),
        lambda bucket: overwrite(bucket, METADATA, b"Name: other"),
        "unlisted-closed",
        METADATA,
    ),
}


@pytest.mark.parametrize(("state", "harm", "kind", "damaged"), UNLISTED.values(), ids=UNLISTED)
def test_what_nothing_lists_is_compared_with_what_it_says_of_itself(
    bucket: MemoryBucket,
    state: Callable[[MemoryBucket], None],
    harm: Callable[[MemoryBucket], None],
    kind: str,
    damaged: str,
) -> None:
    state(bucket)
    harm(bucket)
    named = {(kind, FILE), ("unlisted-damaged", damaged)}
    assert {what for what in found(look_at(bucket, deep=True)) if what[0].startswith("unlisted")} == named
    assert "unlisted-damaged" not in dict(found(look_at(bucket)))

    before = dict(bucket.objects)
    repaired = look_at(bucket, deep=True, repair=True)

    assert {what for what in found(repaired) if what[0].startswith("unlisted")} == named
    assert found(look_at(bucket, deep=True)) == found(repaired)
    assert bucket.objects[damaged] == before[damaged]
    assert WHEEL not in file_names(bucket, "one")


@pytest.mark.parametrize(
    "state",
    [unlist, remove, lambda bucket: unlist(bucket, status="archived")],
    ids=["never listed", "deleted", "archived"],
)
def test_what_nothing_lists_and_is_in_order_is_named_once(
    bucket: MemoryBucket, state: Callable[[MemoryBucket], None]
) -> None:
    state(bucket)
    assert found(look_at(bucket, deep=True)) == found(look_at(bucket))
    drop(bucket, METADATA)
    assert found(look_at(bucket, deep=True)) == found(look_at(bucket))


def test_objects_are_read_where_the_record_is_lost_too(bucket: MemoryBucket) -> None:
    drop(bucket, RECORD)
    overwrite(bucket, FILE, b"PK")
    bucket = bucket.fork(versioned=False)
    assert set(found(look_at(bucket, deep=True))) == {("record-missing", RECORD), ("unlisted-damaged", FILE)}


def test_nothing_is_judged_or_restored_by_a_record_that_was_set_back(bucket: MemoryBucket) -> None:
    delete(bucket, "one==1.0")
    age(bucket, RECORD)  # which lists the release
    assert found(look_at(bucket, deep=True)) == [("record-behind", RECORD)]
    assert look_at(bucket, deep=True, repair=True).left == []
    assert bucket.get(FILE) is None
    assert WHEEL in record_of(bucket, "one").removed


@pytest.mark.parametrize("key", [FILE, METADATA], ids=["file", "metadata"])
@pytest.mark.parametrize("listed", [True, False], ids=["listed", "not listed"])
def test_an_object_that_may_not_be_read_is_named_beside_the_others(
    bucket: MemoryBucket, key: str, *, listed: bool
) -> None:
    if not listed:
        unlist(bucket, status="archived")
    other = file_key(ONE, "one-2.0-py3-none-any.whl")
    overwrite(bucket, other, b"PK")

    def fail(operation: str, this_key: str) -> None:
        if operation in {"stream", "get"} and this_key == key:
            raise AccessDenied("access denied")

    bucket.before = fail
    verified = look_at(bucket, deep=True)
    assert {("file-damaged", other), ("unreadable", key if listed else FILE)} <= {*found(verified)}
    (unreadable,) = [left for left in verified.left if left.finding.kind == "unreadable"]
    assert unreadable.remedy == "let these credentials read it, then: s3twine verify --deep one"


def test_what_nothing_lists_may_be_deleted_while_it_is_read(bucket: MemoryBucket) -> None:
    remove(bucket)
    once_read(bucket, FILE, lambda: drop(bucket, FILE), nth=1)
    assert found(look_at(bucket, deep=True)) == [("unlisted-removed", FILE)]


def test_damaged_metadata_of_a_file_that_can_be_listed_is_mended_with_it(bucket: MemoryBucket) -> None:
    unlist(bucket)
    overwrite(bucket, METADATA, b"Name: other")
    repaired = look_at(bucket, deep=True, repair=True)
    assert repaired.left == look_at(bucket, deep=True).left == []
    assert_whole(bucket, "one", "two")


@pytest.mark.parametrize("key", [FILE, METADATA], ids=["file", "metadata"])
def test_withheld_files_are_read_as_the_others_are(bucket: MemoryBucket, key: str) -> None:
    put_with_page(bucket, set_status(record_of(bucket, "one"), "quarantined", None))
    content = body(bucket, key)
    overwrite(bucket, key, bytes(len(content)))
    kind = "file-damaged" if key == FILE else "metadata-damaged"
    (left,) = look_at(bucket, deep=True).left
    assert left.finding.what == (kind, key)
    assert left.remedy == "s3twine verify --repair --deep one"
    assert look_at(bucket, deep=True, repair=True).left == []
    assert body(bucket, key) == content


def test_an_sdist_whose_metadata_is_not_final_is_in_order(tmp_path: Path) -> None:
    bucket = new_repository()
    metadata = build_metadata(headers=["Dynamic: Requires-Dist", "Requires-Python: >=3.9"])
    publish(bucket, build_sdist(tmp_path, metadata=metadata))
    assert look_at(bucket, deep=True).left == []


def test_files_that_were_uploaded_twice_are_in_order(bucket: MemoryBucket, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "one", "4.0")
    publish(bucket, wheel, time="2026-11-20T10:00:00Z")
    record = record_of(bucket, "one")
    files = tuple(file for file in record.files if file.filename != wheel.name)
    overwrite(bucket, RECORD, replace(record, files=files, generation=record.generation + 1).to_json())
    publish(bucket, wheel, time="2026-11-21T10:00:00Z")  # as after an interruption
    assert look_at(bucket, deep=True).left == []
