"""Care that is killed, or gets a Ctrl-C, while it writes: the same command completes what it began."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.repository import create_repository
from tests.faults import s3_faults
from tests.faults.cares import CARES, assert_nobody_is_misled, run
from tests.proxy import proxy
from tests.twine.processes import start

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.faults.cares import Care
    from tests.proxy import Fault, Request

pytestmark = [pytest.mark.loopback, pytest.mark.slow, pytest.mark.usefixtures("hasty")]

WRITES = {"yank": 2, "status": 2, "delete": 4, "undelete": 4, "prune": 4, "import": 4}  # at least


def strike(
    bucket: S3Bucket, endpoint: str, arguments: list[str], number: int, sent: signal.Signals
) -> tuple[int, str]:
    """Send the signal while the write of this number is under way; return the exit code and the output."""
    victim: list[subprocess.Popen[str]] = []
    writes: list[Request] = []

    def rule(request: Request) -> Fault | None:
        if request.method in {"GET", "HEAD"}:
            return None
        writes.append(request)
        if len(writes) != number + 1:  # a second Ctrl-C would not wait for what is under way
            return None
        victim[0].send_signal(sent)
        return s3_faults.late(0.1)

    with proxy(endpoint, rule) as watched:
        victim.append(start(bucket, *arguments, "--endpoint-url", watched))
        output, _ = victim[0].communicate(timeout=60)
    return victim[0].returncode, output


def writes_of(care: Care, bucket: S3Bucket, endpoint: str, folder: Path) -> int:
    """How often the command writes."""
    care.prepare(bucket, folder, ["model"])
    seen: list[Request] = []
    with proxy(endpoint, seen.append) as watched:
        assert run(bucket, watched, care.arguments(folder, "model")).code == 0
    return len([request for request in seen if request.method not in {"GET", "HEAD"}])


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "killed"])
@pytest.mark.parametrize(("name", "least"), WRITES.items(), ids=WRITES)
def test_care_that_is_ended_while_it_writes_is_completed_by_the_same_command(
    s3_bucket: S3Bucket, aws: str, tmp_path: Path, name: str, least: int, sent: signal.Signals
) -> None:
    care = CARES[name]
    s3_bucket.keep_versions()
    create_repository(s3_bucket)
    projects = [f"ca{number:03}" for number in range(writes_of(care, s3_bucket, aws, tmp_path))]
    care.prepare(s3_bucket, tmp_path, projects)
    assert len(projects) >= least

    for number, project in enumerate(projects):
        arguments = care.arguments(tmp_path, project)
        code, output = strike(s3_bucket, aws, arguments, number, sent)

        assert code == (130 if sent == signal.SIGINT else -signal.SIGKILL), output
        assert "Traceback" not in output
        assert ("run the same command again" in output) == (sent == signal.SIGINT)
        assert_nobody_is_misled(s3_bucket, project)
        again = run(s3_bucket, aws, arguments)
        assert again.code == 0, again
        care.assert_done(s3_bucket, project)
