"""What CloudFront should no longer hold: a withdrawn file stays in its caches for up to a year."""

from __future__ import annotations

import hashlib
import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError
from s3pypi_edge.keys import PACKAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_core.record import Tombstone
    from s3pypi_edge.keys import Project

LONGEST = 365  # days that a cache keeps a file, as ``bucket.IMMUTABLE`` says


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
        return [f"/{folder}{self.project}/*" for folder in (PACKAGES, "simple/", "")]

    @property
    def command(self) -> str:
        """The line that does the same by hand."""
        command = ["aws", "cloudfront", "create-invalidation"]
        options = ["--distribution-id", self.distribution or "DISTRIBUTION_ID", "--paths", *self.paths]
        return shlex.join([*command, *options])


def reference_of(project: Project, removed: Mapping[str, Tombstone]) -> str:
    """The CallerReference of the request that is due once the objects of all these tombstones are gone.

    A command that ended before it told CloudFront leaves no trace in the bucket. CloudFront knows: "If you
    make a second invalidation request with the same value for CallerReference, and if the rest of the
    request is the same, CloudFront doesn't create a new invalidation request." So asking again is free.
    With the same value and other paths it is refused: therefore the paths are part of the value.
    """
    told = [
        *Invalidation(project, None).paths,
        *sorted((name, tombstone.date) for name, tombstone in removed.items()),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def reference_at(project: Project, generation: int) -> str:
    """The CallerReference of the request that is due since this generation of the record.

    It is the same each time that it is asked for, so CloudFront acts on it once.
    """
    told = [*Invalidation(project, None).paths, generation]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


class NotInvalidated(RepositoryError):
    """CloudFront did not take the request."""

    def __init__(self, invalidation: Invalidation, problem: str) -> None:
        super().__init__(
            f"CloudFront may go on serving what it holds of {invalidation.project}: {problem}",
            f"the bucket is in order; send this once it can be: {invalidation.command}",
        )
