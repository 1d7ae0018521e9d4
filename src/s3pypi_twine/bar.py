"""Bars on a terminal: how every command draws its own, and that of the upload."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import progress as rich_progress
from rich.console import Console

from s3pypi_twine.progress import line, stop_drawing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from s3pypi_core.plan import Outcome
    from s3pypi_twine.screen import Screen


@dataclass(frozen=True)
class Bar:
    """Draws what it is told; with ``verbose``, a line for each file above the bar."""

    drawn: rich_progress.Progress
    task: rich_progress.TaskID
    sizes: Mapping[str, int]
    verbose: bool

    def begin(self, total: int) -> None:
        """See Progress.begin. Where nothing is going to be sent, nothing is drawn."""
        self.drawn.update(self.task, total=total)
        if total:
            self.drawn.start()

    def sent(self, amount: int) -> None:
        """See Progress.sent."""
        self.drawn.advance(self.task, amount)

    def finished(self, filename: str, outcome: Outcome) -> None:
        """See Progress.finished."""
        if self.verbose:
            said = line(filename, self.sizes[filename], outcome)
            self.drawn.console.print(said, markup=False, highlight=False, soft_wrap=True)

    def stopping(self) -> None:
        """See Progress.stopping."""
        stop_drawing(self.drawn)


BYTES = (rich_progress.DownloadColumn, rich_progress.TransferSpeedColumn)
PROJECTS = (rich_progress.MofNCompleteColumn,)


@contextlib.contextmanager
def drawing(
    screen: Screen, task: str, counted: Iterable[type[rich_progress.ProgressColumn]]
) -> Iterator[tuple[rich_progress.Progress, rich_progress.TaskID]]:
    """Make a bar for ``screen.err`` that counts BYTES or PROJECTS, and the task that it shows.

    It is drawn from its ``start`` until the block ends, however it ends.
    """
    console = Console(file=screen.err, no_color=not screen.color)
    columns = (
        # What a task is called may come from others.
        rich_progress.TextColumn("{task.description}", markup=False),
        rich_progress.BarColumn(),
        *(column() for column in counted),
        rich_progress.TimeRemainingColumn(),
    )
    drawn = rich_progress.Progress(*columns, console=console)
    try:
        yield drawn, drawn.add_task(task, total=None)
    finally:
        drawn.stop()


@contextlib.contextmanager
def bar(screen: Screen, sizes: Mapping[str, int]) -> Iterator[Bar]:
    """Make the bar of an upload; ``sizes`` are in bytes, by file name."""
    with drawing(screen, "Uploading", BYTES) as (drawn, task):
        yield Bar(drawn, task, sizes, screen.verbose)
