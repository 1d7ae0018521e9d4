"""What became of an upload, as values, and as JSON for scripts."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import quote

from s3pypi_core.upload import UploadInterrupted
from s3pypi_twine.answer import errors_document, to_document

if TYPE_CHECKING:
    from packaging.version import Version

    from s3pypi_core.config.target import Target
    from s3pypi_core.distribution import Distribution
    from s3pypi_core.errors import Interruption, RepositoryError
    from s3pypi_core.plan import Outcome, Plan
    from s3pypi_core.upload import Report

Result = Literal["new", "already there", "skipped", "failed"]

_RESULTS: dict[Outcome | None, Result] = {
    "uploaded": "new",
    "already there": "already there",
    "skipped": "skipped",
    None: "failed",
}


class Row(NamedTuple):
    """A file and what became of it; ``url`` where this very file is there and the address is known."""

    filename: str
    size: int
    sha256: str
    result: Result
    url: str | None


@dataclass(frozen=True)
class Uploaded:
    """What an upload, or the rehearsal of one, did."""

    plan: Plan
    report: Report
    target: Target
    dry_run: bool

    @property
    def rows(self) -> list[Row]:
        """A row for each file, wheels before sdists."""
        return [self._row(distribution) for distribution in self.plan]

    @property
    def requirements(self) -> list[str]:
        """The releases that can be installed now: ``demo==1.0``; none after a rehearsal."""
        releases: dict[str, set[Version]] = {}
        for distribution in self.plan:
            if self._is_there(distribution):
                releases.setdefault(distribution.project, set()).add(distribution.version)
        return [f"{project}=={version}" for project in releases for version in sorted(releases[project])]

    @property
    def commands(self) -> list[str]:
        """A line for each release that installs it; none where the index's address is not known."""
        if self.target.url is None:
            return []
        # An epoch has an exclamation mark, which an interactive shell would expand.
        arguments = ["pip", "install", "--index-url", self.target.url]
        return [shlex.join([*arguments, requirement]) for requirement in self.requirements]

    def _row(self, distribution: Distribution) -> Row:
        result = _RESULTS[self.report.outcomes.get(distribution.filename)]
        return Row(
            distribution.filename, distribution.size, distribution.sha256, result, self._url(distribution)
        )

    def _url(self, distribution: Distribution) -> str | None:
        if self.target.url is None or not self._is_there(distribution):
            return None
        index = self.target.url.rstrip("/")
        return f"{index}/{distribution.project}/{quote(distribution.filename, safe='')}"

    def _is_there(self, distribution: Distribution) -> bool:
        outcome = self.report.outcomes.get(distribution.filename)
        return outcome == "already there" or (outcome == "uploaded" and not self.dry_run)


def to_json(done: Uploaded) -> str:
    """One document: what became of each file, what went wrong, and what installs what is there."""
    return to_document(
        {
            "bucket": done.target.bucket,
            "index_url": done.target.url,
            "dry_run": done.dry_run,
            "files": [_known(row) for row in done.rows],
            "install": done.commands,
            "errors": errors_document(done.report.errors),
        }
    )


def failure_to_json(error: RepositoryError | Interruption) -> str:
    """The same document after what ended the command before it could tell what became of each file."""
    document: dict[str, Any] = {"files": [], "install": [], "errors": errors_document([error])}
    if isinstance(error, UploadInterrupted):
        document |= {"visible": list(error.visible), "hidden": list(error.hidden)}
    return to_document(document)


def _known(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row._asdict().items() if value is not None}
