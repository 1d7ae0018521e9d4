"""What repairs came to: what was mended, and what is left, with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.errors import RepositoryError
from s3pypi_core.verify.restore import CannotMend

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from s3pypi_core.verify.finding import Finding, Kind

_OF_A_FILE = {"file-missing", "file-damaged", "metadata-missing", "metadata-damaged", "requires-python"}


class Mended(NamedTuple):
    """What was wrong, and what was done about it, with what could not be recovered."""

    finding: Finding
    done: str


class Left(NamedTuple):
    """What is wrong still; ``reason`` says why a repair that was tried did not help.

    ``hint`` is what to do about the reason, where the repair was refused, and might help another time.
    """

    finding: Finding
    reason: str = ""
    hint: str = ""

    @classmethod
    def after(cls, finding: Finding, error: RepositoryError) -> Left:
        """What is left after the error; where the bytes did not suffice, trying again would not help."""
        again = "" if isinstance(error, CannotMend) else finding.remedy
        return cls(finding, error.message, error.hint or again)

    @property
    def remedy(self) -> str:
        """What to do about it, now that a repair has been tried, or has not."""
        if self.reason and not self.hint:
            if self.finding.kind == "headers":
                return f"let the bucket keep versions, then: {self.finding.remedy}"
            if self.finding.kind in _OF_A_FILE:
                return (
                    "put the very bytes back, if somebody has them; or withdraw it: "
                    f"s3twine yank {self.finding.release}"
                )
            # Of no index document is it said: it may be all that is left of a project.
            if self.finding.kind == "unlisted":
                return "mend it by hand, or delete it"
        return self.hint or self.finding.remedy


@dataclass
class Repair:
    """What was mended, and which repairs came to nothing; findings are told apart by kind and key."""

    mended: list[Mended] = field(default_factory=list)
    failed: dict[tuple[Kind, str], Left] = field(default_factory=dict)

    def attempt(self, findings: Sequence[Finding], mend: Callable[[], str]) -> None:
        """Try one repair, once; what a user could mend instead becomes its reason."""
        try:
            done = mend()
        except RepositoryError as error:
            self.fail(findings, error)
        else:
            self.mended += [Mended(finding, done) for finding in findings]

    def fail(self, findings: Sequence[Finding], error: RepositoryError) -> None:
        """Take down why these were not mended."""
        for finding in findings:
            self.failed[finding.what] = Left.after(finding, error)

    def todo(self, findings: Sequence[Finding]) -> list[Finding]:
        """Those that can be tried, and have not been: nothing is mended twice."""
        tried = self.failed.keys() | {mended.finding.what for mended in self.mended}
        return [finding for finding in findings if finding.mendable and finding.what not in tried]

    def left(self, findings: Sequence[Finding]) -> list[Left]:
        """What is wrong at the end."""
        return [
            self.failed.get(finding.what, Left(finding))._replace(finding=finding) for finding in findings
        ]

    def truly_mended(self, findings: Sequence[Finding]) -> list[Mended]:
        """What was mended, and did not come back."""
        there = {finding.what for finding in findings}
        return [mended for mended in self.mended if mended.finding.what not in there]
