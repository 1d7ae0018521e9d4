"""``s3twine delete``."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TextIO

from packaging.version import InvalidVersion

from s3pypi_core.backoff import Backoff
from s3pypi_core.bucket_clock import as_date, bucket_time
from s3pypi_core.care import open_project
from s3pypi_core.deletion import delete, forget
from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_core.file import version_of
from s3pypi_core.release import NoSuchRelease, Scope
from s3pypi_core.terminal import one_line
from s3pypi_twine.answer import Answer
from s3pypi_twine.caches import drop_from_caches
from s3pypi_twine.confirm import confirm
from s3pypi_twine.files_grid import files_grid, forgetting_grid
from s3pypi_twine.session import perform
from s3pypi_twine.status_line import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from packaging.version import Version

    from s3pypi_core.deletion import Deleted
    from s3pypi_core.file import File
    from s3pypi_twine.session import Session


class NotForgotten(RepositoryError):
    """CloudFront was not told, so that it may hold other bytes under names that would be free again."""

    def __init__(self, problem: RepositoryError) -> None:
        super().__init__(
            f"no name was forgotten: {problem.message}",
            "run the same command again once CloudFront can be told: it forgets the names then; "
            f"{problem.hint}",
        )


def delete_command(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Delete a release, or all of a project; return 0."""
    return perform(_delete, options, environ, out, err)


def _scope(options: argparse.Namespace) -> Scope:
    scope = Scope.parse(options.release)
    if scope.version is None and not options.all:
        raise UsageError(
            f"{scope} alone does not say how much of it is meant",
            f"name a release ({scope}==VERSION), or give --all for the whole project",
        )
    if scope.version is not None and options.all:
        raise UsageError(f"{scope} is one release, and --all means all of them", "give one of the two")
    return scope


def _delete(session: Session) -> Answer:
    scope = _scope(session.options)
    index, forgetting = open_project(session.bucket, scope.project), session.options.forget
    shown, leftovers = scope.files_of(index.record), scope.removed_from(index.record)
    if scope.version and not (shown or leftovers or forgetting):
        raise NoSuchRelease(scope, index.record)
    if forgetting and (shown or leftovers):
        tombstones = {name: index.record.removed[name] for name in leftovers}
        confirm(session, forgetting_grid(shown, tombstones), _forgetting_question(scope, shown, leftovers))
    elif shown:
        confirm(session, files_grid(shown), f"Delete {counted(len(shown))} of {scope}?")
    done = delete(
        session.bucket,
        index,
        lambda _record: shown,
        leftovers=leftovers,
        date=as_date(bucket_time(session.bucket)),
        backoff=Backoff(),
    )
    return _forget(session, scope, done) if forgetting else _leave_tombstones(session, scope, done)


def _leave_tombstones(session: Session, scope: Scope, done: Deleted) -> Answer:
    document = {**deleted_document(session, scope, done), "forgotten": []}
    answer = Answer(document, [*deleted_lines(done), *_outlook(scope, done)])
    return drop_from_caches(session, scope.project, answer) if done.removed else answer


def _forget(session: Session, scope: Scope, done: Deleted) -> Answer:
    if not done.removed:
        return _leave_tombstones(session, scope, done)
    # CloudFront comes first: if this ends in between, the tombstones tell what it is to drop.
    told = drop_from_caches(session, scope.project, Answer({}))
    forgotten = [] if told.error else forget(session.bucket, scope.project, done.removed, Backoff())
    said = ["These names can be uploaded again, with any contents."] if forgotten else []
    lines = [*deleted_lines(done), *(f"{one_line(name)}: forgotten" for name in forgotten), *said]
    document = {**deleted_document(session, scope, done), "forgotten": forgotten, **told.document}
    return Answer(document, [*lines, *told.parts], NotForgotten(told.error) if told.error else None)


def _forgetting_question(scope: Scope, shown: Sequence[File], leftovers: Sequence[str]) -> str:
    number = len(shown) + len(leftovers)
    names = f"{number} name{'' if number == 1 else 's'}"
    if not shown:
        return f"Forget {names} of {scope}, deleted before?"
    before = f", {len(leftovers)} of them deleted before" if leftovers else ""
    return f"Delete {counted(len(shown))} of {scope}, and forget {names}{before}?"


def deleted_document(session: Session, scope: Scope, done: Deleted) -> dict[str, object]:
    """What scripts are told of a deletion."""
    return {
        "bucket": session.target.bucket,
        "project": scope.project,
        "version": str(scope.version) if scope.version else None,
        "deleted": done.now,
        "kept": list(done.kept),
    }


def deleted_lines(done: Deleted) -> list[str]:
    """What people are told of a deletion: a line for each file."""
    return [
        *(f"{one_line(name)}: deleted" for name in done.now),
        *(f"{one_line(name)}: kept, because others changed it meanwhile" for name in done.kept),
    ]


def _outlook(scope: Scope, done: Deleted) -> list[str]:
    said = [] if done.now or done.kept else [f"Nothing of {scope} is left to delete."]
    if done.now:
        said.append("These names never come back with other contents.")
    return [*said, *_way_back(scope, done)] if done.removed else said


def _way_back(scope: Scope, done: Deleted) -> list[str]:
    """What to type for it, also where an earlier run deleted it: it may have been ended before it said so."""
    said = "While the bucket keeps the files:"
    commands = [f"s3twine undelete {release}" for release in _releases(scope, done.removed)]
    return [f"{said} {commands[0]}" if len(commands) == 1 else "\n  ".join([said, *commands])]


def _releases(scope: Scope, filenames: Sequence[str]) -> list[Scope]:
    """The releases of these files, oldest first; undeleting is for one of them."""
    if scope.version is not None:
        return [scope]
    versions: set[Version] = set()
    for filename in filenames:
        with contextlib.suppress(InvalidVersion):  # the name of a tombstone may be anything
            versions.add(version_of(filename))
    return [Scope(scope.project, version) for version in sorted(versions)]
