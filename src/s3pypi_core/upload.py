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
from s3pypi_core.progress import SILENT
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
    from s3pypi_core.progress import Progress
    from s3pypi_edge.keys import Project

WORKERS = 16  # requests under way at once

Answer = Sent | Literal["skipped"] | RepositoryError


@dataclass(frozen=True)
class Report:
    """What became of each file whose project is in order, and what went wrong elsewhere."""

    outcomes: Mapping[str, Outcome]
    errors: Sequence[RepositoryError] = ()


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during an upload; says which projects show all that was to be uploaded, and which may not."""

    def __init__(self, visible: Sequence[Project], hidden: Sequence[Project]) -> None:
        shown = {"visible now": visible, "not visible yet, or not everywhere": hidden}
        parts = [f"{words}: {', '.join(projects)}" for words, projects in shown.items() if projects]
        self.message = "; ".join(["interrupted", *parts])
        self.hint = "run the same command again: it finishes what is left to do"
        super().__init__(self.message)


def rehearse(plan: Plan, bucket: Bucket) -> Report:
    """What ``upload`` would do, as far as reading can tell. Raises what Survey.take raises."""
    with _workers() as pool:
        return Report(Survey.take(plan, bucket, pool).outcomes)


def upload(
    plan: Plan, bucket: Bucket, *, upload_time: str, backoff: Backoff, progress: Progress = SILENT
) -> Report:
    """Upload all of ``plan``.

    ``upload_time`` is what the index says of new files (``2026-11-22T10:00:00.000000Z``).
    Raises what Survey.take raises, with nothing written. What goes wrong later ends its own project
    only, and stands in the report's ``errors``. A Ctrl-C becomes Interrupted.
    """
    named: set[Project] = set()  # by the root, as it is known to be
    finished: dict[Project, Listed | RepositoryError] = {}
    try:
        with _workers() as pool:
            survey = Survey.take(plan, bucket, pool)
            named.update(project for project in plan.projects if project in survey.root.root)
            sender = _Sender(plan, survey, bucket, upload_time, backoff, progress)
            answers = sender.send_all(pool)
            _finish_projects(plan, survey, answers, bucket, pool, backoff, finished)
            listed = [found for found in finished.values() if isinstance(found, Listed)]
            errors = [error for error in finished.values() if isinstance(error, RepositoryError)]
            errors += _finish_root(survey, listed, bucket, backoff)
    except KeyboardInterrupt:
        visible = [p for p in plan.projects if p in named and isinstance(finished.get(p), Listed)]
        raise Interrupted(visible, [p for p in plan.projects if p not in visible]) from None
    in_order = {found.index.record.project for found in listed}
    outcomes = {d.filename: _outcome(d, survey, answers) for d in plan if d.project in in_order}
    return Report(outcomes, errors)


@dataclass(frozen=True)
class _Sender:
    """Sends what the index does not list yet."""

    plan: Plan
    survey: Survey
    bucket: Bucket
    upload_time: str
    backoff: Backoff
    progress: Progress

    def send_all(self, pool: Executor) -> dict[str, Answer]:
        """Send the files side by side; return what became of each, by its name."""
        new = [d for d in self.plan if self.survey.outcomes[d.filename] == "uploaded"]
        self.progress.begin(sum(distribution.size for distribution in new))
        for distribution in self.plan:
            outcome = self.survey.outcomes[distribution.filename]
            if outcome != "uploaded":
                self.progress.finished(distribution.filename, outcome)
        return {d.filename: answer for d, answer in zip(new, pool.map(self._send, new), strict=True)}

    def _send(self, distribution: Distribution) -> Answer:
        answer = self._attempt(distribution)
        if not isinstance(answer, RepositoryError):
            self.progress.sent(distribution.size)
            self.progress.finished(distribution.filename, _said(answer))
        return answer

    def _attempt(self, distribution: Distribution) -> Answer:
        try:
            return send(self.bucket, distribution, self.upload_time, self.backoff)
        except NameTaken as error:
            return "skipped" if self.plan.skip_existing else error
        except RepositoryError as error:
            return error


def _finish_projects(
    plan: Plan,
    survey: Survey,
    answers: Mapping[str, Answer],
    bucket: Bucket,
    pool: Executor,
    backoff: Backoff,
    finished: dict[Project, Listed | RepositoryError],
) -> None:
    """Bring each project's record and page up to date, unless one of its files failed; fill ``finished``."""

    def attempt(project: Project) -> Listed | RepositoryError:
        names = [distribution.filename for distribution in plan.projects[project]]
        sent = [answers.get(name) for name in names]
        if errors := [answer for answer in sent if isinstance(answer, RepositoryError)]:
            return Refused(errors)
        files = [answer.file for answer in sent if isinstance(answer, Sent)]
        counted_on = [name for name in names if survey.outcomes[name] == "already there"]
        try:
            listed = list_files(bucket, survey.indexes[project], files, backoff, counted_on=counted_on)
            bring_page_up_to_date(bucket, listed.index, backoff)
        except RepositoryError as error:
            return error
        return listed

    def finish(project: Project) -> None:
        finished[project] = attempt(project)

    for _ in pool.map(finish, plan.projects):
        pass


def _finish_root(
    survey: Survey, listed: Sequence[Listed], bucket: Bucket, backoff: Backoff
) -> list[RepositoryError]:
    """Name every project that lists a file; return what went wrong.

    A name that the root had when it was read counts only where the record listed a file before: otherwise
    a deletion may have emptied the project, and taken its name off the root, meanwhile. A name that it
    lacked is put on it, unless somebody changed the root, and then it is read again.
    """
    filled = [found for found in listed if found.index.record.files]
    projects = [found.index.record.project for found in filled]
    doubtful = [found.index.record.project for found in filled if not found.listed_before]
    read_first = any(project in survey.root.root for project in doubtful)
    try:
        name_projects(bucket, survey.root, projects, backoff, read_first=read_first)
    except RepositoryError as error:
        return [error]
    return []


def _outcome(distribution: Distribution, survey: Survey, answers: Mapping[str, Answer]) -> Outcome:
    answer = answers.get(distribution.filename)
    if answer is None or isinstance(answer, RepositoryError):
        return survey.outcomes[distribution.filename]
    return _said(answer)


def _said(answer: Sent | Literal["skipped"]) -> Outcome:
    if isinstance(answer, Sent):
        return "uploaded" if answer.created else "already there"
    return answer


@contextlib.contextmanager
def _workers() -> Iterator[Executor]:
    """Threads for requests; whatever ends the block, no request is begun after it.

    A Ctrl-C does not wait for those under way here; the end of the program does.
    """
    pool = ThreadPoolExecutor(WORKERS)
    is_patient = True
    try:
        yield pool
    except KeyboardInterrupt:
        is_patient = False
        raise
    finally:
        pool.shutdown(wait=is_patient, cancel_futures=True)
