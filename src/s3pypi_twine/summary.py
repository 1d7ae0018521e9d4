"""What an upload says at its end: a table, and how to install what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.filesize import decimal

from s3pypi_twine.answer import Answer, Grid, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3pypi_twine.result import Result, Row, Uploaded
    from s3pypi_twine.screen import Screen

_SAID: dict[Result, str] = {
    "new": "new",
    "already there": "already there",
    "skipped": "skipped: another file has this name",
    "failed": "failed",
}
_STYLES = {"new": "green", "already there": "dim", "skipped": "yellow", "failed": "red"}


def summarize(done: Uploaded, screen: Screen) -> None:
    """Write the table of all files to ``screen.out``, and then what can be done now."""
    rows = [_cells(row, dry_run=done.dry_run) for row in done.rows]
    grid = Grid(("File", "Size", "Result"), rows, styles=_STYLES, bare_lines=True)
    show(Answer({}, [grid, *_outlook(done)]), screen)


def _cells(row: Row, *, dry_run: bool) -> tuple[str, str, str]:
    said = "would be uploaded" if dry_run and row.result == "new" else _SAID[row.result]
    return row.filename, decimal(row.size), said


def _outlook(done: Uploaded) -> Iterator[str]:
    if done.dry_run:
        yield "dry run: nothing was written"
        return
    if all(row.result == "already there" for row in done.rows):
        yield f"Nothing to do: all of it is in s3://{done.target.bucket} already."
    yield from _installable(done)


def _installable(done: Uploaded) -> Iterator[str]:
    if done.commands:
        yield f"Installable now from {done.target.url}:"
        yield from (f"  {command}" for command in done.commands)
    elif done.requirements:
        yield (
            f"Installable now from the address that serves s3://{done.target.bucket}, "
            "which `url` in config.toml would name here, in place of the dots:"
        )
        yield f"  pip install --index-url https://.../simple/ {' '.join(done.requirements)}"
