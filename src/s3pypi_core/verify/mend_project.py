"""Mending one project: look, mend what can be mended, and look again until nothing changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from s3pypi_core.errors import RepositoryError
from s3pypi_core.project_index import ProjectIndex, list_files
from s3pypi_core.verify.rebuild import rebuild_record, rewrite_page
from s3pypi_core.verify.renew import correct_requirement, renew_object, renew_record
from s3pypi_core.verify.restore import read_unlisted, restore_file, restore_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket
    from s3pypi_core.record import File
    from s3pypi_core.verify.finding import Finding, Kind
    from s3pypi_core.verify.look import Look
    from s3pypi_core.verify.mend import Repair
    from s3pypi_edge.keys import Project

Answer = TypeVar("Answer")


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
        _mend_all(_Round(bucket, seen, repair, backoff, until), todo)
        seen, findings = look()
    return seen, findings


@dataclass(frozen=True)
class _Round:
    """One look at the project, and what is needed to mend what it shows."""

    bucket: Bucket
    look: Look
    repair: Repair
    backoff: Backoff
    until: datetime

    @property
    def project(self) -> Project:
        return self.look.project

    def persist(self, finding: Finding, step: Callable[[], Answer]) -> Answer:
        """Take the step, again where another repair writes the same object."""
        return self.backoff.persist(finding.key, lambda _again: step())


def _mend_all(this: _Round, todo: Sequence[Finding]) -> None:
    for mend in dict.fromkeys(_REPAIRS.values()):
        if findings := [finding for finding in todo if _REPAIRS[finding.kind] is mend]:
            mend(this, findings)


def _restore_files(this: _Round, findings: Sequence[Finding]) -> None:
    for finding in findings:
        restore = partial(restore_file, this.bucket, this.project, finding.filename)
        this.repair.attempt([finding], partial(this.persist, finding, restore))


def _restore_metadata(this: _Round, findings: Sequence[Finding]) -> None:
    for finding in findings:
        restore = partial(restore_metadata, this.bucket, this.project, finding.filename)
        this.repair.attempt([finding], partial(this.persist, finding, restore))


def _correct_requirements(this: _Round, findings: Sequence[Finding]) -> None:
    for finding in findings:
        correct = partial(correct_requirement, this.bucket, this.project, finding.filename, this.backoff)
        this.repair.attempt([finding], correct)


def _renew(this: _Round, findings: Sequence[Finding]) -> None:
    """Store files again one by one; one more generation of the record mends all else."""
    for finding in (finding for finding in findings if finding.filename):
        renew = partial(renew_object, this.bucket, this.project, finding.filename, finding.key)
        this.repair.attempt([finding], partial(this.persist, finding, renew))
    if documents := [finding for finding in findings if not finding.filename]:
        this.repair.attempt(documents, lambda: renew_record(this.bucket, this.project, this.backoff))


def _list_all(this: _Round, unlisted: Sequence[Finding]) -> None:
    """Put every file that is in order on the record, all in one step, as its upload would have."""
    files: list[File] = []
    ready: list[Finding] = []
    for finding in unlisted:
        try:
            read = partial(read_unlisted, this.bucket, this.project, finding.filename)
            files.append(this.persist(finding, read))
            ready.append(finding)
        except RepositoryError as error:
            this.repair.fail([finding], error)
    if files:
        this.repair.attempt(ready, lambda: _list(this, files))


def _list(this: _Round, files: Sequence[File]) -> str:
    index = ProjectIndex.read(this.bucket, this.project, known=this.look.in_root)
    list_files(this.bucket, index, files, this.backoff)
    return "listed, by what the object says of itself"


def _rebuild(this: _Round, findings: Sequence[Finding]) -> None:
    rebuild = partial(rebuild_record, this.bucket, this.look, this.backoff, until=this.until)
    this.repair.attempt(findings, rebuild)


def _rewrite_page(this: _Round, findings: Sequence[Finding]) -> None:
    this.repair.attempt(findings, lambda: rewrite_page(this.bucket, this.project, this.backoff))


# In the order of a round: the objects, what lists them, and the page, which is made from that.
_REPAIRS: dict[Kind, Callable[[_Round, Sequence[Finding]], None]] = {
    "file-missing": _restore_files,
    "file-damaged": _restore_files,
    "metadata-missing": _restore_metadata,
    "metadata-damaged": _restore_metadata,
    "requires-python": _correct_requirements,
    "headers": _renew,
    "record-differs": _renew,
    "unlisted": _list_all,
    "record-missing": _rebuild,
    "record-unreadable": _rebuild,
    "record-behind": _rebuild,
    "page-missing": _rewrite_page,
    "page-stale": _rewrite_page,
    "page-damaged": _rewrite_page,
}
