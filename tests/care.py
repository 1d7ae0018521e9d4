"""Care of a repository in memory: what the tests of deleting, yanking and pruning share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core import deletion, undeletion
from s3pypi_core.care import open_project
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.release import Scope
from s3pypi_core.repository import create_repository
from tests.repositories import PATIENT, assert_installable, record_of, root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from s3pypi_core.bucket import Bucket
    from s3pypi_core.deletion import Deleted
    from s3pypi_core.record import Record
    from s3pypi_core.undeletion import Undeleted

DATE = "2026-11-23T10:00:00Z"


WRITES = frozenset({"create", "replace", "delete", "remove_version", "abandon"})  # of a MemoryBucket


class Killed(BaseException):
    """The process is gone: no request is made any more."""


def new_repository(*, versioned: bool = False) -> MemoryBucket:
    """An empty repository."""
    bucket = MemoryBucket("acme-pypi", versioned=versioned)
    create_repository(bucket)
    return bucket


def delete(bucket: Bucket, what: str, *, forget: bool = False) -> Deleted:
    """Delete a release, or all of a project, as the command does once it was shown and confirmed."""
    scope = Scope.parse(what)
    index = open_project(bucket, scope.project)
    shown = scope.files_of(index.record)
    done = deletion.delete(
        bucket,
        index,
        lambda _record: shown,
        leftovers=scope.removed_from(index.record),
        date=DATE,
        backoff=PATIENT,
    )
    if forget:
        deletion.forget(bucket, scope.project, done.removed, PATIENT)
    return done


def undelete(bucket: Bucket, what: str) -> Undeleted:
    """Bring a release back."""
    scope = Scope.parse(what)
    return undeletion.undelete(bucket, open_project(bucket, scope.project), scope, PATIENT)


def versions_of(bucket: Bucket, name: str) -> list[str]:
    """The releases that the record of a project lists."""
    record: Record = record_of(bucket, name)
    return record.versions


def once(operation: str, key: str, action: Callable[[], object]) -> Callable[[str, str], None]:
    """A hook that does something just before the first request of that kind, and never again."""
    pending = [action]

    def before(this_operation: str, this_key: str) -> None:
        if (this_operation, this_key) == (operation, key) and pending:
            pending.pop()()

    return before


def assert_all_installable(bucket: Bucket) -> None:
    """Whatever the root names can be installed."""
    for project in root_of(bucket).projects:
        assert_installable(bucket, project)


def crash_everywhere(
    fresh: Callable[[], MemoryBucket],
    command: Callable[[MemoryBucket], object],
    finished: Callable[[MemoryBucket], None],
    *,
    crashed: Callable[[MemoryBucket], None] = assert_all_installable,
    kinds: Collection[str] | None = None,
) -> int:
    """Crash before each request, or each of these ``kinds``, in turn; return how many the command makes.

    A command that reads much and writes little leaves the same, whichever of the reads before a write fails.
    After every crash it is as ``crashed`` wants it, and the same command again ends as ``finished`` does.
    """
    survived = 0
    while True:
        bucket = fresh()
        requests = iter(range(survived))

        def before(operation: str, _key: str, left: Iterator[int] = requests) -> None:
            if (kinds is None or operation in kinds) and next(left, None) is None:
                raise Killed

        bucket.before = before
        try:
            command(bucket)
        except Killed:
            bucket.before = lambda _operation, _key: None
        else:
            bucket.before = lambda _operation, _key: None
            finished(bucket)
            return survived
        crashed(bucket)
        command(bucket)
        finished(bucket)
        survived += 1
