"""One bar for the whole upload, on a terminal."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import progress as rich_progress
from rich.console import Console

from s3pypi_twine.progress import line, stop_drawing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


@contextlib.contextmanager
def bar(screen: Screen, sizes: Mapping[str, int]) -> Iterator[Bar]:
    """Make a bar for ``screen.err``; it is drawn from ``begin`` until the block ends, however it ends."""
    console = Console(file=screen.err, no_color=not screen.color)
    columns = (
        rich_progress.TextColumn("Uploading"),
        rich_progress.BarColumn(),
        rich_progress.DownloadColumn(),
        rich_progress.TransferSpeedColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    drawn = rich_progress.Progress(*columns, console=console)
    try:
        yield Bar(drawn, drawn.add_task("Uploading", total=None), sizes, screen.verbose)
    finally:
        drawn.stop()
