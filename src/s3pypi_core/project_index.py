"""The record and the page of one project, and how they are changed without locks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from s3pypi_core.bucket import PAGE_HEADERS, RECORD_HEADERS
from s3pypi_core.document import check_next
from s3pypi_core.errors import RepositoryError, repair_hint
from s3pypi_core.page import believed_generation, project_page
from s3pypi_core.record import Record
from s3pypi_edge.keys import page_key, record_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket, Object
    from s3pypi_core.record import File
    from s3pypi_edge.keys import Project


@dataclass(frozen=True)
class Listed:
    """A project's index after an upload, and whether its record surely listed a file before it."""

    index: ProjectIndex
    listed_before: bool


class RecordLost(RepositoryError):
    """A project has left traces, but its record is gone."""

    def __init__(self, project: Project) -> None:
        super().__init__(
            f"{record_key(project)} is missing, although the repository knows the project {project}; "
            "nothing was changed, because writing a new record would hide the files of the old one",
            repair_hint(project),
        )


class RecordSetBack(RepositoryError):
    """A project's record is older than its page: somebody put an earlier one back."""

    def __init__(self, project: Project) -> None:
        super().__init__(
            f"{record_key(project)} is older than the page that was made from it; nothing was changed, "
            "because what has been withdrawn since would be offered again",
            repair_hint(project),
        )


@dataclass(frozen=True)
class ProjectIndex:
    """What was read of a project's record and page, with the ETags that a change must match.

    A project that is new has the empty record of generation 0 and no ``record_etag``.
    ``known`` says that a record of this project has been seen, or that the root names the project.
    """

    record: Record
    record_etag: str | None
    page_generation: int
    page_etag: str | None
    known: bool

    @classmethod
    def read(cls, bucket: Bucket, project: Project, *, known: bool) -> ProjectIndex:
        """Read both documents. Raises what ``of`` raises, and BucketError."""
        record, page = bucket.get(record_key(project)), bucket.get(page_key(project))
        return cls.of(bucket, project, record, page, known=known)

    @classmethod
    def of(
        cls, bucket: Bucket, project: Project, record: Object | None, page: Object | None, *, known: bool
    ) -> ProjectIndex:
        """Make sense of both documents, as they were read (in any order, or side by side).

        Raises RecordLost where there should be a record, RecordSetBack where there is an older one than the
        page was made from, and UnreadableDocument where it is damaged: none is ever taken for the record.
        """
        index = cls._of(project, record, page, known=known)
        if not index.precedes_its_page:
            return index
        # Another uploader may have finished between the two reads.
        index = cls._of(project, bucket.get(record_key(project)), page, known=known)
        if index.precedes_its_page:
            raise RecordLost(project) if index.record_etag is None else RecordSetBack(project)
        return index

    @classmethod
    def _of(
        cls, project: Project, record: Object | None, page: Object | None, *, known: bool
    ) -> ProjectIndex:
        return cls(
            record=Record.parse(record.body, project) if record else Record(project),
            record_etag=record.etag if record else None,
            # -1 without a page, and for a damaged one: that is older than any record, so it is written again.
            page_generation=believed_generation(page and page.body),
            page_etag=page.etag if page else None,
            known=known or record is not None,
        )

    @property
    def precedes_its_page(self) -> bool:
        """Whether there must be a record that is newer: one is always written before its page."""
        if self.record_etag is None:
            return self.known or (self.page_etag is not None and self.page_generation != 0)
        return self.page_generation > self.record.generation

    def read_again(self, bucket: Bucket) -> ProjectIndex:
        """What the bucket says now. Raises what ``read`` raises."""
        return self.read(bucket, self.record.project, known=self.known)

    @property
    def page_is_current(self) -> bool:
        """Whether the page shows what the record says, or something newer; without a record, none is due."""
        return self.record_etag is None or self.page_generation >= self.record.generation


