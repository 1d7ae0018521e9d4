"""Repairs beside uploads, by whole programs at once, against the embedded server."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytest

from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.record import Record
from s3pypi_core.repository import create_repository
from s3pypi_edge.keys import metadata_key, normalize, page_key, record_key
from tests.builders import build_sdist, build_wheel
from tests.damage import look_at
from tests.faults.s3_faults import late
from tests.proxy import proxy
from tests.repositories import assert_whole, file_names, publish
from tests.twine.processes import start, start_upload

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.proxy import Fault, Request

pytestmark = [pytest.mark.loopback, pytest.mark.slow]

OLD, LOST = normalize("old"), normalize("lost")
# The bold ones take whatever is not listed for left over, be it on its way.
REPAIRS = (("--repair",), ("--repair", "--now"), ("--repair", "--now", "--deep"))
NEW = ("new-0", "new-1")
SLOW = 0.2  # seconds
AT_ONCE = 3  # uploads, and so they go on while many repairs begin and end


class Finish(NamedTuple):
    """How a program ended, and what it said."""

    code: int
    output: str


def upload(bucket: S3Bucket, endpoint: str, *files: Path) -> Finish:
    """Upload with a program of its own."""
    return _end(start_upload(bucket, "--endpoint-url", endpoint, *map(str, files)))


def slow_writes(request: Request) -> Fault | None:
    """Let what an upload writes take its time, so that repairs see what is there and not listed yet."""
    return late(SLOW) if request.method == "PUT" else None


def _end(program: subprocess.Popen[str]) -> Finish:
    output, _ = program.communicate(timeout=120)
    return Finish(program.returncode, output)


def repair_by_programs(bucket: S3Bucket, done: threading.Event) -> list[Finish]:
    """Repair again and again; say how each repair ends."""
    ends = []
    for options in cycle(REPAIRS):
        ends.append(_end(start(bucket, "verify", *options)))
        if done.is_set():
            return ends
    raise AssertionError  # pragma: no cover - it goes round for ever


def repair_without_pause(bucket: S3Bucket, done: threading.Event) -> set[str]:
    """Repair again and again, with no time lost in starting programs; say what kinds were mended."""
    own, kinds = S3Bucket.open(bucket.name), set[str]()
    while not done.is_set():
        verified = look_at(own, repair=True, young=0)
        kinds |= {mended.finding.kind for mended in verified.mended}
    return kinds


@pytest.mark.race
@pytest.mark.parametrize("versioned", [False, True], ids=["no versions", "versions"])
def test_uploads_beside_repairs_lose_nothing(
    s3_bucket: S3Bucket, aws: str, tmp_path: Path, *, versioned: bool
) -> None:
    create_repository(s3_bucket)
    if versioned:
        s3_bucket.client.put_bucket_versioning(
            Bucket=s3_bucket.name, VersioningConfiguration={"Status": "Enabled"}
        )
    old = build_wheel(tmp_path, "old", "0.1")
    lost = build_wheel(tmp_path, "lost", "0.1")
    publish(s3_bucket, old, lost)
    # So that the repairs write what the uploads write: a record, a page, metadata.
    for key in (page_key(OLD), metadata_key(OLD, old.name), record_key(LOST)):
        s3_bucket.delete(key)
    new = [build_wheel(tmp_path, "old", f"1.{minor}") for minor in range(3)]
    pairs = {name: [build_wheel(tmp_path, name), build_sdist(tmp_path, name)] for name in NEW}
    work = [*([wheel] for wheel in new), *pairs.values()]
    done = threading.Event()

    with (
        proxy(aws, slow_writes) as slow,
        ThreadPoolExecutor(2) as repairing,
        ThreadPoolExecutor(AT_ONCE) as uploading,
    ):
        programs = repairing.submit(repair_by_programs, s3_bucket, done)
        kinds = repairing.submit(repair_without_pause, s3_bucket, done)
        uploads = list(uploading.map(lambda files: upload(s3_bucket, slow, *files), work))
        done.set()

    assert [finish.code for finish in uploads] == [0] * len(work), uploads
    # What is under way when a repair looks may be a disagreement; it is never an error.
    assert [end for end in programs.result() if end.code not in {0, 1} or "error: " in end.output] == []
    assert "unlisted" in kinds.result()  # they have met
    assert file_names(s3_bucket, "old") == {old.name, *(wheel.name for wheel in new)}
    assert {name: file_names(s3_bucket, name) for name in NEW} == {
        name: {path.name for path in pair} for name, pair in pairs.items()
    }
    last = _end(start(s3_bucket, "verify", "--deep", "--now"))
    assert last == (0, "4 projects, 9 files: all in order\n")
    assert file_names(s3_bucket, "lost") == {lost.name}
    assert_whole(s3_bucket, "old", "lost", *NEW)
    if versioned:
        for name in ("old", "lost", *NEW):
            assert_only_grew(s3_bucket, name)


def assert_only_grew(bucket: S3Bucket, name: str) -> None:
    """No state of the record was written over another that it had not seen.

    What is lost for a moment would be listed again by the next repair.
    """
    project = normalize(name)
    key = record_key(project)
    kept = [bucket.get_version(key, version.id) for version in bucket.versions(key)]
    states = [Record.parse(found.body, project) for found in kept if found]
    states.sort(key=lambda record: record.generation)
    assert [record.generation for record in states] == list(range(1, len(states) + 1))
    for earlier, later in pairwise(states):
        assert set(earlier.files) <= set(later.files)
