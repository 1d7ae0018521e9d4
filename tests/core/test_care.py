"""Yanks, statuses and retention beside uploads, and crashes of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core import deletion, record_changes
from s3pypi_core.backoff import Backoff, Contended
from s3pypi_core.bucket import PreconditionFailed
from s3pypi_core.care import change, open_project, read_record
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.plan import SeveralErrors
from s3pypi_core.release import Scope
from s3pypi_core.repository import create_repository
from s3pypi_core.retention import Retention
from s3pypi_edge.keys import normalize, page_key, record_key
from tests.builders import build_sdist, build_wheel
from tests.care import DATE, crash_everywhere, delete, new_repository, once, undelete, versions_of
from tests.repositories import PATIENT, assert_whole, body, publish, record_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.bucket import Headers
    from s3pypi_core.deletion import Deleted
    from s3pypi_core.file import File
    from s3pypi_core.record import Record

DEMO = normalize("demo")
RECORD, PAGE = record_key(DEMO), page_key(DEMO)


def yank(record: Record) -> Record:
    return record_changes.yank(record, Scope.parse("demo==1.0"), "broken <b>")


def quarantine(record: Record) -> Record:
    return record_changes.set_status(record, "quarantined", "under inspection")


def apply(bucket: MemoryBucket, wanted: Callable[[Record], Record]) -> None:
    change(bucket, open_project(bucket, DEMO), wanted, PATIENT)


def prune(bucket: MemoryBucket, keep: int) -> Deleted:
    """As the command does once it was shown and confirmed."""
    index = open_project(bucket, DEMO)
    shown = Retention(keep=keep).outdated(index.record)

    def outdated(record: Record) -> list[File]:
        return [file for file in Retention(keep=keep).outdated(record) if file in shown]

    return deletion.delete(
        bucket, index, outdated, leftovers=[*index.record.removed], date=DATE, backoff=PATIENT
    )


def filled(folder: Path) -> MemoryBucket:
    bucket = new_repository()
    publish(bucket, *[build_wheel(folder, version=f"{major}.0") for major in (1, 2, 3)])
    return bucket


@pytest.mark.parametrize("wanted", [yank, quarantine], ids=["yank", "status"])
def test_a_crash_before_any_request_is_finished_by_the_same_command(
    tmp_path: Path, wanted: Callable[[Record], Record]
) -> None:
    def finished(bucket: MemoryBucket) -> None:
        record = record_of(bucket, "demo")
        assert wanted(record) is record
        assert_whole(bucket, "demo")

    assert crash_everywhere(lambda: filled(tmp_path), lambda bucket: apply(bucket, wanted), finished) == 4


def test_a_crash_of_a_retention_is_finished_by_the_next(tmp_path: Path) -> None:
    def finished(bucket: MemoryBucket) -> None:
        assert versions_of(bucket, "demo") == ["3.0"]
        assert not [key for key in bucket.objects if "1.0" in key or "2.0" in key]
        assert_whole(bucket, "demo")

    assert crash_everywhere(lambda: filled(tmp_path), lambda bucket: prune(bucket, 1), finished) > 15


def test_a_retention_is_one_change_of_the_record(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    prune(bucket, 1)
    assert record_of(bucket, "demo").generation == 2


@pytest.mark.parametrize("key", [RECORD, PAGE])
def test_a_yank_and_an_upload_at_once_are_both_there(tmp_path: Path, key: str) -> None:
    bucket = filled(tmp_path)
    bucket.before = once("replace", key, lambda: publish(bucket, build_sdist(tmp_path)))
    apply(bucket, yank)
    bucket.before = once("replace", key, lambda: apply(bucket, yank))
    publish(bucket, build_wheel(tmp_path, version="4.0"))

    record = record_of(bucket, "demo")
    assert record.versions == ["1.0", "2.0", "3.0", "4.0"]
    assert {file.yanked for file in record.files if str(file.version) == "1.0"} == {"broken <b>"}
    assert_whole(bucket, "demo")
    assert b'data-yanked="broken &lt;b&gt;"' in body(bucket, PAGE)


def test_a_quarantined_project_takes_no_upload_that_is_under_way(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    bucket.before = once("replace", RECORD, lambda: apply(bucket, quarantine))

    (error,) = publish(bucket, build_wheel(tmp_path, version="4.0")).errors

    assert "quarantined" in str(error)
    assert_whole(bucket, "demo")
    assert b"under inspection" in body(bucket, PAGE)
    assert b".whl" not in body(bucket, PAGE)
    with pytest.raises(SeveralErrors, match="under inspection"):
        publish(bucket, build_wheel(tmp_path, version="4.0"))


def test_a_release_that_comes_while_old_ones_go_makes_nothing_else_go(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    bucket.before = once("replace", RECORD, lambda: publish(bucket, build_wheel(tmp_path, version="4.0")))
    prune(bucket, 2)
    assert versions_of(bucket, "demo") == ["2.0", "3.0", "4.0"]
    assert_whole(bucket, "demo")


def test_a_yank_that_comes_while_old_ones_go_keeps_its_reason(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    bucket.before = once("replace", RECORD, lambda: apply(bucket, yank))
    done = prune(bucket, 2)
    assert versions_of(bucket, "demo") == ["1.0", "2.0", "3.0"]
    assert list(done.kept) == ["demo-1.0-py3-none-any.whl"]
    assert_whole(bucket, "demo")


def test_a_record_that_others_never_leave_alone_ends_with_a_sentence(tmp_path: Path) -> None:
    bucket = filled(tmp_path)

    def before(operation: str, key: str) -> None:
        if (operation, key) == ("replace", RECORD):
            bucket.objects[key] = bucket.objects[key]._replace(body=bucket.objects[key].body + b" ")

    bucket.before = before
    impatient = Backoff(attempts=3, sleep=lambda _seconds: None)
    with pytest.raises(Contended):
        change(bucket, open_project(bucket, DEMO), yank, impatient)


def test_reading_a_record_costs_one_request(tmp_path: Path) -> None:
    bucket = filled(tmp_path)
    seen: list[tuple[str, str]] = []
    bucket.before = lambda operation, key: seen.append((operation, key))
    assert read_record(bucket, DEMO).versions == ["1.0", "2.0", "3.0"]
    assert seen == [("get", RECORD)]


class LosesAnswers(MemoryBucket):
    """Every write is done, and its answer lost: the same request, which botocore sends again, is too late."""

    losing = False

    def replace(self, key: str, body: bytes, headers: Headers, *, etag: str) -> str:
        """See Bucket.replace."""
        done = super().replace(key, body, headers, etag=etag)
        if self.losing:
            raise PreconditionFailed(key)
        return done


@pytest.mark.parametrize(
    ("command", "left"),
    [
        (lambda bucket: apply(bucket, yank), ["1.0", "2.0", "3.0"]),
        (lambda bucket: apply(bucket, quarantine), ["1.0", "2.0", "3.0"]),
        (lambda bucket: prune(bucket, 1), ["3.0"]),
        (lambda bucket: delete(bucket, "demo==1.0", forget=True), ["2.0", "3.0"]),
        (lambda bucket: (delete(bucket, "demo"), undelete(bucket, "demo")), ["1.0", "2.0", "3.0"]),
    ],
    ids=["yank", "status", "prune", "delete", "undelete"],
)
def test_lost_answers_make_no_difference(
    tmp_path: Path, command: Callable[[MemoryBucket], object], left: list[str]
) -> None:
    bucket = LosesAnswers("acme-pypi", versioned=True)
    create_repository(bucket)
    publish(bucket, *[build_wheel(tmp_path, version=f"{major}.0") for major in (1, 2, 3)])
    bucket.losing = True

    command(bucket)

    assert versions_of(bucket, "demo") == left
    assert_whole(bucket, "demo")
