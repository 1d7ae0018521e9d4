"""``s3twine list``, on the embedded server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core.care import change, open_project
from s3pypi_core.record_changes import yank
from s3pypi_core.release import Scope
from s3pypi_edge.keys import normalize
from tests.repositories import PATIENT
from tests.twine.cares import document, said

if TYPE_CHECKING:
    from s3pypi_core.aws.s3_bucket import S3Bucket

pytestmark = pytest.mark.loopback


def test_projects_are_listed_a_line_each(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "list") == ("demo\nother\n", "")
    told = document(capsys, "list")
    assert told == {
        "bucket": filled.name,
        "index_url": "https://pypi.acme.com/simple/",
        "projects": ["demo", "other"],
        "errors": [],
    }


@pytest.mark.usefixtures("repository")
def test_an_empty_repository_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "list")[0] == "There is no project yet.\n"


def test_the_releases_of_a_project_are_listed_newest_first(
    filled: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    index = open_project(filled, normalize("demo"))  # whoever wrote the reason, it was not our command
    change(filled, index, lambda record: yank(record, Scope.parse("demo==1.0"), "bro\x1bken"), PATIENT)
    lines = said(capsys, "list", "Demo")[0].splitlines()
    assert lines[0] == "demo: active, 2 releases"
    assert lines[1].split() == ["Version", "Files", "Size", "Uploaded", "Python", "Yanked"]
    assert [line.split()[:2] for line in lines[2:]] == [["2.0", "1"], ["1.0", "2"]]
    assert lines[3].endswith("2026-11-22  any or >=3.8  bro\N{REPLACEMENT CHARACTER}ken")
    newest, oldest = document(capsys, "list", "demo")["releases"]
    assert (newest["version"], newest["yanked"], newest["yank_reasons"]) == ("2.0", False, [])
    assert (oldest["requires_python"], oldest["yank_reasons"]) == ([">=3.8"], ["bro\x1bken"])