def find_record(bucket: Bucket, project: Project, *, version: str = "") -> Record | None:
    """The record as it is now, or as that ``version`` of it was; None where there is none.

    Whether there should be one is for the caller to know. Raises UnreadableDocument, and BucketError.
    """
    key = record_key(project)
    found = bucket.get_version(key, version) if version else bucket.get(key)
    return Record.parse(found.body, project) if found else None


def list_files(
    bucket: Bucket,
    index: ProjectIndex,
    files: Sequence[File],
    backoff: Backoff,
    *,
    counted_on: Sequence[str] = (),
) -> Listed:
    """Put ``files`` on the record, all in one step; nothing is written when it lists them already.

    ``counted_on`` are names that were seen on the record: they are refused too if they have been removed.

    ``index`` is what was read before; it is read again, and its refusals are checked again, whenever
    somebody else was faster. Raises what ProjectIndex.read and Record.with_files raise, NoNextGeneration
    and Contended.
    """

    def attempt(again: bool) -> Listed:  # noqa: FBT001  # as Backoff calls it
        current = index.read_again(bucket) if again else index
        before = current.record
        before.refuse_uploads_of([*counted_on, *(file.filename for file in files)])
        record = before.with_files(files)
        if record.files != before.files:
            current = _write_record(bucket, _announce(bucket, current), record)
        # Read again, it may list what we wrote ourselves in a request whose answer was lost.
        return Listed(current, listed_before=bool(before.files) and not again)

    return backoff.persist(record_key(index.record.project), attempt)


def change_record(
    bucket: Bucket, index: ProjectIndex, change: Callable[[Record], Record], backoff: Backoff
) -> ProjectIndex:
    """Write what ``change`` makes of the record; nothing is written where that is the record itself.

    It is asked again, about what is there then, whenever somebody else was faster: asked about its own
    outcome, because an answer got lost, it must change nothing. The project must have a record.
    Raises what ProjectIndex.read and ``change`` raise, NoNextGeneration and Contended.
    """

    def attempt(again: bool) -> ProjectIndex:  # noqa: FBT001  # as Backoff calls it
        current = index.read_again(bucket) if again else index
        record = change(current.record)
        return current if record is current.record else _write_record(bucket, current, record)

    return backoff.persist(record_key(index.record.project), attempt)


def _announce(bucket: Bucket, index: ProjectIndex) -> ProjectIndex:
    """Give a new project its empty page of generation 0, so that it is never half there."""
    if index.record_etag is not None or index.page_etag is not None:
        return index
    page = project_page(index.record)
    etag = bucket.create(page_key(index.record.project), page, PAGE_HEADERS)
    return replace(index, page_generation=index.record.generation, page_etag=etag)


def _write_record(bucket: Bucket, index: ProjectIndex, record: Record) -> ProjectIndex:
    key, body = record_key(record.project), record.to_json()
    check_next(key, record.generation, record.project)
    if index.record_etag is None:
        etag = bucket.create(key, body, RECORD_HEADERS)
    else:
        etag = bucket.replace(key, body, RECORD_HEADERS, etag=index.record_etag)
    return replace(index, record=record, record_etag=etag, known=True)


def bring_page_up_to_date(bucket: Bucket, index: ProjectIndex, backoff: Backoff) -> None:
    """Write the page until its generation is not older than the record's.

    Raises what ProjectIndex.read raises, and Contended.
    """

    def attempt(again: bool) -> None:  # noqa: FBT001  # as Backoff calls it
        current = index.read_again(bucket) if again else index
        if not current.page_is_current:
            _write_page(bucket, current)

    backoff.persist(page_key(index.record.project), attempt)


def _write_page(bucket: Bucket, index: ProjectIndex) -> None:
    key, body = page_key(index.record.project), project_page(index.record)
    if index.page_etag is None:
        bucket.create(key, body, PAGE_HEADERS)
    else:
        bucket.replace(key, body, PAGE_HEADERS, etag=index.page_etag)
