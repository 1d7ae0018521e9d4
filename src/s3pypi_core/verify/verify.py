"""Verifying a whole repository, or some projects of it, with one listing and one read of each record."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, Protocol

from s3pypi_core.bucket import CONNECTIONS, BucketError
from s3pypi_core.verify.deep import read_bytes
from s3pypi_core.verify.doubt import doubted
from s3pypi_core.verify.finding import Finding
from s3pypi_core.verify.look import Look
from s3pypi_core.verify.mend import Left, Repair
from s3pypi_core.verify.mend_project import mend_project
from s3pypi_core.verify.parts import tend_parts
from s3pypi_core.verify.root_look import RootLook, is_so_still
from s3pypi_core.verify.root_mend import mend_root
from s3pypi_core.verify.verified import NoTraceOfProject, Verified, VerifyInterrupted
from s3pypi_edge.keys import PACKAGES, PAGE_NAME, RECORD_NAME, file_key, normalize, record_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket, Entry
    from s3pypi_core.errors import RepositoryError
    from s3pypi_edge.keys import Project

YOUNG = 24 * 60 * 60.0  # seconds; what is younger may be an upload that is under way
_AT_ONCE_DEEP = 8  # projects whose files are read at the same time
_LOOKS = 5  # at a project that others change meanwhile
_MOST_FAILURES = 10  # projects that cannot be read; with one more, the cause is not in the projects


class Watch(Protocol):
    """An audience; ``looked`` is called from any thread."""

    def begin(self, total: int) -> None:
        """Called once, with the number of projects that the root names, or that were asked for."""
        ...

    def looked(self, project: Project) -> None:
        """A project has been verified, and mended if that was asked for."""
        ...

    def stopping(self) -> None:
        """Called on Ctrl-C: nothing new is begun, and what is under way is waited for."""
        ...


@dataclass(frozen=True)
class Order:
    """What to verify; without ``projects``, all. ``young`` is in seconds."""

    projects: Sequence[Project] = ()
    deep: bool = False
    repair: bool = False
    young: float = YOUNG


class _Group(NamedTuple):
    """What one listing told of a project; None where the project is to be listed by itself."""

    project: Project
    entries: Mapping[str, Entry] | None


def verify(
    bucket: Bucket,
    order: Order,
    *,
    now: datetime,
    backoff: Backoff,
    watch: Watch,
    verified: Verified | None = None,
) -> Verified:
    """Look at everything that ``order`` names, and mend it if that is the order.

    ``verified`` is filled step by step, so that it tells what was done even if an error ends the run.
    It may run beside uploads: it disturbs none, and each finding was true at one moment. A project that
    cannot be read does not end the rest: see Verified. Raises NoRepository,
    VerifyInterrupted, and BucketError where the list of projects, or many of them, cannot be read.
    """
    run = _Run(bucket, order, now, backoff, watch, verified or Verified())
    try:
        run.run()
    except KeyboardInterrupt:
        raise VerifyInterrupted(run.verified) from None
    finally:
        run.verified.sort()
    return run.verified


@dataclass
class _Run:
    bucket: Bucket
    order: Order
    now: datetime
    backoff: Backoff
    watch: Watch
    verified: Verified = field(default_factory=Verified)
    listing: set[Project] = field(default_factory=set)  # projects whose records list or withhold a file
    empty: set[Project] = field(default_factory=set)  # projects that have nothing to offer or withhold
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        root = RootLook.take(self.bucket)
        self.watch.begin(len(self.order.projects or root.named))
        workers = _AT_ONCE_DEEP if self.order.deep or self.order.repair else CONNECTIONS
        with ThreadPoolExecutor(workers) as pool:
            room = threading.Semaphore(2 * workers)  # a listing runs ahead of what is read by this much
            try:
                futures: list[Future[None]] = []
                for group in self._groups(root.named):
                    room.acquire()
                    future = pool.submit(self._tend, group, group.project in root.named)
                    future.add_done_callback(lambda _done: room.release())
                    futures = [other for other in futures if not other.done() or other.result()] + [future]
                for future in futures:
                    future.result()
            except BaseException as error:
                self.stop.set()
                if isinstance(error, KeyboardInterrupt):
                    self.watch.stopping()
                pool.shutdown(cancel_futures=True)
                raise
        self._tend_root()
        folders = [file_key(project, "") for project in self.order.projects] or [PACKAGES]
        tend_parts(self.bucket, folders, self.order, self.now, self.verified)

    def _groups(self, named: Collection[Project]) -> Iterator[_Group]:
        if self.order.projects:
            yield from (_Group(project, None) for project in dict.fromkeys(self.order.projects))
            return
        seen: set[Project] = set()
        entries = (entry for entry in self.bucket.list(PACKAGES) if self._is_in_a_project(entry))
        for folder, found in groupby(entries, lambda entry: entry.key.split("/")[1]):
            project = normalize(folder)
            seen.add(project)
            yield _Group(project, {entry.key.removeprefix(file_key(project, "")): entry for entry in found})
        yield from (_Group(project, {}) for project in sorted({*named, *self._projects_kept()} - seen))

    def _projects_kept(self) -> Iterator[Project]:
        """The projects of which at least an old version is kept: a lost record may have tombstones."""
        try:
            yield from (normalize(name) for name in self.bucket.folders_kept(PACKAGES) if _is_project(name))
        except BucketError as error:  # another server than AWS's may know no versions
            if self.order.repair:
                self.verified.errors.append(error)
            else:
                said = f"projects that are lost but for old versions were not looked for: {error.message}"
                self.verified.warnings.append(said)

    def _is_in_a_project(self, entry: Entry) -> bool:
        folder, slash, _ = entry.key.removeprefix(PACKAGES).partition("/")
        if slash and _is_project(folder):
            return True
        if slash or folder not in {RECORD_NAME, PAGE_NAME}:
            self.verified.left.append(Left(Finding("stray", entry.key, "it belongs to nothing")))
        return False

    def _tend(self, group: _Group, in_root: bool) -> None:  # noqa: FBT001  # as pool.submit calls it
        """Look at a project, mend it, and note what is left, or why it could not be read."""
        if self.stop.is_set():  # pragma: no cover - taken up at the very moment of the end
            return
        repair = Repair()
        try:
            look, findings = self._look_and_mend(group, repair, in_root=in_root)
        except (BucketError, NoTraceOfProject) as error:
            with self.lock:
                self._note_failure(error, repair)
        else:
            with self.lock:
                self._note(look, findings, repair)
        self.watch.looked(group.project)

    def _look_and_mend(self, group: _Group, repair: Repair, *, in_root: bool) -> tuple[Look, list[Finding]]:
        """Look at a project, once more if something is wrong."""
        look, findings = self._first_look(group, in_root)
        if findings and self.order.repair:
            look, findings = mend_project(
                self.bucket,
                lambda: self._look(group.project, in_root),
                repair,
                self.backoff,
                lambda: not self.stop.is_set(),
                until=self.now - timedelta(seconds=self.order.young),
            )
        if group.entries is None and not look.entries and not findings:
            raise NoTraceOfProject(group.project)
        return look, findings

    def _first_look(self, group: _Group, in_root: bool) -> tuple[Look, list[Finding]]:  # noqa: FBT001
        if group.entries is not None and not self.order.deep:
            found = self.bucket.get(record_key(group.project))
            look = Look.of(self.bucket, group.project, group.entries, found, in_root=in_root)
            in_order = look.record is not None and not look.findings(self.now, young=self.order.young)
            # The listing is older than the record: only what a newer one shows as well is said.
            if in_order and not (self.order.repair and doubted(self.bucket, look, [], must_know=True)):
                return look, []
        return self._look(group.project, in_root)

    def _look(self, project: Project, in_root: bool) -> tuple[Look, list[Finding]]:  # noqa: FBT001
        for _ in range(_LOOKS):
            look = Look.take(self.bucket, project, in_root=in_root)
            findings = look.findings(self.now, young=self.order.young)
            if findings or look.record is None or self.order.deep or self.order.repair:
                findings = doubted(self.bucket, look, findings, must_know=self.order.repair)
            if self.order.deep:
                findings += read_bytes(self.bucket, look, findings, lambda: not self.stop.is_set())
            # Somebody may have finished an upload, or a deletion, between two of the reads.
            if (look.record and not findings) or not look.is_outdated(self.bucket):
                break
        return look, findings

    def _note(self, look: Look, findings: Sequence[Finding], repair: Repair) -> None:
        self.verified.projects += bool(look.entries or findings)
        self.verified.left += repair.left(findings)
        self.verified.mended += repair.truly_mended(findings)
        if look.record is not None:
            offered = len(look.record.all_files)
            self.verified.files += offered
            (self.listing if offered else self.empty).add(look.project)

    def _note_failure(self, error: RepositoryError, repair: Repair) -> None:
        self.verified.left += repair.failed.values()
        self.verified.mended += repair.mended
        failures = [each for each in self.verified.errors if isinstance(each, BucketError)]
        if len(failures) == _MOST_FAILURES and isinstance(error, BucketError):
            raise error
        self.verified.errors.append(error)

    def _tend_root(self) -> None:
        whole = not self.order.projects and not self.verified.errors
        repair = Repair()
        findings = self._look_at_root()
        while self.order.repair and (todo := repair.todo(findings)):
            mend_root(self.bucket, todo, self.listing, repair, self.backoff, whole=whole)
            findings = self._look_at_root()
        self.verified.left += repair.left(findings)
        self.verified.mended += repair.truly_mended(findings)

    def _look_at_root(self) -> list[Finding]:
        findings = RootLook.take(self.bucket).findings(self.listing, self.empty)
        return [finding for finding in findings if is_so_still(self.bucket, finding)]


def _is_project(folder: str) -> bool:
    with contextlib.suppress(ValueError):
        return normalize(folder) == folder
    return False
