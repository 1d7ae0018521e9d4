"""``s3twine yank``."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from s3pypi_core import record_changes
from s3pypi_core.backoff import Backoff
from s3pypi_core.care import change, open_project
from s3pypi_core.release import Scope
from s3pypi_core.terminal import one_line
from s3pypi_twine.answer import Answer
from s3pypi_twine.files_grid import file_document, yanked
from s3pypi_twine.session import perform
from s3pypi_twine.status_line import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from s3pypi_core.record import Record
    from s3pypi_twine.session import Session


def yank_command(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Yank a release; return 0."""

    def yank(record: Record, scope: Scope) -> Record:
        return record_changes.yank(record, scope, options.reason)

    return perform(lambda session: mark(session, yank), options, environ, out, err)


def mark(session: Session, wanted: Callable[[Record, Scope], Record]) -> Answer:
    """Change the yanks of the release, and say what they are now."""
    scope = Scope.release(session.options.release)
    index = open_project(session.bucket, scope.project)
    changed = change(session.bucket, index, lambda record: wanted(record, scope), Backoff())
    files = scope.files_of(changed.record)
    said = one_line(yanked(files))
    document = {
        "bucket": session.target.bucket,
        "project": scope.project,
        "version": str(scope.version),
        "files": [file_document(file) for file in files],
    }
    outcome = ("is yanked" + (f": {said}" if said != "yes" else "")) if said else "is not yanked"
    return Answer(document, [f"{scope} ({counted(len(files))}) {outcome}"])
