"""Crashes and races of whole uploader processes, against the embedded server."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.repository import create_repository
from tests.builders import build_wheel
from tests.proxy import Dropped, proxy
from tests.repositories import assert_installable, assert_whole, file_names, publish, record_of, root_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.s3_bucket import S3Bucket

pytestmark = [pytest.mark.loopback, pytest.mark.slow]


def start_upload(bucket: S3Bucket, *arguments: str) -> subprocess.Popen[str]:
    """Start ``s3twine upload`` in a process of its own."""
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "s3pypi_twine",
            "upload",
            "--repository-url",
            f"s3://{bucket.name}",
            *arguments,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # What a killed or racing process would report of its coverage is not missed.
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
    )


def finish(process: subprocess.Popen[str]) -> None:
    """Wait for an upload that has to succeed."""
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output


def killing(number: int, victim: list[subprocess.Popen[str]]) -> Callable[[int, str], None]:
    """A hook that kills the uploader when its request of that number arrives, and forwards none after it."""

    def before(this: int, _line: str) -> None:
        if this >= number:
            victim[0].kill()
            raise Dropped

    return before


def test_an_uploader_killed_before_any_of_its_requests_is_finished_by_the_same_command(
    s3_bucket: S3Bucket, aws: str, tmp_path: Path
) -> None:
    create_repository(s3_bucket)
    number = 0
    killed = True
    while killed:
        old = f"project-{number}"
        publish(s3_bucket, build_wheel(tmp_path, old, "1.0"))
        files = [str(build_wheel(tmp_path, old, "2.0")), str(build_wheel(tmp_path, f"new-{number}", "1.0"))]
        victim: list[subprocess.Popen[str]] = []
        with proxy(aws, killing(number, victim)) as endpoint:
            victim.append(start_upload(s3_bucket, "--endpoint-url", endpoint, *files))
            victim[0].communicate(timeout=120)
        killed = victim[0].returncode != 0

        assert f"{old.replace('-', '_')}-1.0-py3-none-any.whl" in file_names(s3_bucket, old)
        for project in root_of(s3_bucket).projects:
            assert_installable(s3_bucket, project)
        finish(start_upload(s3_bucket, *files))
        number += 1
    assert number > 15
    names = [f"{kind}-{n}" for n in range(number) for kind in ("project", "new")]
    assert_whole(s3_bucket, *names)


@pytest.mark.parametrize("time", range(5))
def test_sixteen_uploaders_of_one_project_lose_nothing(
    s3_bucket: S3Bucket, tmp_path: Path, time: int
) -> None:
    create_repository(s3_bucket)
    wheels = [build_wheel(tmp_path, "demo", f"{time}.{minor}") for minor in range(16)]

    uploads = [start_upload(s3_bucket, str(wheel)) for wheel in wheels]
    for upload in uploads:
        finish(upload)

    assert file_names(s3_bucket, "demo") == {wheel.name for wheel in wheels}
    assert_whole(s3_bucket, "demo")
    assert record_of(s3_bucket, "demo").generation == 16


def test_of_two_contents_under_one_name_one_wins(s3_bucket: S3Bucket, tmp_path: Path) -> None:
    create_repository(s3_bucket)
    contents = [build_wheel(tmp_path / who, requires=[who]) for who in ("one", "two", "three", "four")]

    uploads = [start_upload(s3_bucket, str(wheel)) for wheel in contents]
    outputs = [upload.communicate(timeout=120)[0] for upload in uploads]

    assert sorted(upload.returncode for upload in uploads) == [0, 1, 1, 1], outputs
    assert_whole(s3_bucket, "demo")
