"""Mending one project: look, mend what can be mended, and look again until nothing changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from s3pypi_core.errors import RepositoryError
from s3pypi_core.project_index import ProjectIndex, list_files
from s3pypi_core.verify.finding import LOST
from s3pypi_core.verify.rebuild import rebuild_record, rewrite_page
from s3pypi_core.verify.renew import correct_requirement, renew_object, renew_record
from s3pypi_core.verify.restore import CannotMend, read_unlisted, restore_file, restore_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket
    from s3pypi_core.record import File
    from s3pypi_core.verify.finding import Finding, Kind
    from s3pypi_core.verify.look import Look
    from s3pypi_edge.keys import Project

Answer = TypeVar("Answer")

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
        """What is left after the error; where the bytes did not suffice, another try is not worth it."""
        again = "" if isinstance(error, CannotMend) else finding.remedy
        return cls(finding, error.message, error.hint or again)

    @property
    def remedy(self) -> str:
        """What to do about it, now that a repair has been tried, or has not."""
        if self.reason and not self.hint:
            if self.finding.kind == "headers":
                return f"let the bucket keep versions, then: {self.finding.remedy}"
            if self.finding.kind in _OF_A_FILE:
                return "put the very bytes back, if somebody has them; or withdraw it: s3twine yank"
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


def mend_project(
    bucket: Bucket,
    look: Callable[[], tuple[Look, list[Finding]]],
    repair: Repair,
    backoff: Backoff,
    go_on: Callable[[], bool],
    *,
    until: datetime,
) -> tuple[Look, list[Finding]]:
    """Mend what can be mended; return what is wrong at the end. ``go_on`` is asked before each step.

    What was stored after ``until`` may be on its way: no lost record is rebuilt with it.
    """
    seen, findings = look()
    while (todo := repair.todo(findings)) and go_on():
        _mend_all(bucket, seen, todo, repair, backoff, until)
        seen, findings = look()
    return seen, findings


def _mend_all(  # what a repair is told
    bucket: Bucket,
    look: Look,
    todo: Sequence[Finding],
    repair: Repair,
    backoff: Backoff,
    until: datetime,
) -> None:
    """One round: objects first, then what lists them, then the page."""
    project = look.project
    for finding in todo:
        if finding.kind in {"file-missing", "file-damaged"}:
            restore = partial(restore_file, bucket, project, finding.filename)
            repair.attempt([finding], _persistent(backoff, finding, restore))
    for finding in todo:
        if finding.kind in {"metadata-missing", "metadata-damaged"}:
            restore = partial(restore_metadata, bucket, project, finding.filename)
            repair.attempt([finding], _persistent(backoff, finding, restore))
    _mend_what_is_beside(bucket, project, todo, repair, backoff)
    if unlisted := [finding for finding in todo if finding.kind == "unlisted"]:
        _list_all(bucket, look, unlisted, repair, backoff)
    for finding in todo:
        if finding.kind in LOST:
            repair.attempt([finding], lambda: rebuild_record(bucket, look, backoff, until=until))
        elif finding.kind.startswith("page-"):
            repair.attempt([finding], lambda: rewrite_page(bucket, project, backoff))


def _mend_what_is_beside(
    bucket: Bucket, project: Project, todo: Sequence[Finding], repair: Repair, backoff: Backoff
) -> None:
    """Headers, which Python a file needs, and a record that says what does not follow from itself."""
    for finding in todo:
        if finding.kind == "headers" and finding.filename:
            renew = partial(renew_object, bucket, project, finding.filename, finding.key)
            repair.attempt([finding], _persistent(backoff, finding, renew))
        elif finding.kind == "requires-python":
            correct = partial(correct_requirement, bucket, project, finding.filename, backoff)
            repair.attempt([finding], correct)
    kinds = {"headers", "record-differs"}
    if documents := [finding for finding in todo if finding.kind in kinds and not finding.filename]:
        repair.attempt(documents, lambda: renew_record(bucket, project, backoff))


def _persistent(backoff: Backoff, finding: Finding, step: Callable[[], Answer]) -> Callable[[], Answer]:
    """The step, tried again where another repair writes the same object."""
    return lambda: backoff.persist(finding.key, lambda _again: step())


def _list_all(
    bucket: Bucket, look: Look, unlisted: Sequence[Finding], repair: Repair, backoff: Backoff
) -> None:
    """Put every file that is in order on the record, all in one step, as its upload would have."""
    files: list[File] = []
    ready: list[Finding] = []
    for finding in unlisted:
        try:
            read = partial(read_unlisted, bucket, look.project, finding.filename)
            files.append(_persistent(backoff, finding, read)())
            ready.append(finding)
        except RepositoryError as error:
            repair.fail([finding], error)
    if files:
        repair.attempt(ready, lambda: _list(bucket, look.project, files, backoff, known=look.in_root))


def _list(bucket: Bucket, project: Project, files: Sequence[File], backoff: Backoff, *, known: bool) -> str:
    index = ProjectIndex.read(bucket, project, known=known)
    list_files(bucket, index, files, backoff)
    return "listed, by what the object says of itself"
