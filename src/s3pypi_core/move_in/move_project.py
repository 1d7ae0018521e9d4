"""Moving in one project: its files a batch at a time, then its status, and its page whatever happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError
from s3pypi_core.move_in.move_file import bring, verdict
from s3pypi_core.move_in.move_status import take_status
from s3pypi_core.move_in.moving import Row
from s3pypi_core.project_index import ProjectIndex, bring_page_up_to_date, list_files
from s3pypi_core.record import NameRemoved, NameTaken, ProjectClosed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor

    from s3pypi_core.file import File
    from s3pypi_core.move_in.moving import Moving, Result
    from s3pypi_core.move_in.offer import Offer, Offers
    from s3pypi_edge.keys import Project

_BATCH = 25  # files that become visible in one step; an interruption costs no more of the same project


def take_project(move: Moving, project: Project, offers: Offers, pool: Executor, *, known: bool) -> None:
    """Take what is wanted of the offers; every one of them gets a row.

    ``known`` says that the root names the project. Raises Stopped, after what was listed shows on the page;
    and what ProjectIndex.read raises, before anything is taken.
    """
    _Taking(move, ProjectIndex.read(move.bucket, project, known=known), offers, pool).run()


@dataclass
class _Taking:
    move: Moving
    index: ProjectIndex
    offers: Offers
    pool: Executor
    said: dict[str, Result] = field(default_factory=dict)  # of every offer, by its file name

    def run(self) -> None:
        for unfit in self.offers.unfit:
            self.move.say(Row(self.index.record.project, unfit.filename, None, "refused", unfit.reason))
        wanted = [offer for offer in self.offers.offers if self._is_wanted(offer)]
        self.move.watch.expect(_bytes_of(wanted))
        if self.move.dry_run:
            for offer in wanted:
                self._say(Row(self.index.record.project, offer.filename, offer.size, "taken"))
            self._take_status()
            return
        try:
            self._take_all(wanted)
            self._take_status()
        finally:
            self._show()

    def _is_wanted(self, offer: Offer) -> bool:
        """Whether it is to be read; if not, say why."""
        said = verdict(self.index.record, offer.filename, offer.claims.get("sha256"))
        if said is not None:
            project = self.index.record.project
            self._say(Row(project, offer.filename, offer.size, said.result, said.reason))
        return said is None

    def _take_all(self, wanted: Sequence[Offer]) -> None:
        try:
            for batch in _batches(wanted):
                self._take(batch)
        except RepositoryError as error:
            reason = self.move.explain(error)
            for offer in wanted:
                if offer.filename not in self.said:
                    row = Row(self.index.record.project, offer.filename, offer.size, "failed", reason)
                    self._say(row)

    def _take(self, batch: Sequence[Offer]) -> None:
        """Bring files, then list them in one step."""
        record = self.index.record
        left = []
        for brought in self.pool.map(lambda offer: bring(self.move, record, offer), batch):
            if isinstance(brought, Row):
                self._say(brought)
            else:
                left.append(brought)
        while left:
            left = self._list(left)

    def _list(self, files: Sequence[File]) -> list[File]:
        """List the files; where others made the record refuse some meanwhile, return the rest of them."""
        project = self.index.record.project
        try:
            self.index = list_files(self.move.bucket, self.index, files, self.move.backoff).index
        except (NameTaken, NameRemoved, ProjectClosed):
            self.index = self.index.read_again(self.move.bucket)
            verdicts = {file: verdict(self.index.record, file.filename, file.sha256) for file in files}
        else:
            for file in files:
                self._say(Row(project, file.filename, file.size, "taken"))
            return []
        for file, said in verdicts.items():
            if said is not None:
                self._say(Row(project, file.filename, file.size, said.result, said.reason))
        return [file for file, said in verdicts.items() if said is None]

    def _take_status(self) -> None:
        here = {name for name, result in self.said.items() if result in {"taken", "already there"}}
        complete = "failed" not in self.said.values()
        self.index = take_status(self.move, self.index, self.offers, here, complete=complete)

    def _show(self) -> None:
        """Let the page show what the record lists by now; the root is to name it."""
        project = self.index.record.project
        try:
            bring_page_up_to_date(self.move.bucket, self.index, self.move.backoff)
        except RepositoryError as error:
            self.move.say(Row(project, "", None, "failed", self.move.explain(error)))
        if self.index.record.all_files:
            with self.move.lock:
                self.move.filled.append(project)

    def _say(self, row: Row) -> None:
        self.said[row.filename] = row.result
        self.move.say(row)


def _bytes_of(offers: Sequence[Offer]) -> int | None:
    """How many bytes they have; None if the source does not say it of each."""
    sizes = [offer.size for offer in offers if offer.size is not None]
    return sum(sizes) if len(sizes) == len(offers) else None


def _batches(offers: Sequence[Offer]) -> Iterator[Sequence[Offer]]:
    for start in range(0, len(offers), _BATCH):
        yield offers[start : start + _BATCH]
