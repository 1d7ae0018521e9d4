"""Crashes and races of whole uploaders, against the embedded server."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import pytest

from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.backoff import Backoff
from s3pypi_core.distribution import Distribution
from s3pypi_core.errors import RepositoryError
from s3pypi_core.plan import Plan
from s3pypi_core.repository import create_repository
from s3pypi_core.upload import Report, upload
from tests.builders import build_wheel
from tests.faults.s3_faults import drop
from tests.proxy import proxy
from tests.repositories import (
    UPLOAD_TIME,
    assert_installable,
    assert_whole,
    file_names,
    publish,
    record_of,
    root_of,
)
from tests.twine.processes import start_upload

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from tests.proxy import Fault, Request

    Race = Callable[[S3Bucket, Sequence[Path]], list["Finish"]]

pytestmark = [pytest.mark.loopback, pytest.mark.slow]


class Finish(NamedTuple):
    """How an uploader ended, and what it said."""

    code: int
    output: str


def processes(bucket: S3Bucket, wheels: Sequence[Path]) -> list[Finish]:
    """Upload each file by a program of its own, all at once."""
    uploads = [start_upload(bucket, str(wheel)) for wheel in wheels]
    return [wait_for(upload) for upload in uploads]


def wait_for(upload: subprocess.Popen[str]) -> Finish:
    """How the program ends."""
    output, _ = upload.communicate(timeout=120)
    return Finish(upload.returncode, output)


def threads(bucket: S3Bucket, wheels: Sequence[Path]) -> list[Finish]:
    """Upload each file by a thread with a client of its own.

    Sixteen programs that start at once keep two cores busy for seconds, which spreads the race.
    Threads start together.
    """
    start = threading.Barrier(len(wheels), timeout=60)

    def one(wheel: Path) -> Report:
        own, plan = S3Bucket.open(bucket.name), Plan.of([Distribution.read(wheel)])
        start.wait()
        return upload(plan, own, upload_time=UPLOAD_TIME, backoff=Backoff())

    with ThreadPoolExecutor(len(wheels)) as pool:
        return [finish_of(future) for future in [pool.submit(one, wheel) for wheel in wheels]]


def finish_of(future: Future[Report]) -> Finish:
    """How the program would end: it may be told at once that a name is taken, or at the end."""
    error = future.exception()
    errors = [error] if isinstance(error, RepositoryError) else future.result().errors
    return Finish(int(bool(errors)), "\n".join(map(str, errors)))


ten_times = pytest.mark.parametrize(
    "race", [*[processes] * 5, *[threads] * 5], ids=lambda race: race.__name__
)


def killing(number: int, victim: list[subprocess.Popen[str]]) -> Callable[[Request], Fault | None]:
    """A rule that kills the uploader when its request of that number arrives, and forwards none after it."""

    def rule(request: Request) -> Fault | None:
        if request.number < number:
            return None
        victim[0].kill()
        return drop

    return rule


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
        again = wait_for(start_upload(s3_bucket, *files))
        assert again.code == 0, again
        number += 1
    assert number > 15
    names = [f"{kind}-{n}" for n in range(number) for kind in ("project", "new")]
    assert_whole(s3_bucket, *names)


@pytest.mark.race
@ten_times
def test_sixteen_uploaders_of_one_project_lose_nothing(
    s3_bucket: S3Bucket, tmp_path: Path, race: Race
) -> None:
    create_repository(s3_bucket)
    wheels = [build_wheel(tmp_path, "demo", f"1.{minor}") for minor in range(16)]

    finishes = race(s3_bucket, wheels)

    assert [finish.code for finish in finishes] == [0] * 16, finishes
    assert file_names(s3_bucket, "demo") == {wheel.name for wheel in wheels}
    assert_whole(s3_bucket, "demo")
    assert record_of(s3_bucket, "demo").generation == 16


@pytest.mark.race
@ten_times
def test_sixteen_uploaders_of_sixteen_new_projects_lose_nothing(
    s3_bucket: S3Bucket, tmp_path: Path, race: Race
) -> None:
    create_repository(s3_bucket)
    names = [f"demo-{number}" for number in range(16)]

    finishes = race(s3_bucket, [build_wheel(tmp_path, name) for name in names])

    assert [finish.code for finish in finishes] == [0] * 16, finishes
    assert_whole(s3_bucket, *names)
    assert root_of(s3_bucket).generation == 16


@pytest.mark.race
@ten_times
def test_of_eight_contents_under_one_name_one_wins_and_is_the_one_that_is_listed(
    s3_bucket: S3Bucket, tmp_path: Path, race: Race
) -> None:
    create_repository(s3_bucket)
    contents = [build_wheel(tmp_path / str(n), requires=[f"content-{n}"]) for n in range(8)]

    finishes = race(s3_bucket, contents)

    assert sorted(finish.code for finish in finishes) == [0] + [1] * 7, finishes
    winner = contents[[finish.code for finish in finishes].index(0)]
    assert [file.sha256 for file in record_of(s3_bucket, "demo").files] == [Distribution.read(winner).sha256]
    assert all(winner.name in finish.output for finish in finishes if finish.code)
    assert_whole(s3_bucket, "demo")
