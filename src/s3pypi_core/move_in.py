"""Moving in: files of another place become files of this repository, with what is known of them."""

from __future__ import annotations

import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from s3pypi_core import record_changes
from s3pypi_core.bucket import RECORD_HEADERS, PreconditionFailed
from s3pypi_core.distribution import Distribution
from s3pypi_core.errors import RepositoryError
from s3pypi_core.fetch import save
from s3pypi_core.progress import Stopped
from s3pypi_core.project_index import ProjectIndex, bring_page_up_to_date, list_files
from s3pypi_core.record import CLOSED
from s3pypi_core.root_index import RootIndex, name_projects
from s3pypi_core.send import send
from s3pypi_edge.keys import Project, is_file_name, normalize, record_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket
    from s3pypi_core.file import File
    from s3pypi_core.offer import Offer, Offers, Source

Result = Literal["taken", "already there", "refused", "failed"]

_BATCH = 25  # files that become visible in one step; an interruption costs no more of the same project


class Row(NamedTuple):
    """A file and what became of it; ``filename`` is empty for what concerns a whole project."""

    project: str
    filename: str
    size: int | None
    result: Result
    reason: str = ""


class Watch(Protocol):
    """An audience; all of it is called from any thread."""

    def expect(self, amount: int) -> None:
        """So many bytes more are going to be read, as far as the source tells."""
        ...

    def read(self, amount: int) -> None:
        """So many bytes have been read since the last call."""
        ...

    def finished(self, row: Row) -> None:
        """This is what became of a file."""
        ...

    def stopping(self) -> None:
        """Called on Ctrl-C: nothing new is begun, and what is under way is waited for."""
        ...


class Refused(RepositoryError):
    """A file is not taken."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C; says how many files were taken until then."""

    def __init__(self, rows: Sequence[Row]) -> None:
        taken = sum(row.result == "taken" for row in rows)
        self.message = f"interrupted: {taken} files were taken"
        self.hint = "run the same command again: it goes on with what is left"
        super().__init__(self.message)


def move_in(
    source: Source,
    bucket: Bucket,
    names: Sequence[str],
    *,
    jobs: int,
    dry_run: bool,
    now: str,
    backoff: Backoff,
    watch: Watch,
) -> list[Row]:
    """Take every file of ``names`` (or of all projects) that is not there; say what became of each.

    ``jobs`` files travel at the same time. ``now`` is the upload time of files whose source tells none.
    Raises NoRepository, BucketError, what ``source.projects`` raises, and Interrupted.
    """
    root = RootIndex.read(bucket)
    move = _Move(source, bucket, root, dry_run, now, backoff, watch)
    try:
        with ThreadPoolExecutor(jobs) as files, ThreadPoolExecutor(jobs) as projects:
            try:
                tasks = [projects.submit(move.take, name, files) for name in names or source.projects()]
                for task in tasks:
                    task.result()
            except BaseException as error:
                move.stop.set()
                if isinstance(error, KeyboardInterrupt):
                    watch.stopping()
                for pool in (projects, files):
                    pool.shutdown(cancel_futures=True)
                raise
        move.name()
    except KeyboardInterrupt:
        raise Interrupted(move.rows) from None
    return sorted(move.rows, key=lambda row: (row.project, row.filename, row.result))


