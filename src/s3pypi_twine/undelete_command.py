"""``s3twine undelete``."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from s3pypi_core.backoff import Backoff
from s3pypi_core.care import open_project
from s3pypi_core.release import Scope
from s3pypi_core.undeletion import undelete
from s3pypi_twine.answer import Answer
from s3pypi_twine.files_grid import file_document
from s3pypi_twine.session import perform

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from s3pypi_core.undeletion import Undeleted
    from s3pypi_twine.session import Session


def undelete_command(
    options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO
) -> int:
    """Bring a deleted release back; return 0."""
    return perform(_undelete, options, environ, out, err)


def _undelete(session: Session) -> Answer:
    scope = Scope.release(session.options.release)
    index = open_project(session.bucket, scope.project)
    done = undelete(session.bucket, index, scope, Backoff())
    document = {
        "bucket": session.target.bucket,
        "project": scope.project,
        "version": str(scope.version),
        "restored": [file_document(file) for file in done.restored],
        "rebuilt": list(done.rebuilt),
    }
    lines = [_line(file.filename, done) for file in done.restored]
    if done.rebuilt:
        lines.append(f"If they were yanked, no record tells that any more: s3twine yank {scope}")
    return Answer(document, lines or [f"Nothing of {scope} is deleted."])


def _line(filename: str, done: Undeleted) -> str:
    return f"{filename}: back" + (", as its bytes describe it" if filename in done.rebuilt else "")
