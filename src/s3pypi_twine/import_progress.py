"""What is shown while files move in."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s3pypi_core.terminal import one_line
from s3pypi_twine.progress import Stoppable, stop_drawing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich import progress as rich_progress

    from s3pypi_core.move_in.moving import Row, Watch
    from s3pypi_twine.screen import Screen


def _line(row: Row) -> str:
    return one_line(f"{row.project} {row.subject}: {row.result}")


@dataclass(frozen=True)
class Lines(Stoppable):
    """With ``verbose``, a plain line for each file."""

    verbose: bool

    def expect(self, amount: int | None) -> None:
        """See Watch.expect."""

    def read(self, amount: int) -> None:
        """See Watch.read."""

    def finished(self, row: Row) -> None:
        """See Watch.finished."""
        if self.verbose:
            # One write, because several threads finish at once.
            self.err.write(f"{_line(row)}\n")


@dataclass
class Bar:
    """Counts bytes; the total grows as projects are looked at, as long as their source tells sizes."""

    drawn: rich_progress.Progress
    task: rich_progress.TaskID
    verbose: bool
    total: int | None = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def expect(self, amount: int | None) -> None:
        """See Watch.expect."""
        with self.lock:
            self.total = None if self.total is None or amount is None else self.total + amount
            # Its own update() takes None for no change.
            self.drawn.tasks[0].total = self.total

    def read(self, amount: int) -> None:
        """See Watch.read."""
        self.drawn.advance(self.task, amount)

    def finished(self, row: Row) -> None:
        """See Watch.finished."""
        if self.verbose:
            self.drawn.console.print(_line(row), markup=False, highlight=False, soft_wrap=True)

    def stopping(self) -> None:
        """See Watch.stopping."""
        stop_drawing(self.drawn)


@contextlib.contextmanager
def watched(screen: Screen) -> Iterator[Watch]:
    """Show how many bytes have moved, in the way that the screen allows."""
    if not screen.bar:
        yield Lines(screen.err, screen.verbose)
        return
    from s3pypi_twine.bar import BYTES, drawing  # noqa: PLC0415  # rich takes long to load

    with drawing(screen, "Importing", BYTES) as (drawn, task):
        drawn.start()
        yield Bar(drawn, task, screen.verbose)
