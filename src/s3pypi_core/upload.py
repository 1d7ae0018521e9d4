"""Uploading: files first, then the records that list them, then the pages, then the root.

At every moment in between the repository installs what it did before, and the same command again
finishes what a crash interrupted.
"""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from s3pypi_core.errors import RepositoryError
from s3pypi_core.plan import Refused, Survey
from s3pypi_core.project_index import Listed, bring_page_up_to_date, list_files
from s3pypi_core.record import NameTaken
from s3pypi_core.root_index import name_projects
from s3pypi_core.send import Sent, send

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket
    from s3pypi_core.distribution import Distribution
    from s3pypi_core.plan import Outcome, Plan
    from s3pypi_edge.keys import Project

WORKERS = 16  # requests under way at once

Answer = Sent | Literal["skipped"] | RepositoryError


@dataclass(frozen=True)
class Report:
    """What became of each file whose project is in order, and what went wrong elsewhere."""

    outcomes: Mapping[str, Outcome]
    errors: Sequence[RepositoryError] = ()


def rehearse(plan: Plan, bucket: Bucket) -> Report:
    """What ``upload`` would do, as far as reading can tell. Raises what Survey.take raises."""
    with _workers() as pool:
        return Report(Survey.take(plan, bucket, pool).outcomes)


def upload(plan: Plan, bucket: Bucket, *, upload_time: str, backoff: Backoff) -> Report:
    """Upload all of ``plan``.

    ``upload_time`` is what the index says of new files (``2026-11-22T10:00:00.000000Z``).
    Raises what Survey.take raises, with nothing written. What goes wrong later ends its own project
    only, and stands in the report's ``errors``.
    """
    with _workers() as pool:
        survey = Survey.take(plan, bucket, pool)
        answers = _send_files(plan, survey, bucket, pool, upload_time, backoff)
        finished = _finish_projects(plan, survey, answers, bucket, pool, backoff)
    listed = [found for found in finished.values() if isinstance(found, Listed)]
    errors = [error for error in finished.values() if isinstance(error, RepositoryError)]
    try:
        _finish_root(survey, listed, bucket, backoff)
    except RepositoryError as error:
        errors.append(error)
    in_order = {found.index.record.project for found in listed}
    outcomes = {d.filename: _outcome(d, survey, answers) for d in plan if d.project in in_order}
    return Report(outcomes, errors)


def _send_files(
    plan: Plan, survey: Survey, bucket: Bucket, pool: Executor, upload_time: str, backoff: Backoff
) -> dict[str, Answer]:
    """Send what the index does not list yet; what became of it, by file name."""

    def attempt(distribution: Distribution) -> Answer:
        try:
            return send(bucket, distribution, upload_time, backoff)
        except NameTaken as error:
            return "skipped" if plan.skip_existing else error
        except RepositoryError as error:
            return error

    new = [distribution for distribution in plan if survey.outcomes[distribution.filename] == "uploaded"]
    return {d.filename: answer for d, answer in zip(new, pool.map(attempt, new), strict=True)}


def _finish_projects(
    plan: Plan,
    survey: Survey,
    answers: Mapping[str, Answer],
    bucket: Bucket,
    pool: Executor,
    backoff: Backoff,
) -> dict[Project, Listed | RepositoryError]:
    """Bring each project's record and page up to date, unless one of its files failed."""

    def attempt(project: Project) -> Listed | RepositoryError:
        sent = [answers.get(distribution.filename) for distribution in plan.projects[project]]
        if errors := [answer for answer in sent if isinstance(answer, RepositoryError)]:
            return Refused(errors)
        files = [answer.file for answer in sent if isinstance(answer, Sent)]
        try:
            listed = list_files(bucket, survey.indexes[project], files, backoff)
            bring_page_up_to_date(bucket, listed.index, backoff)
        except RepositoryError as error:
            return error
        return listed

    return dict(zip(plan.projects, pool.map(attempt, plan.projects), strict=True))


def _finish_root(survey: Survey, listed: Sequence[Listed], bucket: Bucket, backoff: Backoff) -> None:
    """Name every project that lists a file.

    What was read of the root counts only where the record listed a file before: otherwise a deletion
    may have emptied the project, and taken its name off the root, meanwhile.
    """
    filled = [found for found in listed if found.index.record.files]
    projects = [found.index.record.project for found in filled]
    read_first = not all(found.listed_before for found in filled)
    name_projects(bucket, survey.root, projects, backoff, read_first=read_first)


def _outcome(distribution: Distribution, survey: Survey, answers: Mapping[str, Answer]) -> Outcome:
    answer = answers.get(distribution.filename)
    if isinstance(answer, Sent):
        return "uploaded" if answer.created else "already there"
    return "skipped" if answer else survey.outcomes[distribution.filename]


@contextlib.contextmanager
def _workers() -> Iterator[Executor]:
    """Threads for requests; whatever ends the block, no request is begun after it."""
    pool = ThreadPoolExecutor(WORKERS)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
