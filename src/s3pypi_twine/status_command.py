"""``s3twine status``."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from s3pypi_core import record_changes
from s3pypi_core.backoff import Backoff
from s3pypi_core.care import change, open_project
from s3pypi_core.errors import UsageError
from s3pypi_core.release import Scope
from s3pypi_twine.answer import Answer
from s3pypi_twine.caches import drop_from_caches
from s3pypi_twine.session import perform
from s3pypi_twine.status_line import status_document, status_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from s3pypi_twine.session import Session


def status_command(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Give a project its status; return 0."""
    return perform(_set_status, options, environ, out, err)


def _set_status(session: Session) -> Answer:
    scope, options = Scope.parse(session.options.project), session.options
    if scope.version is not None:
        raise UsageError(f"{scope} is a release, and a status is of a project", f"s3twine yank {scope}")
    record = change(
        session.bucket,
        open_project(session.bucket, scope.project),
        lambda record: record_changes.set_status(record, options.status, options.reason),
        Backoff(),
    ).record
    answer = Answer({"bucket": session.target.bucket, **status_document(record)}, [status_line(record)])
    return drop_from_caches(session, scope.project, answer) if record.withheld else answer
