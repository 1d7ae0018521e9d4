"""Index documents that can be read, and are not what this program writes, or not served as it has them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from s3pypi_core.bucket import RECORD_HEADERS
from s3pypi_core.document import difference
from s3pypi_core.page import project_page
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD
from tests.damage import PAGE, RECORD, drop, found, look_at, mislabel, overwrite
from tests.repositories import assert_whole, body, record_of, root_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_core.memory_bucket import MemoryBucket

Document = dict[str, Any]


def edit(bucket: MemoryBucket, key: str, change: Callable[[Document], object], **layout: object) -> None:
    """Somebody edits a document by hand."""
    document = json.loads(body(bucket, key))
    change(document)
    overwrite(bucket, key, json.dumps(document, **layout).encode())  # type: ignore[arg-type]


EDITS: dict[str, tuple[str, Callable[[Document], object], str]] = {
    "a file elsewhere": (
        RECORD,
        lambda document: document["files"][1].update(url="https://evil.example/x.whl"),
        "files.1.url",
    ),
    "a file nowhere": (RECORD, lambda document: document["files"][0].pop("url"), "files.0.url"),
    "no versions": (RECORD, lambda document: document.update(versions=[]), "versions"),
    "one version too many": (RECORD, lambda document: document["versions"].append("9.0"), "versions"),
    "another version": (RECORD, lambda document: document.update(versions=["1.0", "2.0", "9"]), "versions.2"),
    "files in another order": (RECORD, lambda document: document["files"].reverse(), "files."),
    "an API version of before": (
        RECORD,
        lambda document: document["meta"].update({"api-version": "1.0"}),
        "meta.api-version",
    ),
    "no status": (RECORD, lambda document: document.pop("project-status"), "project-status"),
    "a list of projects without serials": (
        ROOT_RECORD,
        lambda document: document["projects"][0].pop("_last-serial"),
        "projects.0._last-serial",
    ),
    "a project that is listed twice": (
        ROOT_RECORD,
        lambda document: document["projects"].append(document["projects"][0]),
        "projects",
    ),
}


@pytest.mark.parametrize(("key", "change", "place"), EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("deep", [False, True], ids=["listing", "deep"])
def test_a_document_that_says_what_does_not_follow_is_named_and_written_again(
    bucket: MemoryBucket, key: str, change: Callable[[Document], object], place: str, *, deep: bool
) -> None:
    was, shown = record_of(bucket, "one"), root_of(bucket)
    edit(bucket, key, change)

    (left,) = look_at(bucket, deep=deep).left
    assert left.finding.what == ("record-differs" if key == RECORD else "root-differs", key)
    assert left.finding.fault.startswith(f"its '{place}")
    assert left.remedy == "s3twine verify --repair" + " one" * (key == RECORD)

    assert look_at(bucket, deep=deep, repair=True).left == []

    written = record_of(bucket, "one") if key == RECORD else root_of(bucket)
    assert body(bucket, key) == written.to_json()
    assert written.generation == (was if key == RECORD else shown).generation + 1
    assert record_of(bucket, "one").files == was.files
    assert look_at(bucket, deep=True).left == []
    assert_whole(bucket, "one", "two")


def test_what_another_program_adds_is_no_disagreement_and_stays(bucket: MemoryBucket) -> None:
    def add(document: Document) -> None:
        file = document["files"][0]
        places = [document, document["meta"], document["project-status"], file]
        for place in [*places, file["hashes"], file["core-metadata"]]:
            place["_later"] = {"a": [1, None]}
        document["_removed"]["one-0.1.tar.gz"] = {"sha256": "0" * 64, "date": "2026", "_later": 1}

    edit(bucket, RECORD, add, indent=2, sort_keys=True)
    edit(bucket, ROOT_RECORD, lambda document: document["projects"][0].update(_later=1), indent=2)
    before = dict(bucket.objects)
    assert look_at(bucket, deep=True, repair=True).left == []
    assert bucket.objects == before


def test_what_another_program_adds_stays_when_the_rest_is_written_again(bucket: MemoryBucket) -> None:
    def add(document: Document) -> None:
        document["files"][0].update(url="x", _later=1)
        document["_later"] = document["meta"]["_later"] = 1

    edit(bucket, RECORD, add)
    assert look_at(bucket, repair=True).left == []
    document = json.loads(body(bucket, RECORD))
    assert [place["_later"] for place in (document, document["meta"], document["files"][0])] == [1, 1, 1]
    assert document["files"][0]["url"] == document["files"][0]["filename"]


def test_a_backup_that_was_copied_back_is_served_as_clients_need_it_again(bucket: MemoryBucket) -> None:
    for key in (RECORD, ROOT_RECORD):
        mislabel(bucket, key, content_type="application/json")
    mislabel(bucket, ROOT_PAGE, content_type="text/html")
    assert found(look_at(bucket)) == [
        ("root-headers", ROOT_PAGE),
        ("root-headers", ROOT_RECORD),
        ("headers", RECORD),
    ]
    assert look_at(bucket, repair=True).left == []
    assert bucket.objects[RECORD].headers == bucket.objects[ROOT_RECORD].headers == RECORD_HEADERS
    assert look_at(bucket, deep=True).left == []
    assert_whole(bucket, "one", "two")


def test_the_headers_of_a_page_that_had_to_be_read_are_seen_without_another_request(
    bucket: MemoryBucket,
) -> None:
    right = project_page(record_of(bucket, "one"))
    overwrite(bucket, PAGE, b"<html>")
    drop(bucket, PAGE)

    def rival(operation: str, key: str) -> None:
        if (operation, key) == ("get", PAGE) and PAGE not in bucket.objects:
            bucket.create(PAGE, right, RECORD_HEADERS)

    bucket.before = rival
    (left,) = look_at(bucket, "one").left
    assert left.finding.what == ("headers", PAGE)
    assert found(look_at(bucket, "one", deep=True)) == [("headers", PAGE)]


@pytest.mark.parametrize(
    ("said", "due", "place"),
    [
        ("{}", "{}", ""),
        ('{"a": 1}', '{"a":1}', ""),
        ('{"a": 1, "b": 2}', '{"b":2}', ""),
        ('{"a": 1}', '{"a":true}', "a"),
        ('{"a": [1]}', '{"a":[1,2]}', "a"),
        ('{"a": [{"b": 1}]}', '{"a":[{"b":2}]}', "a.0.b"),
        ("{}", '{"a":{}}', "a"),
        ('{"a":' * 600 + "1" + "}" * 600, '{"a": ' * 600 + "1" + "}" * 600, ""),
    ],
    ids=["same", "spaces", "more", "type", "length", "deep", "missing", "very deep"],
)
def test_a_difference_is_where_a_document_does_not_say_what_is_due(said: str, due: str, place: str) -> None:
    assert difference(said.encode(), due.encode()) == place
