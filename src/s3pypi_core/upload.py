"""Uploading: files first, then the records that list them, then the pages and the root.

At every moment in between the repository installs what it did before, and the same command again
finishes what a crash interrupted.
"""

from __future__ import annotations

import threading
from concurrent.futures import as_completed
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Literal

from s3pypi_core.bucket import CONNECTIONS
from s3pypi_core.errors import RepositoryError
from s3pypi_core.plan import Refused, Survey
from s3pypi_core.progress import SILENT, Tally
from s3pypi_core.project_index import Listed, bring_page_up_to_date, list_files
from s3pypi_core.record import NameTaken
from s3pypi_core.root_index import name_projects
from s3pypi_core.send import Sent, send
from s3pypi_core.workers import workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor, Future

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket
    from s3pypi_core.distribution import Distribution
    from s3pypi_core.plan import Outcome, Plan
    from s3pypi_core.progress import Progress
    from s3pypi_edge.keys import Project


Answer = Sent | Literal["skipped"] | RepositoryError


@dataclass(frozen=True)
class Report:
    """What became of each file whose project is in order, and what went wrong elsewhere."""

    outcomes: Mapping[str, Outcome]
    errors: Sequence[RepositoryError] = ()


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during an upload; says which projects show all that was to be uploaded, and which may not."""

    def __init__(self, visible: Sequence[Project], hidden: Sequence[Project]) -> None:
        self.visible = visible
        self.hidden = hidden
        parts = ["interrupted"]
        if visible:
            parts.append(f"visible now: {', '.join(visible)}")
        if hidden:
            parts.append(f"not visible yet, or not everywhere: {', '.join(hidden)}")
        self.message = "; ".join(parts)
        self.hint = "run the same command again: it finishes what is left to do"
        super().__init__(self.message)


def rehearse(plan: Plan, bucket: Bucket) -> Report:
    """What ``upload`` would do, as far as reading can tell. Raises what Survey.take raises."""
    with workers(CONNECTIONS) as pool:
        return Report(Survey.take(plan, bucket, pool).outcomes)


def upload(
    plan: Plan, bucket: Bucket, *, upload_time: str, backoff: Backoff, progress: Progress = SILENT
) -> Report:
    """Upload all of ``plan``.

    ``upload_time`` is what the index says of new files (``2026-11-22T10:00:00.000000Z``).
    Raises what Survey.take raises, with nothing written. What goes wrong later ends its own project
    only, and stands in the report's ``errors``. A Ctrl-C becomes Interrupted, within seconds.
    """
    with workers(CONNECTIONS) as pool:
        try:
            survey = Survey.take(plan, bucket, pool)
        except KeyboardInterrupt:
            raise Interrupted([], list(plan.projects)) from None
        publication = _Publication(plan, survey, bucket, upload_time, backoff, progress)
        try:
            return publication.run(pool)
        except KeyboardInterrupt:
            publication.stopped.set()
            pool.end()
            raise publication.interrupted() from None


@dataclass
class _Publication:
    """An upload under way, once nothing stands against it."""

    plan: Plan
    survey: Survey
    bucket: Bucket
    upload_time: str
    backoff: Backoff
    progress: Progress
    stopped: threading.Event = field(default_factory=threading.Event)
    answers: dict[str, Answer] = field(default_factory=dict)
    recorded: SimpleQueue[Listed | None] = field(default_factory=SimpleQueue)
    finishing: dict[Project, Future[Listed | RepositoryError]] = field(default_factory=dict)
    root_is_finished: bool = False

    def run(self, pool: Executor) -> Report:
        """Do all of it. Pages and the root are written side by side, once the records are."""
        self._begin()
        for project in self._projects_whose_files_are_sent(pool):
            self.finishing[project] = pool.submit(self._finish_project, project)
        recorded = [self.recorded.get() for _ in self.finishing]
        errors = self._finish_root([listed for listed in recorded if listed is not None])
        finished = [future.result() for future in self.finishing.values()]
        in_order = {found.index.record.project for found in finished if isinstance(found, Listed)}
        outcomes = {d.filename: self._outcome(d) for d in self.plan if d.project in in_order}
        return Report(outcomes, [found for found in finished if isinstance(found, RepositoryError)] + errors)

    def interrupted(self) -> Interrupted:
        """How far it has come, when nothing is under way any more."""
        visible = [project for project in self.plan.projects if self._is_visible(project)]
        return Interrupted(visible, [project for project in self.plan.projects if project not in visible])

    def _begin(self) -> None:
        self.progress.begin(sum(d.size for d in self.plan if self._is_new(d)))
        for distribution in self.plan:
            if not self._is_new(distribution):
                self.progress.finished(distribution.filename, self._outcome(distribution))

    def _is_new(self, distribution: Distribution) -> bool:
        return self.survey.outcomes[distribution.filename] == "uploaded"

    def _projects_whose_files_are_sent(self, pool: Executor) -> Iterator[Project]:
        """Send what the index does not list yet; yield each project once none of its files is under way."""
        missing = {
            project: {distribution.filename for distribution in distributions if self._is_new(distribution)}
            for project, distributions in self.plan.projects.items()
        }
        sending = [pool.submit(self._send, d) for d in self.plan if self._is_new(d)]
        yield from [project for project, names in missing.items() if not names]
        for future in as_completed(sending):
            sent = future.result()
            missing[sent.project].remove(sent.filename)
            if not missing[sent.project]:
                yield sent.project

    def _send(self, distribution: Distribution) -> Distribution:
        tally = Tally(self.progress, self.stopped)
        try:
            answer: Answer = send(self.bucket, distribution, self.upload_time, self.backoff, tally.count)
        except NameTaken as error:
            answer = "skipped" if self.plan.skip_existing else error
        except RepositoryError as error:
            answer = error
        self.answers[distribution.filename] = answer
        if not isinstance(answer, RepositoryError):
            tally.complete(distribution.size)
            self.progress.finished(distribution.filename, self._outcome(distribution))
        return distribution

    def _finish_project(self, project: Project) -> Listed | RepositoryError:
        """Bring the project's record and page up to date, unless one of its files failed."""
        listed = None
        try:
            listed = self._finish_record(project)
        except RepositoryError as error:
            return error
        finally:
            self.recorded.put(listed)
        try:
            bring_page_up_to_date(self.bucket, listed.index, self.backoff)
        except RepositoryError as error:
            return error
        return listed

    def _finish_record(self, project: Project) -> Listed:
        sent = [self.answers.get(distribution.filename) for distribution in self.plan.projects[project]]
        if errors := [answer for answer in sent if isinstance(answer, RepositoryError)]:
            raise Refused(errors)
        files = [answer.file for answer in sent if isinstance(answer, Sent)]
        return list_files(self.bucket, self.survey.indexes[project], files, self.backoff)

    def _finish_root(self, listed: Iterable[Listed]) -> list[RepositoryError]:
        """Name every project that lists a file."""
        filled = [found for found in listed if found.index.record.files]
        projects = [found.index.record.project for found in filled]
        # A name that the root had when it was read may have been taken off, if its project was empty
        # at any time since. A name that it lacked is put on it, or somebody changed it and it is read again.
        doubtful = [found for found in filled if not found.listed_before]
        read_first = any(found.index.record.project in self.survey.root.root for found in doubtful)
        try:
            name_projects(self.bucket, self.survey.root, projects, self.backoff, read_first=read_first)
        except RepositoryError as error:
            return [error]
        self.root_is_finished = True
        return []

    def _outcome(self, distribution: Distribution) -> Outcome:
        answer = self.answers.get(distribution.filename)
        if isinstance(answer, Sent):
            return "uploaded" if answer.created else "already there"
        return "skipped" if answer else self.survey.outcomes[distribution.filename]

    def _is_visible(self, project: Project) -> bool:
        future = self.finishing.get(project)
        if future is None or not future.done() or future.cancelled() or future.exception():
            return False
        named = self.root_is_finished or project in self.survey.root.root
        return named and isinstance(future.result(), Listed)