@dataclass
class _Move:
    source: Source
    bucket: Bucket
    root: RootIndex
    dry_run: bool
    now: str
    backoff: Backoff
    watch: Watch
    rows: list[Row] = field(default_factory=list)
    listing: list[Project] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, name: str, files: ThreadPoolExecutor) -> None:
        """Take one project; what goes wrong with it ends with a row, and not the rest."""
        if self.stop.is_set():  # pragma: no cover - taken up at the very moment of the end
            return
        try:
            project = normalize(name)
            offers = self.source.offers(name)
            self._take(project, offers, files)
        except (RepositoryError, OSError, ValueError) as error:
            self._say(Row(name, "", None, "failed", _sentence(error)))

    def _take(self, project: Project, offers: Offers, files: ThreadPoolExecutor) -> None:
        index = ProjectIndex.read(self.bucket, project, known=project in self.root.root)
        for unfit in offers.unfit:
            self._say(Row(project, unfit.filename, None, "refused", unfit.reason))
        wanted = [offer for offer in offers.offers if self._is_wanted(index, offer)]
        self.watch.expect(sum(offer.size or 0 for offer in wanted))
        if self.dry_run:
            for offer in wanted:
                self._say(Row(project, offer.filename, offer.size, "taken"))
            return
        for batch in _batches(wanted):
            index = self._take_batch(project, index, batch, files)
        bring_page_up_to_date(self.bucket, index, self.backoff)
        if offers.status != "active" and index.record_etag is not None:
            set_status(self.bucket, project, offers.status, offers.status_reason, self.backoff)
            bring_page_up_to_date(self.bucket, index.read_again(self.bucket), self.backoff)
        if index.record.all_files:
            with self.lock:
                self.listing.append(project)

    def _is_wanted(self, index: ProjectIndex, offer: Offer) -> bool:
        """Whether it is to be read; if not, say why."""
        record, claimed = index.record, offer.claims.get("sha256")
        listed = {file.filename: file for file in (*record.files, *record.withheld)}.get(offer.filename)
        row = Row(record.project, offer.filename, offer.size, "refused")
        if not is_file_name(f"{offer.filename}.metadata"):
            self._say(row._replace(reason="it is neither a wheel (.whl) nor an sdist (.tar.gz, .zip)"))
        elif offer.filename in record.removed:
            self._say(row._replace(reason="a file of this name was deleted, and never comes back"))
        elif listed is not None and claimed is not None:
            same = listed.sha256 == claimed
            self._say(row._replace(result="already there") if same else row._replace(reason=_TAKEN))
        elif listed is None and record.status in CLOSED:
            self._say(row._replace(reason=f"the project is {record.status} and takes no files"))
        else:
            return True
        return False

    def _take_batch(
        self, project: Project, index: ProjectIndex, batch: Sequence[Offer], files: ThreadPoolExecutor
    ) -> ProjectIndex:
        """Bring files, then list them in one step; return the index as it is then."""
        brought = list(files.map(lambda offer: self._bring(project, index, offer), batch))
        found = [each for each in brought if not isinstance(each, Row)]
        if found:
            index = list_files(self.bucket, index, found, self.backoff).index
        rows = [each for each in brought if isinstance(each, Row)]
        rows += [Row(project, file.filename, file.size, "taken") for file in found]
        for row in rows:
            self._say(row)
        return index

    def _bring(self, project: Project, index: ProjectIndex, offer: Offer) -> File | Row:
        """Read a file into a folder of its own, check it, and store it; the row says why it is not."""
        row = Row(project, offer.filename, offer.size, "failed")
        try:
            self._go_on()
            with tempfile.TemporaryDirectory(prefix="s3twine-") as folder:
                return self._store(project, index, offer, Path(folder) / offer.filename)
        except Refused as error:
            return row._replace(result="refused", reason=error.message)
        except _AlreadyThere:
            return row._replace(result="already there")
        except (RepositoryError, OSError, ValueError) as error:
            # A full disk, say, or a yank whose reason nothing can hold.
            return row._replace(reason=_sentence(error))

    def _store(self, project: Project, index: ProjectIndex, offer: Offer, path: Path) -> File:
        with self.source.stream(offer) as body:
            saved = save(body, path, algorithms=offer.claims, told=self._heard)
        for algorithm, digest in offer.claims.items():
            if saved.digests[algorithm] != digest:
                raise Refused(f"its {algorithm} is {saved.digests[algorithm]}, and its source says {digest}")
        if offer.size not in {None, saved.size}:
            raise Refused(f"it has {saved.size} bytes, and its source says {offer.size}")
        record = index.record
        for listed in (*record.files, *record.withheld):
            if listed.filename == offer.filename:
                raise _AlreadyThere if listed.sha256 == saved.digests["sha256"] else Refused(_TAKEN)
        distribution = _read(path)
        if distribution.project != project:
            raise Refused(f"it is a file of the project {distribution.project}")
        time = offer.upload_time or self.now
        file = send(self.bucket, distribution, time, self.backoff, lambda _amount: self._go_on())
        return replace(
            file,
            requires_python=file.requires_python or offer.requires_python,
            yanked=offer.yanked,
        )

    def _heard(self, amount: int) -> None:
        self._go_on()
        self.watch.read(amount)

    def _go_on(self) -> None:
        if self.stop.is_set():
            raise Stopped

    def _say(self, row: Row) -> None:
        with self.lock:
            self.rows.append(row)
        self.watch.finished(row)

    def name(self) -> None:
        """Let the root name every project that lists a file."""
        if self.listing:
            name_projects(self.bucket, self.root, self.listing, self.backoff, read_first=True)


_TAKEN = "another file has this name here"


class _AlreadyThere(Exception):
    """The very bytes are listed."""


def set_status(bucket: Bucket, project: Project, status: str, reason: str | None, backoff: Backoff) -> None:
    """Give an active project the status that it had elsewhere; any other status of it stays."""
    key = record_key(project)

    def attempt(_again: bool) -> None:  # noqa: FBT001  # as Backoff calls it
        index = ProjectIndex.read(bucket, project, known=True)
        record = index.record
        if record.status != "active":
            return
        if index.record_etag is None:  # pragma: no cover - `known` has it raise
            raise PreconditionFailed(key)
        changed = record_changes.set_status(record, status, reason)
        bucket.replace(key, changed.to_json(), RECORD_HEADERS, etag=index.record_etag)

    backoff.persist(key, attempt)


def _read(path: Path) -> Distribution:
    try:
        return Distribution.read(path)
    except RepositoryError as error:
        # The path is one that nobody knows.
        raise Refused(error.message.removeprefix(f"{path}: ")) from None


def _batches(offers: Sequence[Offer]) -> Iterator[Sequence[Offer]]:
    for start in range(0, len(offers), _BATCH):
        yield offers[start : start + _BATCH]


def _sentence(error: Exception) -> str:
    if isinstance(error, RepositoryError):
        return error.message
    # The path of a temporary file tells nobody anything.
    return (isinstance(error, OSError) and error.strerror) or str(error)
