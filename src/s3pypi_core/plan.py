"""What an upload is asked to do, and what stands against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from s3pypi_core.errors import RepositoryError
from s3pypi_core.project_index import ProjectIndex
from s3pypi_core.record import NameTaken
from s3pypi_core.root_index import RootIndex
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, page_key, record_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    from s3pypi_core.bucket import Bucket
    from s3pypi_core.distribution import Distribution
    from s3pypi_edge.keys import Project

Outcome = Literal["uploaded", "already there", "skipped"]


@dataclass(frozen=True)
class Plan:
    """What to upload, by project. With ``skip_existing``, a taken name is no error."""

    projects: Mapping[Project, Sequence[Distribution]]
    skip_existing: bool = False

    @classmethod
    def of(cls, distributions: Iterable[Distribution], *, skip_existing: bool = False) -> Plan:
        """Group by project, wheels first; the same file given twice counts once.

        Raises RepositoryError when two different files have the same name.
        """
        by_name: dict[str, Distribution] = {}
        for distribution in distributions:
            known = by_name.setdefault(distribution.filename, distribution)
            if known.sha256 != distribution.sha256:
                raise RepositoryError(
                    f"{known.path} and {distribution.path} have the same name and different contents",
                    "give one of them",
                )
        projects: dict[Project, list[Distribution]] = {}
        for name in sorted(by_name, key=lambda name: (not name.endswith(".whl"), name)):
            projects.setdefault(by_name[name].project, []).append(by_name[name])
        return cls(projects, skip_existing)

    def __iter__(self) -> Iterator[Distribution]:
        for distributions in self.projects.values():
            yield from distributions


class SeveralErrors(RepositoryError):
    """Several errors at once, each with its own sentence."""

    def __init__(self, errors: Sequence[RepositoryError]) -> None:
        self.errors = errors
        hints = dict.fromkeys(error.hint for error in errors if error.hint)
        messages = dict.fromkeys(error.message for error in errors)
        super().__init__("\n".join(messages), "\n".join(hints))


@dataclass(frozen=True)
class Survey:
    """What the bucket held when it was read, and which files are still to be sent."""

    root: RootIndex
    indexes: Mapping[Project, ProjectIndex]
    outcomes: Mapping[str, Outcome]

    @classmethod
    def take(cls, plan: Plan, bucket: Bucket, pool: Executor) -> Survey:
        """Read the root once and every record and page, side by side; nothing is written.

        Raises SeveralErrors with all that stands against the plan, NoRepository, RecordLost,
        UnreadableDocument or BucketError.
        """
        keys = [ROOT_RECORD, ROOT_PAGE]
        for project in plan.projects:
            keys += [record_key(project), page_key(project)]
        found = dict(zip(keys, pool.map(bucket.get, keys), strict=True))
        root = RootIndex.of(bucket, found[ROOT_RECORD], found[ROOT_PAGE])
        indexes = {
            project: ProjectIndex.of(
                bucket,
                project,
                found[record_key(project)],
                found[page_key(project)],
                known=project in root.root,
            )
            for project in plan.projects
        }
        _check(plan, indexes)
        outcomes = {d.filename: _foreseen(d, indexes[d.project]) for d in plan}
        return cls(root, indexes, outcomes)


def _check(plan: Plan, indexes: Mapping[Project, ProjectIndex]) -> None:
    """Raise SeveralErrors if anything stands against the plan, before anything is written."""
    errors: list[RepositoryError] = []
    for project, distributions in plan.projects.items():
        record = indexes[project].record
        try:
            record.refuse_uploads_of([distribution.filename for distribution in distributions])
        except RepositoryError as error:
            errors.append(error)
        taken = [d.filename for d in distributions if _foreseen(d, indexes[project]) == "skipped"]
        if taken and not plan.skip_existing:
            errors.append(NameTaken(project, taken))
    if errors:
        raise SeveralErrors(errors)


def _foreseen(distribution: Distribution, index: ProjectIndex) -> Outcome:
    listed = index.record.file(distribution.filename)
    if listed is None:
        return "uploaded"
    return "already there" if listed.sha256 == distribution.sha256 else "skipped"
