"""What CloudFront should no longer hold: a withdrawn file stays in its caches for up to a year."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError

if TYPE_CHECKING:
    from s3pypi_edge.keys import Project


@dataclass(frozen=True)
class Invalidation:
    """All addresses of a project, on a distribution whose id may not be known."""

    project: Project
    distribution: str | None

    @property
    def paths(self) -> list[str]:
        """Every address under which a file may be cached, as CloudFront writes them.

        Few with a wildcard rather than many without: a distribution takes a limited number at once.
        """
        # CloudFront's guide: if a viewer-request function changes the URI, "we recommend that you invalidate
        # both URIs", the one that the viewer asked for and the one that the function made of it.
        return [f"/{folder}{self.project}/*" for folder in ("packages/", "simple/", "")]

    @property
    def command(self) -> str:
        """The line that does the same by hand."""
        command = ["aws", "cloudfront", "create-invalidation"]
        options = ["--distribution-id", self.distribution or "DISTRIBUTION_ID", "--paths", *self.paths]
        return shlex.join([*command, *options])


class NotInvalidated(RepositoryError):
    """CloudFront did not take the request."""

    def __init__(self, invalidation: Invalidation, problem: str) -> None:
        super().__init__(
            f"CloudFront may go on serving what it holds of {invalidation.project}: {problem}",
            f"the bucket is in order; send this once it can be: {invalidation.command}",
        )
