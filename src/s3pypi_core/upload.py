"""Uploading: files first, then the records that list them, then the pages and the root.

At every moment in between the repository installs what it did before, and the same command again
finishes what a crash interrupted.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

from s3pypi_core.bucket import CONNECTIONS
from s3pypi_core.bucket_clock import bucket_time
from s3pypi_core.errors import Interruption, RepositoryError
from s3pypi_core.file import File
from s3pypi_core.move_in.offer import as_upload_time
from s3pypi_core.plan import SeveralErrors, Survey
from s3pypi_core.progress import SILENT, Tally
from s3pypi_core.project_index import Listed, bring_page_up_to_date, list_files
from s3pypi_core.record import NameTaken
from s3pypi_core.root_index import name_projects
from s3pypi_core.send import send

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor, Future

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket
    from s3pypi_core.distribution import Distribution
    from s3pypi_core.plan import Outcome, Plan
    from s3pypi_core.progress import Progress
    from s3pypi_edge.keys import Project

T = TypeVar("T")

Answer = File | Literal["skipped"] | RepositoryError


@dataclass(frozen=True)
class Report:
    """What became of each file whose project is in order, and what went wrong elsewhere."""

    outcomes: Mapping[str, Outcome]
    errors: Sequence[RepositoryError] = ()


class UploadInterrupted(Interruption):
    """Ctrl-C during an upload; says which projects show all that was to be uploaded, and which may not.

    With neither, nothing had been written yet.
    """

    def __init__(self, visible: Sequence[Project], hidden: Sequence[Project]) -> None:
        self.visible = visible
        self.hidden = hidden
        shown = {"visible now": visible, "not visible yet, or not everywhere": hidden}
        parts = [f"{words}: {', '.join(projects)}" for words, projects in shown.items() if projects]
        super().__init__(
            "; ".join(["interrupted", *(parts or ["nothing was changed"])]),
            "run the same command again: it finishes what is left to do",
        )


def rehearse(plan: Plan, bucket: Bucket) -> Report:
    """What ``upload`` would do, as far as reading can tell. Raises what Survey.take raises."""
    with _workers() as pool:
        return Report(Survey.take(plan, bucket, pool).outcomes)


def upload(
    plan: Plan,
    bucket: Bucket,
    *,
    upload_time: str | None = None,
    backoff: Backoff,
    progress: Progress = SILENT,
) -> Report:
    """Upload all of ``plan``.

    ``upload_time`` is what the index says of new files (``2026-11-22T10:00:00.000000Z``); without one, the
    clock of the bucket tells, which costs no request.
    Raises what Survey.take raises, with nothing written. What goes wrong later ends its own project
    only, and stands in the report's ``errors``. A Ctrl-C becomes UploadInterrupted, once
    nothing is under way.
    """
    publication: _Publication | None = None
    stop = threading.Event()
    try:
        with _workers() as pool:
            try:
                survey = Survey.take(plan, bucket, pool)
                time = upload_time or as_upload_time(bucket_time(bucket))  # the survey has read the root
                publication = _Publication(plan, survey, bucket, time, backoff, progress, stop)
                return publication.run(pool)
            except KeyboardInterrupt:
                stop.set()
                progress.stopping()
                raise
    except KeyboardInterrupt:
        if publication is None:
            raise UploadInterrupted([], []) from None
        visible = publication.visible()
        raise UploadInterrupted(visible, [p for p in plan.projects if p not in visible]) from None


@dataclass(frozen=True)
class _Publication:
    """An upload under way, once nothing stands against it; what has a default is filled as it goes.

    ``shown`` has the projects that are through, each with what went wrong; ``refused`` are those whose record
    could not be written, so that nobody knows what it lists by now; ``named`` those on the root.
    """

    plan: Plan
    survey: Survey
    bucket: Bucket
    upload_time: str
    backoff: Backoff
    progress: Progress
    stop: threading.Event
    answers: dict[str, Answer] = field(default_factory=dict)
    listed: dict[Project, Listed] = field(default_factory=dict)
    shown: dict[Project, RepositoryError | None] = field(default_factory=dict)
    refused: set[Project] = field(default_factory=set)
    named: set[Project] = field(default_factory=set)

    def run(self, pool: Executor) -> Report:
        """Do all of it: a project goes on when its files are there; the root is written beside the pages."""
        self._begin()
        listing = [pool.submit(self._list, project) for project in self._sent_projects(pool)]
        showing = [pool.submit(self._show, project) for project in _results(listing)]
        root_errors = self._name()
        for _ in _results(showing):
            pass
        errors = [error for project in self.plan.projects if (error := self.shown[project])]
        outcomes = {d.filename: self._outcome(d) for d in self.plan if self._is_done(d)}
        return Report(outcomes, errors + root_errors)

    def visible(self) -> list[Project]:
        """The projects of which everybody sees all that was to be uploaded."""
        shown = [project for project, error in self.shown.items() if error is None]
        return [project for project in self.plan.projects if project in self.named and project in shown]

    def _begin(self) -> None:
        self.named.update(project for project in self.plan.projects if project in self.survey.root.root)
        self.progress.begin(sum(d.size for d in self.plan if self._is_new(d)))
        for distribution in self.plan:
            if not self._is_new(distribution):
                self.progress.finished(distribution.filename, self._outcome(distribution))

    def _is_done(self, distribution: Distribution) -> bool:
        """Whether its project is in order, or it was listed before and nothing has been seen against it."""
        project = distribution.project
        was_listed = not self._is_new(distribution) and project not in self.refused
        return self.shown[project] is None or was_listed

    def _is_new(self, distribution: Distribution) -> bool:
        return self.survey.outcomes[distribution.filename] == "uploaded"

    def _sent_projects(self, pool: Executor) -> Iterator[Project]:
        """Send what the index does not list yet; yield each project when none of its files is under way."""
        new = [distribution for distribution in self.plan if self._is_new(distribution)]
        pending = Counter(distribution.project for distribution in new)
        sending = [pool.submit(self._send, distribution) for distribution in new]
        yield from [project for project in self.plan.projects if not pending[project]]
        for project in _results(sending):
            pending[project] -= 1
            if not pending[project]:
                yield project

    def _send(self, distribution: Distribution) -> Project:
        tally = Tally(self.progress, self.stop)
        answer = self._attempt(distribution, tally)
        self.answers[distribution.filename] = answer
        if not isinstance(answer, RepositoryError):
            tally.complete(distribution.size)
            self.progress.finished(distribution.filename, _said(answer))
        return distribution.project

    def _attempt(self, distribution: Distribution, tally: Tally) -> Answer:
        try:
            return send(self.bucket, distribution, self.upload_time, self.backoff, tally.count)
        except NameTaken as error:
            return "skipped" if self.plan.skip_existing else error
        except RepositoryError as error:
            return error

    def _list(self, project: Project) -> Project:
        """Bring the project's record up to date, unless one of its files failed."""
        names = [distribution.filename for distribution in self.plan.projects[project]]
        sent = [self.answers.get(name) for name in names]
        files = [answer for answer in sent if isinstance(answer, File)]
        counted_on = [name for name in names if self.survey.outcomes[name] == "already there"]
        index = self.survey.indexes[project]
        if errors := [answer for answer in sent if isinstance(answer, RepositoryError)]:
            self.shown[project] = SeveralErrors(errors)
            return project
        try:
            self.listed[project] = list_files(self.bucket, index, files, self.backoff, counted_on=counted_on)
        except RepositoryError as error:
            self.shown[project] = error
            self.refused.add(project)
        return project

    def _show(self, project: Project) -> None:
        """Bring the project's page up to date, if its record is."""
        if project not in self.listed:
            return
        try:
            bring_page_up_to_date(self.bucket, self.listed[project].index, self.backoff)
        except RepositoryError as error:
            self.shown[project] = error
        else:
            self.shown[project] = None

    def _name(self) -> list[RepositoryError]:
        """Let the root name every project that lists a file; return what went wrong.

        A name that the root had when it was read counts only where the record listed a file before:
        otherwise a deletion may have emptied the project, and taken its name off the root, meanwhile. A name
        that it lacked is put on it, unless somebody changed the root, and then it is read again.
        """
        filled = {project: found for project, found in self.listed.items() if found.index.record.files}
        doubtful = [project for project, found in filled.items() if not found.listed_before]
        read_first = any(project in self.survey.root.root for project in doubtful)
        try:
            name_projects(self.bucket, self.survey.root, list(filled), self.backoff, read_first=read_first)
        except RepositoryError as error:
            return [error]
        self.named.update(filled)
        return []

    def _outcome(self, distribution: Distribution) -> Outcome:
        answer = self.answers.get(distribution.filename)
        if answer is None or isinstance(answer, RepositoryError):
            return self.survey.outcomes[distribution.filename]
        return _said(answer)


def _results(futures: Iterable[Future[T]]) -> Iterator[T]:
    """What they return, as soon as they do."""
    return (future.result() for future in as_completed(futures))


def _said(answer: File | Literal["skipped"]) -> Outcome:
    """What this upload lists is new, also where the bytes were in the bucket before, and nobody saw them."""
    return "uploaded" if isinstance(answer, File) else answer


@contextlib.contextmanager
def _workers() -> Iterator[Executor]:
    """Threads for requests; whatever ends the block, no request is begun after it, and none goes on."""
    pool = ThreadPoolExecutor(CONNECTIONS)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
