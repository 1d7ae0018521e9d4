"""``s3twine undelete``, on the embedded server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_edge.keys import record_key
from tests.builders import build_wheel
from tests.repositories import assert_whole, publish, record_of
from tests.twine.cares import COMMAND, DEMO, SDIST, WHEEL, document, said

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket


pytestmark = pytest.mark.loopback


def test_a_release_is_deleted_and_brought_back(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    before = record_of(filled, "demo").files
    out, err = said(capsys, "delete", "demo==1.0", "--yes")
    assert err == ""
    assert out.splitlines() == [
        f"{WHEEL}: deleted",
        f"{SDIST}: deleted",
        "These names never come back with other contents.",
        "While the bucket keeps the files: s3twine undelete demo==1.0",
        "CloudFront may hold these files for a year. Let it drop them:",
        f"  {COMMAND}",
    ]
    assert_whole(filled, "demo", "other")
    told = document(capsys, "show", "demo")
    assert sorted(told["deleted"]) == [WHEEL, SDIST]
    assert "2 files deleted" in said(capsys, "list", "demo")[0]

    assert said(capsys, "undelete", "demo==1.0")[0] == f"{WHEEL}: back\n{SDIST}: back\n"
    assert said(capsys, "undelete", "demo==1.0")[0] == "Nothing of demo==1.0 is deleted.\n"
    assert_whole(filled, "demo", "other")
    assert record_of(filled, "demo").files == before
    assert document(capsys, "undelete", "demo==1.0")["restored"] == []


def test_a_release_without_old_records_comes_back_and_its_lost_yank_is_told(
    filled: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "yank", "demo==1.0", "--reason", "broken")
    said(capsys, "delete", "demo==1.0", "--yes")
    for version in filled.versions(record_key(DEMO)):
        if not version.is_latest:
            filled.remove_version(record_key(DEMO), version.id)

    out, _ = said(capsys, "undelete", "demo==1.0")

    assert out.splitlines() == [
        f"{WHEEL}: back, as its bytes describe it",
        f"{SDIST}: back, as its bytes describe it",
        "If they were yanked, no record tells that any more: s3twine yank demo==1.0",
    ]
    assert_whole(filled, "demo", "other")
    assert not any(file.yanked for file in record_of(filled, "demo").files)
    assert document(capsys, "undelete", "demo==1.0")["rebuilt"] == []


def test_what_the_bucket_does_not_keep_does_not_come_back(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(repository, build_wheel(tmp_path))
    said(capsys, "delete", "demo==1.0", "--yes")
    out, err = said(capsys, "undelete", "demo==1.0", code=1)
    error, hint = err.splitlines()
    assert out == ""
    assert error == f"error: demo: the bucket does not keep the bytes of {WHEEL}; nothing is listed again"
    assert hint.endswith("a deleted file is gone: build it with another version")
    assert_whole(repository)


def test_after_all_of_a_project_went_each_release_comes_back_as_it_says(
    filled: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    before = record_of(filled, "demo").files
    lines = said(capsys, "delete", "demo", "--all", "--yes")[0].splitlines()
    told = lines.index("While the bucket keeps the files:")
    commands = [line.strip().removeprefix("s3twine ") for line in lines[told + 1 : told + 3]]
    assert commands == ["undelete demo==1.0", "undelete demo==2.0"]
    for command in commands:
        said(capsys, *command.split())
    assert record_of(filled, "demo").files == before
    assert_whole(filled, "demo", "other")
