"""``s3twine prune``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TextIO

from s3pypi_core.backoff import Backoff
from s3pypi_core.bucket_clock import as_date, bucket_time
from s3pypi_core.care import open_project
from s3pypi_core.deletion import Deleted, delete
from s3pypi_core.errors import UsageError
from s3pypi_core.invalidation import LONGEST, reference_of
from s3pypi_core.release import Scope
from s3pypi_core.retention import Retention
from s3pypi_twine.answer import Answer
from s3pypi_twine.caches import drop_from_caches
from s3pypi_twine.confirm import confirm
from s3pypi_twine.delete_command import deleted_document, deleted_lines
from s3pypi_twine.files_grid import files_grid
from s3pypi_twine.session import perform
from s3pypi_twine.status_line import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from s3pypi_core.file import File
    from s3pypi_core.record import Record
    from s3pypi_twine.session import Session


def prune_command(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Delete the releases of a project that have had their time; return 0."""
    return perform(_prune, options, environ, out, err)


def _prune(session: Session) -> Answer:
    scope = Scope.parse(session.options.project)
    if scope.version is not None:
        raise UsageError(f"{scope} is a release, and this is about projects", f"s3twine delete {scope}")
    index, retention = open_project(session.bucket, scope.project), _retention(session)
    shown = retention.outdated(index.record)

    def outdated(record: Record) -> list[File]:
        """What was shown, and may still go: somebody may have yanked it meanwhile."""
        names = {file.filename for file in retention.outdated(record)}
        return [file for file in shown if file.filename in names]

    if session.options.dry_run:
        return _answer(session, scope, Deleted(index.record, [file.filename for file in shown], []))
    if shown:
        confirm(session, files_grid(shown), f"Delete {counted(len(shown))} of {scope}?")
    done = delete(
        session.bucket,
        index,
        outdated,
        leftovers=scope.removed_from(index.record),
        date=as_date(bucket_time(session.bucket)),
        backoff=Backoff(),
    )
    answer = _answer(session, scope, done)
    if done.now:
        return drop_from_caches(session, scope.project, answer)
    return _tell_once(session, index.record, answer)


def _tell_once(session: Session, record: Record, answer: Answer) -> Answer:
    """Let CloudFront know of what was deleted before, which is gone now: who did it may have been ended."""
    oldest = as_date(bucket_time(session.bucket) - timedelta(days=LONGEST))
    recent = [tombstone for tombstone in record.removed.values() if tombstone.date >= oldest]
    if not recent or session.target.distribution is None:
        return answer
    reference = reference_of(record.project, record.removed)
    return drop_from_caches(session, record.project, answer, reference=reference)


def _retention(session: Session) -> Retention:
    options = session.options
    if options.older_than is None:
        return Retention(keep=options.keep, pre_releases_only=options.pre_releases_only)
    # The same clock gave the files their times.
    since = bucket_time(session.bucket) - timedelta(days=options.older_than)
    return Retention(since=as_date(since), pre_releases_only=options.pre_releases_only)


def _answer(session: Session, scope: Scope, done: Deleted) -> Answer:
    dry_run = session.options.dry_run
    document = {**deleted_document(session, scope, done), "dry_run": dry_run}
    lines = [f"{name}: would be deleted" for name in done.removed] if dry_run else deleted_lines(done)
    outlook = ["dry run: nothing was written"] if dry_run else []
    return Answer(document, [*(lines or [f"Nothing of {scope} has had its time."]), *outlook])
