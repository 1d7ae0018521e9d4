"""``s3twine delete``."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TextIO

from packaging.version import InvalidVersion

from s3pypi_core.backoff import Backoff
from s3pypi_core.bucket_clock import as_date, bucket_time
from s3pypi_core.care import open_project
from s3pypi_core.deletion import delete, forget
from s3pypi_core.errors import UsageError
from s3pypi_core.file import version_of
from s3pypi_core.release import NoSuchRelease, Scope
from s3pypi_twine.answer import Answer
from s3pypi_twine.caches import drop_from_caches
from s3pypi_twine.confirm import confirm
from s3pypi_twine.files_grid import files_grid
from s3pypi_twine.session import perform
from s3pypi_twine.status_line import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from packaging.version import Version

    from s3pypi_core.deletion import Deleted
    from s3pypi_core.file import File
    from s3pypi_twine.session import Session


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
    if shown or (leftovers and forgetting):
        confirm(session, files_grid(shown) if shown else None, _question(scope, shown, forget=forgetting))
    done = delete(
        session.bucket,
        index,
        lambda _record: shown,
        leftovers=leftovers,
        date=as_date(bucket_time(session.bucket)),
        backoff=Backoff(),
    )
    answer = Answer(
        {**deleted_document(session, scope, done), "forgotten": forgetting},
        [*deleted_lines(done), *_outlook(scope, done, forget=forgetting)],
    )
    if done.removed:
        answer = drop_from_caches(session, scope.project, answer)
        if forgetting:
            forget(session.bucket, scope.project, done.removed, Backoff())
    return answer


def _question(scope: Scope, shown: Sequence[File], *, forget: bool) -> str:
    what = f"Delete {counted(len(shown))} of {scope}" if shown else f"Forget the deleted files of {scope}"
    return f"{what}{', and forget their names' if shown and forget else ''}?"


def deleted_document(session: Session, scope: Scope, done: Deleted) -> dict[str, object]:
    """What scripts are told of a deletion."""
    return {
        "bucket": session.target.bucket,
        "project": scope.project,
        "version": str(scope.version) if scope.version else None,
        "deleted": list(done.removed),
        "kept": list(done.kept),
    }


def deleted_lines(done: Deleted) -> list[str]:
    """What people are told of a deletion: a line for each file."""
    return [
        *(f"{name}: deleted" for name in done.removed),
        *(f"{name}: kept, because others changed it meanwhile" for name in done.kept),
    ]


def _outlook(scope: Scope, done: Deleted, *, forget: bool) -> list[str]:
    if not done.removed:
        return [f"Nothing of {scope} is left to delete."] if not done.kept else []
    if forget:
        return ["These names can be uploaded again, with any contents."]
    said = "While the bucket keeps the files:"
    commands = [f"s3twine undelete {release}" for release in _releases(scope, done.removed)]
    one = f"{said} {commands[0]}" if len(commands) == 1 else "\n  ".join([said, *commands])
    return ["These names never come back with other contents.", one]


def _releases(scope: Scope, filenames: Sequence[str]) -> list[Scope]:
    """The releases of these files, oldest first; undeleting is for one of them."""
    if scope.version is not None:
        return [scope]
    versions: set[Version] = set()
    for filename in filenames:
        with contextlib.suppress(InvalidVersion):  # the name of a tombstone may be anything
            versions.add(version_of(filename))
    return [Scope(scope.project, version) for version in sorted(versions)]
