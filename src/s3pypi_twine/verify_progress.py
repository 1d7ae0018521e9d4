"""What is shown while a repository is verified."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3pypi_twine.progress import Stoppable, stop_drawing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich import progress as rich_progress

    from s3pypi_core.verify.verify import Watch
    from s3pypi_edge.keys import Project
    from s3pypi_twine.screen import Screen


@dataclass(frozen=True)
class Lines(Stoppable):
    """With ``verbose``, a plain line for each project."""

    verbose: bool

    def begin(self, total: int) -> None:
        """See Watch.begin."""

    def looked(self, project: Project) -> None:
        """See Watch.looked."""
        if self.verbose:
            # One write, because several threads finish at once.
            self.err.write(f"verified {project}\n")


@dataclass(frozen=True)
class Bar:
    """Counts projects."""

    drawn: rich_progress.Progress
    task: rich_progress.TaskID

    def begin(self, total: int) -> None:
        """See Watch.begin."""
        self.drawn.update(self.task, total=total)
        self.drawn.start()

    def looked(self, project: Project) -> None:
        """See Watch.looked."""
        self.drawn.update(self.task, advance=1, description=f"Verifying {project}")

    def stopping(self) -> None:
        """See Watch.stopping."""
        stop_drawing(self.drawn)


@contextlib.contextmanager
def watched(screen: Screen) -> Iterator[Watch]:
    """Show how many projects have been looked at, in the way that the screen allows."""
    if not screen.bar:
        yield Lines(screen.err, screen.verbose)
        return
    from s3pypi_twine.bar import PROJECTS, drawing  # noqa: PLC0415  # rich takes long to load

    with drawing(screen, "Verifying", PROJECTS) as (drawn, task):
        yield Bar(drawn, task)
