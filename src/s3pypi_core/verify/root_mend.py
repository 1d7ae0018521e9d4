"""How what is wrong with the root pair is mended: by the kind of the finding, and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from s3pypi_core.errors import repair_hint
from s3pypi_core.root_index import RootIndex, name_projects, settle_project
from s3pypi_core.verify.rebuild import lists_files, rebuild_root, rewrite_root_page
from s3pypi_core.verify.renew import renew_root
from s3pypi_core.verify.restore import CannotMend

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket
    from s3pypi_core.verify.finding import Finding, Kind
    from s3pypi_core.verify.mend import Repair
    from s3pypi_edge.keys import Project


@dataclass(frozen=True)
class _Round:
    bucket: Bucket
    listing: Collection[Project]
    repair: Repair
    backoff: Backoff
    whole: bool


def mend_root(
    bucket: Bucket,
    todo: Sequence[Finding],
    listing: Collection[Project],
    repair: Repair,
    backoff: Backoff,
    *,
    whole: bool,
) -> None:
    """Mend the root's record, then its page. ``whole`` says that ``listing`` is all there is."""
    this = _Round(bucket, listing, repair, backoff, whole)
    for mend in dict.fromkeys(_REPAIRS.values()):
        # A kind that has no repair is a bug: whatever was done instead could rewrite the list of projects.
        if findings := [finding for finding in todo if _REPAIRS[finding.kind] is mend]:
            mend(this, findings)


def _name(this: _Round, lacks: Sequence[Finding]) -> None:
    """Name what still lists a file: a deletion may have emptied a project since."""

    def name() -> str:
        lacking = [finding.project for finding in lacks if finding.project]
        projects = [project for project in lacking if lists_files(this.bucket, project)]
        name_projects(this.bucket, RootIndex.read(this.bucket), projects, this.backoff, read_first=True)
        return "named"

    this.repair.attempt(lacks, name)


def _renew(this: _Round, findings: Sequence[Finding]) -> None:
    this.repair.attempt(findings, lambda: renew_root(this.bucket, this.backoff))


def _take_off(this: _Round, empty: Sequence[Finding]) -> None:
    """End what a deletion began; where an upload lists a file meanwhile, the name stays."""

    def take_off(project: Project) -> str:
        settle_project(this.bucket, project, this.backoff)
        return "taken off, as the record lists no file"

    named = [(finding, finding.project) for finding in empty if finding.project]
    for finding, project in named:
        this.repair.attempt([finding], partial(take_off, project))


def _rewrite_page(this: _Round, findings: Sequence[Finding]) -> None:
    this.repair.attempt(findings, lambda: rewrite_root_page(this.bucket, this.backoff))


def _rebuild(this: _Round, findings: Sequence[Finding]) -> None:
    """Write the list of projects again, from all of them."""

    def rebuild() -> str:
        if not this.whole:
            raise CannotMend(
                "it needs a look at all projects, without names, and without an error", repair_hint()
            )
        return rebuild_root(this.bucket, this.listing, this.backoff)

    this.repair.attempt(findings, rebuild)


# In the order of a round: the record, and then what is made from it.
_REPAIRS: dict[Kind, Callable[[_Round, Sequence[Finding]], None]] = {
    "root-lacks": _name,
    "root-differs": _renew,
    "root-headers": _renew,
    "root-empty": _take_off,
    "root-page": _rewrite_page,
    "root-missing": _rebuild,
    "root-unreadable": _rebuild,
    "root-behind": _rebuild,
}
