"""Ctrl-C while an upload is under way: it says what is visible, and the same command finishes the rest."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.repository import create_repository
from tests.builders import build_wheel
from tests.faults import s3_faults
from tests.faults.uploads import Upload
from tests.proxy import proxy
from tests.repositories import assert_whole, publish
from tests.twine.processes import start_upload

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.proxy import Fault, Request

pytestmark = [pytest.mark.loopback, pytest.mark.slow]


def interrupt(
    bucket: S3Bucket, endpoint: str, files: tuple[Path, ...], when: Callable[[Request], bool]
) -> tuple[int, str]:
    """Press Ctrl-C while the request is under way; return the program's exit code and what it said."""
    victim: list[subprocess.Popen[str]] = []

    def rule(request: Request) -> Fault | None:
        if not when(request):
            return None
        victim[0].send_signal(signal.SIGINT)
        return s3_faults.late(0.3)

    with proxy(endpoint, rule) as watched:
        victim.append(start_upload(bucket, "--endpoint-url", watched, *map(str, files)))
        output, _ = victim[0].communicate(timeout=60)
    return victim[0].returncode, output


def at(number: int) -> Callable[[Request], bool]:
    """When the request of this number comes."""
    return lambda request: request.number == number


def named_in(output: str, words: str) -> set[str]:
    """The projects that the message lists after ``words``."""
    found = re.search(rf"{words}: ([a-z0-9, ]+)", output)
    return set(found[1].split(", ")) if found else set()


def test_an_interrupted_upload_says_what_is_visible_and_the_same_command_completes(
    s3_bucket: S3Bucket, aws: str, tmp_path: Path
) -> None:
    create_repository(s3_bucket)
    model = Upload.build(s3_bucket, tmp_path)
    publish(s3_bucket, model.first)
    requests = model.requests(aws)
    uploads = [Upload.build(s3_bucket, tmp_path, number) for number in range(1, len(requests) + 1)]
    publish(s3_bucket, *(upload.first for upload in uploads))

    for number, upload in enumerate(uploads):
        code, output = interrupt(s3_bucket, aws, upload.files, at(number))

        assert code == 130, output
        assert "Traceback" not in output
        visible = named_in(output, "visible now")
        hidden = named_in(output, "not visible yet, or not everywhere")
        assert visible | hidden == {upload.old, upload.new} or "nothing was changed" in output
        for name in visible:
            upload.assert_visible(name)
        upload.assert_nothing_lost()
        publish(s3_bucket, *upload.files)
    assert_whole(s3_bucket, *(name for upload in [model, *uploads] for name in (upload.old, upload.new)))


def test_an_interrupted_large_file_leaves_no_parts_behind(
    s3_bucket: S3Bucket, aws: str, tmp_path: Path
) -> None:
    create_repository(s3_bucket)
    wheel = build_wheel(tmp_path, files={"large": os.urandom(65 * 1024 * 1024)})

    code, output = interrupt(s3_bucket, aws, (wheel,), lambda request: "partNumber=3" in request.path)

    assert code == 130, output
    assert named_in(output, "not visible yet, or not everywhere") == {"demo"}
    assert "Uploads" not in s3_bucket.client.list_multipart_uploads(Bucket=s3_bucket.name)
    publish(s3_bucket, wheel)
    assert_whole(s3_bucket, "demo")
