"""Care beside uploads, by whole programs at once, against the embedded server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core.repository import create_repository
from tests.builders import build_wheel
from tests.care import delete
from tests.repositories import assert_whole, file_names, publish, record_of
from tests.twine.processes import start, start_upload

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket

pytestmark = [pytest.mark.loopback, pytest.mark.slow]


@pytest.mark.race
@pytest.mark.parametrize("versioned", [False, True], ids=["no versions", "versions"])
def test_uploads_and_all_kinds_of_care_at_once_lose_nothing(
    s3_bucket: S3Bucket, tmp_path: Path, *, versioned: bool
) -> None:
    create_repository(s3_bucket)
    if versioned:
        s3_bucket.keep_versions()
    old = [
        build_wheel(tmp_path, version=version) for version in ("1.0", "2.0", "3.0", "9.0.dev1", "9.0.dev2")
    ]
    publish(s3_bucket, *old, build_wheel(tmp_path, "gone"))
    new = [build_wheel(tmp_path, version=f"4.{minor}") for minor in range(3)]
    brought = [build_wheel(tmp_path / "dist", version=f"5.{minor}") for minor in range(2)]
    back = build_wheel(tmp_path, version="0.9")
    if versioned:
        publish(s3_bucket, back)
        delete(s3_bucket, "demo==0.9")

    programs = [
        start(s3_bucket, "delete", "demo==1.0", "--yes"),
        start(s3_bucket, "yank", "demo==2.0", "--reason", "broken"),
        start(s3_bucket, "prune", "demo", "--keep", "1", "--pre-releases-only", "--yes"),
        start(s3_bucket, "delete", "demo==1.0", "--yes"),
        start(s3_bucket, "delete", "gone", "--all", "--yes"),
        start_upload(s3_bucket, str(build_wheel(tmp_path, "gone", "2.0"))),
        *(start_upload(s3_bucket, str(wheel)) for wheel in new),
        start(s3_bucket, "import", str(tmp_path / "dist")),
        start(s3_bucket, "status", "demo", "deprecated", "--reason", "see other"),
        *([start(s3_bucket, "undelete", "demo==0.9")] if versioned else []),
    ]
    ends = [(program.communicate(timeout=120)[0], program.returncode) for program in programs]

    assert [code for _, code in ends] == [0] * len(programs), ends
    kept = {path.name for path in [*old[1:3], old[4], *new, *brought, *([back] if versioned else [])]}
    assert file_names(s3_bucket, "demo") == kept
    assert {file.yanked for file in record_of(s3_bucket, "demo").files if str(file.version) == "2.0"} == {
        "broken"
    }
    assert record_of(s3_bucket, "demo").status_reason == "see other"
    # Its new release came before the question what "all" is, or after.
    left = file_names(s3_bucket, "gone")
    assert_whole(s3_bucket, "demo", *(["gone"] if left else []))
