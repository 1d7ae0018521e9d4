from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from s3pypi_core.bucket import PAGE_HEADERS, RECORD_HEADERS
from s3pypi_core.memory_bucket import StoredObject
from s3pypi_core.page import project_page
from tests.core.test_record import records
from tests.jury.corpus import new_repository, publish_ten_thousand
from tests.jury.exhibit import PAGE, RECORD, Exhibit
from tests.jury.panel import PROJECT, ROOT, objections
from tests.repositories import root_of

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket
    from s3pypi_core.record import Record

pytestmark = pytest.mark.xdist_group("jury")


# What a record made of any values cannot satisfy, because there are no files and names come as they like.
ABOUT_REAL_FILES = {
    "a quarantined project offers nothing",
    "every file has the listed bytes",
    "every file is of the project and there once",
    "every metadata file is what the distribution says",
    "every requires python is a specifier",
    "the folder holds what is listed and nothing else",
    # Both unescape what has been unescaped already, which no specifier can show.
    "mousebender reads the page",
    "simple repository reads the page",
}


def test_the_corpus_has_more_than_two_hundred_projects(corpus: MemoryBucket) -> None:
    assert len(root_of(corpus).projects) >= 250


def test_every_juror_accepts_every_project(corpus: MemoryBucket) -> None:
    verdicts = {
        project: objections(Exhibit.of(corpus, project), PROJECT) for project in root_of(corpus).projects
    }
    assert {project: verdict for project, verdict in verdicts.items() if verdict} == {}


@settings(max_examples=50)
@given(records)
def test_every_juror_accepts_whatever_a_record_may_hold(record: Record) -> None:
    exhibit = Exhibit(
        record.project,
        {
            RECORD: StoredObject(record.to_json(), RECORD_HEADERS),
            PAGE: StoredObject(project_page(record), PAGE_HEADERS),
        },
    )
    jury = {name: juror for name, juror in PROJECT.items() if name not in ABOUT_REAL_FILES}
    assert objections(exhibit, jury) == {}


def test_every_juror_accepts_the_root(corpus: MemoryBucket) -> None:
    assert objections(Exhibit.of(corpus), ROOT) == {}


def test_every_juror_accepts_an_empty_root() -> None:
    assert objections(Exhibit.of(new_repository()), ROOT) == {}


@pytest.mark.slow
def test_every_juror_accepts_a_project_of_ten_thousand_files(tmp_path: Path) -> None:
    exhibit = Exhibit.of(publish_ten_thousand(tmp_path), "big")
    assert len(exhibit.document["files"]) == len(exhibit.anchors) == 10_000
    assert objections(exhibit, PROJECT) == {}
