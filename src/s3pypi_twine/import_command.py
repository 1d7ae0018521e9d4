"""``s3twine import``: from options to a report on standard output."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from rich.filesize import decimal

from s3pypi_core.backoff import Backoff
from s3pypi_core.command_line import FAILED
from s3pypi_core.config import config_warnings
from s3pypi_core.errors import RepositoryError
from s3pypi_core.move_in import Interrupted, move_in
from s3pypi_core.offer import as_upload_time
from s3pypi_core.terminal import one_line
from s3pypi_twine.import_progress import watched
from s3pypi_twine.screen import Screen
from s3pypi_twine.source import shown, source_of
from s3pypi_twine.where import may_ask, target_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from s3pypi_core.move_in import Row
    from s3pypi_core.target import Target


class Moved(NamedTuple):
    """What an import, or the rehearsal of one, did."""

    source: str
    target: Target
    dry_run: bool
    rows: Sequence[Row]

    @property
    def is_whole(self) -> bool:
        """Whether everything of the source is here."""
        return all(row.result in {"taken", "already there"} for row in self.rows)


def import_command(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Move in what ``options`` name; write what became of each file to ``out``.

    Returns 1 if any file was not taken, else 0. Raises RepositoryError, or Interrupted.
    """
    screen = Screen.of(options, environ, out, err)
    try:
        moved = _perform(options, environ, screen)
    except (RepositoryError, Interrupted) as error:
        if options.json:
            errors = [{"message": error.message, "hint": error.hint}]
            out.write(_to_json({"files": [], "errors": errors}))
        raise
    if options.json:
        out.write(_to_json(_document(moved)))
    else:
        out.write("".join(f"{one_line(line)}\n" for line in _lines(moved)))
    return 0 if moved.is_whole else FAILED


def _perform(options: argparse.Namespace, environ: Mapping[str, str], screen: Screen) -> Moved:
    target = target_of(options, environ)
    for warning in config_warnings(environ):
        screen.warn(warning)
    source = source_of(options, target)
    screen.tell(f"from {shown(options.source)} to {target}")
    bucket = target.open(interactive=may_ask(options, environ))
    with watched(screen) as watch:
        rows = move_in(
            source,
            bucket,
            options.projects,
            jobs=options.jobs,
            dry_run=options.dry_run,
            now=as_upload_time(datetime.now(timezone.utc)),
            backoff=Backoff(),
            watch=watch,
        )
    return Moved(shown(options.source), target, options.dry_run, rows)


def _lines(moved: Moved) -> Iterator[str]:
    for row in moved.rows:
        if row.result != "already there":
            what = f"{row.project}: {row.filename}" if row.filename else row.project
            size = "" if row.size is None else f" ({decimal(row.size)})"
            said = "would be taken" if moved.dry_run and row.result == "taken" else row.result
            yield f"{what}{size}: {said}" + (f": {row.reason}" if row.reason else "")
    counted = Counter(row.result for row in moved.rows)
    results = [f"{counted[result]:,} {result}" for result in ("taken", "already there", "refused", "failed")]
    yield f"{', '.join(results)}{'; dry run: nothing was written' if moved.dry_run else ''}"


def _to_json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"


def _document(moved: Moved) -> dict[str, Any]:
    return {
        "bucket": moved.target.bucket,
        "source": moved.source,
        "dry_run": moved.dry_run,
        "files": [row._asdict() for row in moved.rows],
        "errors": [],
    }
