"""``s3twine import``: from options to a report on standard output."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from s3pypi_core.backoff import Backoff
from s3pypi_core.bucket_clock import bucket_time
from s3pypi_core.care import open_project
from s3pypi_core.command_line import FAILED
from s3pypi_core.errors import Interruption, RepositoryError
from s3pypi_core.invalidation import reference_at
from s3pypi_core.move_in.move_in import move_in
from s3pypi_core.move_in.moving import Moving
from s3pypi_core.move_in.offer import as_upload_time
from s3pypi_edge.keys import normalize
from s3pypi_twine.answer import Answer, to_document
from s3pypi_twine.caches import drop_from_caches
from s3pypi_twine.import_progress import watched
from s3pypi_twine.import_report import Moved
from s3pypi_twine.screen import Screen
from s3pypi_twine.session import Beginning
from s3pypi_twine.source import shown, source_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from s3pypi_core.move_in.moving import Row
    from s3pypi_edge.keys import Project
    from s3pypi_twine.session import Session


def import_command(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Move in what ``options`` name; write what became of each file to ``out``.

    Returns 1 if any file was not taken, else 0. Raises RepositoryError, or Interruption, after the same.
    """
    screen, moved = Screen.of(options, environ, out, err), Moved(shown(options.source), options.dry_run)
    try:
        _perform(options, environ, screen, moved)
        if moved.caches.error is not None:
            raise moved.caches.error
    except (RepositoryError, Interruption) as error:
        _report(moved, screen, options, error)
        raise
    _report(moved, screen, options)
    return 0 if moved.is_whole else FAILED


def _perform(options: argparse.Namespace, environ: Mapping[str, str], screen: Screen, moved: Moved) -> None:
    beginning = Beginning.of(options, environ, screen)
    moved.target, stop = beginning.target, threading.Event()
    source = source_of(options, beginning.target, stop, interactive=beginning.interactive)
    session = beginning.open(f"from {moved.source} to {beginning.target}")
    try:
        with watched(screen) as watch:
            now = as_upload_time(bucket_time(session.bucket))
            move = Moving(source, session.bucket, now, Backoff(), watch, options.dry_run, stop, moved.rows)
            move_in(move, options.projects, jobs=options.jobs)
    finally:
        if not options.dry_run:
            moved.caches = _drop_quarantined(session, moved.rows)


def _drop_quarantined(session: Session, rows: Sequence[Row]) -> Answer:
    """Let CloudFront drop what is quarantined, as ``s3twine status`` does.

    Who quarantined it earlier may have been ended before that, or refused: it is told again, and counts once.
    """
    answer, invalidations = Answer({}), []
    told = {"taken"} if session.target.distribution is None else {"taken", "already there"}
    for row in rows:
        if row.status == "quarantined" and row.result in told:
            project = normalize(row.project)
            answer = drop_from_caches(session, project, answer, reference=_reference(session, project))
            invalidations.append({"project": row.project, **answer.document["invalidation"]})
    return replace(answer, document={"invalidations": invalidations})


def _reference(session: Session, project: Project) -> str | None:
    with contextlib.suppress(RepositoryError):  # told twice is better than not at all
        return reference_at(project, open_project(session.bucket, project).record.generation)
    return None


def _report(
    moved: Moved, screen: Screen, options: argparse.Namespace, *errors: RepositoryError | Interruption
) -> None:
    if options.json:
        screen.out.write(to_document(moved.document(*errors)))
    elif moved.rows or not errors:
        screen.out.write("".join(f"{line}\n" for line in moved.lines()))
