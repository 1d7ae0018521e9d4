"""What is shown while files travel."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from rich.filesize import decimal

from s3pypi_core.command_line import end_at_ctrl_c
from s3pypi_core.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich import progress as rich_progress

    from s3pypi_core.plan import Outcome, Plan
    from s3pypi_core.progress import Progress
    from s3pypi_twine.screen import Screen

RESULTS: dict[Outcome, str] = {"uploaded": "new", "already there": "already there", "skipped": "skipped"}


def line(filename: str, size: int, outcome: Outcome) -> str:
    """What is said of a file that has finished; ``size`` is in bytes."""
    return f"{filename} ({decimal(size)}): {RESULTS[outcome]}"


STOPPING = "interrupted: waiting for what is under way to end; Ctrl-C again does not wait"


@dataclass(frozen=True)
class Stoppable:
    """Says on ``err`` what is waited for after Ctrl-C; the next one ends the program."""

    err: TextIO

    def stopping(self) -> None:
        """See Progress.stopping."""
        self.err.write(f"{STOPPING}\n")
        end_at_ctrl_c()


@dataclass(frozen=True)
class Quiet(Stoppable, Silent):
    """Says only what nobody would understand without it."""


def stop_drawing(drawn: rich_progress.Progress) -> None:
    """What ``Stoppable.stopping`` does, where something is drawn."""
    drawn.stop()  # and give the cursor back
    drawn.console.print(STOPPING)
    end_at_ctrl_c()


@dataclass(frozen=True)
class Lines(Quiet):
    """A plain line for each file; ``sizes`` are in bytes, by file name."""

    sizes: Mapping[str, int]

    def finished(self, filename: str, outcome: Outcome) -> None:
        """See Progress.finished."""
        # One write, because several threads finish at once.
        self.err.write(f"{line(filename, self.sizes[filename], outcome)}\n")


@contextlib.contextmanager
def shown(screen: Screen, plan: Plan) -> Iterator[Progress]:
    """Show the progress of what happens in the block, in the way that the screen allows."""
    sizes = {distribution.filename: distribution.size for distribution in plan}
    if screen.bar:
        from s3pypi_twine.bar import bar  # noqa: PLC0415  # rich takes long to load

        with bar(screen, sizes) as progress:
            yield progress
    else:
        yield Lines(screen.err, sizes) if screen.verbose else Quiet(screen.err)
