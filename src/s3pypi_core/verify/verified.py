"""What came of verifying a repository."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s3pypi_core.errors import Interruption, RepositoryError

if TYPE_CHECKING:
    from s3pypi_core.verify.mend import Left, Mended
    from s3pypi_edge.keys import Project


@dataclass
class Verified:
    """What was looked at, what is wrong (still), and what was mended.

    ``errors`` say which projects could not be looked at; ``warnings`` what else could not.
    """

    projects: int = 0
    files: int = 0
    left: list[Left] = field(default_factory=list)
    mended: list[Mended] = field(default_factory=list)
    errors: list[RepositoryError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def sort(self) -> None:
        """Put what is left in the order of keys, and what was mended in that of projects, as it was done."""
        self.errors.sort(key=str)
        self.left.sort(key=lambda left: (left.finding.key, left.finding.kind))
        self.mended.sort(key=lambda mended: mended.finding.key.rpartition("/")[0])


class VerifyInterrupted(Interruption):
    """Ctrl-C; says what was mended until then."""

    def __init__(self, verified: Verified) -> None:
        parts = [f"interrupted: {verified.projects} projects were verified"]
        parts += [f"mended {mended.finding.key}: {mended.done}" for mended in verified.mended]
        super().__init__(
            "; ".join(parts), "run the same command again: it begins anew, and mends what is left"
        )


class NoTraceOfProject(RepositoryError):
    """A project that was named has left no trace."""

    def __init__(self, project: Project) -> None:
        super().__init__(
            f"the repository knows no project {project}", "s3twine verify, without a name, verifies all"
        )
