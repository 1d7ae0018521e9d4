"""What is read of one project, and what is wrong with it: a listing, its record, and its page if need be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from s3pypi_core.bucket import PAGE_HEADERS, RECORD_HEADERS
from s3pypi_core.document import LAST_GENERATION, NewerDocument, UnreadableDocument, difference
from s3pypi_core.file import project_of
from s3pypi_core.page import believed_generation, project_page
from s3pypi_core.record import CLOSED, Record
from s3pypi_core.verify.finding import Finding
from s3pypi_core.verify.renew import misfit
from s3pypi_edge.keys import METADATA, PAGE_NAME, RECORD_NAME, file_key, is_file_name, page_key, record_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from s3pypi_core.bucket import Bucket, Entry, Object
    from s3pypi_core.record import File
    from s3pypi_core.verify.finding import Kind
    from s3pypi_edge.keys import Project


@dataclass(frozen=True)
class Look:
    """What there is of a project; ``entries`` are its objects, by their name in its folder.

    ``record`` is made of the object ``found``; it is None where there is none that can be read, and ``fault``
    says why one cannot. ``page`` was read only where its ETag does not tell that it is what the record gives.
    """

    project: Project
    entries: Mapping[str, Entry]
    record: Record | None
    fault: UnreadableDocument | None
    page: Object | None
    page_is_right: bool
    in_root: bool
    found: Object | None

    @classmethod
    def take(cls, bucket: Bucket, project: Project, *, in_root: bool) -> Look:
        """Read the record, then list: what the record lists is surely in a later listing."""
        found = bucket.get(record_key(project))
        folder = file_key(project, "")
        entries = {entry.key.removeprefix(folder): entry for entry in bucket.list(folder)}
        return cls.of(bucket, project, entries, found, in_root=in_root)

    @classmethod
    def of(
        cls,
        bucket: Bucket,
        project: Project,
        entries: Mapping[str, Entry],
        found: Object | None,
        *,
        in_root: bool,
    ) -> Look:
        """Make sense of what was read."""
        record, fault = None, None
        try:
            record = Record.parse(found.body, project) if found else None
        except UnreadableDocument as error:
            fault = error
        there = entries.get(PAGE_NAME)
        right = record is not None and there is not None and there.etag == _etag(project_page(record))
        page = None if right else bucket.get(page_key(project))
        return cls(project, entries, record, fault, page, right, in_root, found)

    @property
    def page_generation(self) -> int:
        """What the page says, where it was read; -1 if it does not say."""
        return believed_generation(self.page and self.page.body)

    def findings(self, now: datetime, *, young: float) -> list[Finding]:
        """All that is wrong, as far as a listing tells; an object below ``young`` seconds may be arriving."""
        if faults := list(self._record_faults()):
            return [*faults, *self.strays()]
        listed = (*self._file_faults(), *self._misplaced())
        shown = (*self._document_faults(), *self._status_faults(), *self._page_faults())
        return [*listed, *self._unlisted(now, young), *self.strays(), *shown]

    def is_outdated(self, bucket: Bucket) -> bool:
        """Whether somebody has written the record since."""
        now = bucket.get(record_key(self.project))
        return (now and now.etag) != (self.found and self.found.etag)

    @cached_property
    def unlisted(self) -> list[str]:
        """The names of all wheels and sdists of the project that its record does not list."""
        return [name for name in self.entries if name not in self._listed and _is_of(self.project, name)]

    def finding(self, kind: Kind, name: str, fault: str, filename: str = "") -> Finding:
        """Name what is wrong with the object ``name`` of the project's folder."""
        return Finding(kind, file_key(self.project, name), fault, self.project, filename)

    def gone(self) -> Finding:
        """There is no record, and there has been one."""
        return self.finding("record-missing", RECORD_NAME, "the record is gone")

    def behind(self, record: Record, seen: int) -> Finding:
        """There has been a record of that later generation."""
        fault = f"an earlier state of the record was put back: generation {record.generation}, and not {seen}"
        return self.finding("record-behind", RECORD_NAME, fault)

    def strays(self) -> Iterator[Finding]:
        """The objects that belong to nothing."""
        for name in self.entries:
            if name not in {RECORD_NAME, PAGE_NAME} and not self._belongs(name):
                yield self.finding("stray", name, "it belongs to nothing")

    def distributions(self, until: datetime) -> list[str]:
        """The names of all wheels and sdists of the project that were there at that time."""
        there = self.entries.items()
        return [name for name, entry in there if _is_of(self.project, name) and entry.modified <= until]

    def _record_faults(self) -> Iterator[Finding]:
        if isinstance(self.fault, NewerDocument):
            yield self.finding("record-newer", RECORD_NAME, self.fault.message)
        elif self.fault:
            yield self.finding("record-unreadable", RECORD_NAME, self.fault.message)
        elif self.record is None:
            if self.in_root or (self.page is not None and self.page_generation != 0):
                yield self.gone()
        elif self.record.generation >= LAST_GENERATION:
            fault = f"its generation is {self.record.generation}: whatever is written next could not be read"
            yield self.finding("record-unreadable", RECORD_NAME, fault)
        elif self.page_generation > self.record.generation:
            yield self.behind(self.record, self.page_generation)

    def _file_faults(self) -> Iterator[Finding]:
        for file in self._listed.values():
            there = self.entries.get(file.filename)
            if there is None:
                yield self._about(file, "file-missing", "it is listed, and it is gone")
            elif there.size != file.size:
                fault = f"it has {there.size} bytes, and its record says {file.size}"
                yield self._about(file, "file-damaged", fault)
            if file.core_metadata and file.filename + METADATA not in self.entries:
                yield self._about(file, "metadata-missing", "the record promises it, and it is gone")

    def _misplaced(self) -> Iterator[Finding]:
        for name in self._listed:
            if not _is_of(self.project, name):
                fault = "it is listed, and its name is not one of this project: clients pass it over"
                yield self.finding("misplaced", name, fault, name)

    def _about(self, file: File, kind: Kind, fault: str) -> Finding:
        name = file.filename + METADATA if kind.startswith("metadata") else file.filename
        return self.finding(kind, name, fault, file.filename)

    def _unlisted(self, now: datetime, young: float) -> Iterator[Finding]:
        for name in self.unlisted:
            entry = self.entries[name]
            if self.record and name in self.record.removed:
                fault = "it was deleted from the index, and is there"
                yield self.finding("unlisted-removed", name, fault, name)
            elif self.record and self.record.status in CLOSED:
                fault = f"it is not listed, and the project is {self.record.status}"
                yield self.finding("unlisted-closed", name, fault, name)
            elif (now - entry.modified).total_seconds() < young:
                fault = "it is not listed, and was stored within the last 24 hours: it may be on its way"
                yield self.finding("unlisted-new", name, fault, name)
            else:
                yield self.finding("unlisted", name, "it was uploaded, and never listed", name)

    def _belongs(self, name: str) -> bool:
        """Whether it is a distribution of the project, is listed, or is the metadata of one that has any."""
        if not name.endswith(METADATA):
            return name in self._listed or _is_of(self.project, name)
        filename = name.removesuffix(METADATA)
        listed = self._listed.get(filename)
        if listed is not None:
            return listed.core_metadata is not None
        return filename in self.entries and _is_of(self.project, filename)

    def _document_faults(self) -> Iterator[Finding]:
        if self.record and self.found:
            if place := difference(self.found.body, self.record.to_json()):
                fault = f"its {place!r} is not what follows from the rest of it"
                yield self.finding("record-differs", RECORD_NAME, fault)
            if fault := misfit(self.found.head, RECORD_HEADERS):
                yield self.finding("headers", RECORD_NAME, fault)

    def _status_faults(self) -> Iterator[Finding]:
        if self.record and self.record.status == "quarantined" and self.record.files:
            fault = "the project is quarantined, and its files are offered"
            yield self.finding("files-offered", RECORD_NAME, fault)

    def _page_faults(self) -> Iterator[Finding]:
        if self.record is None or self.page_is_right:
            return
        if self.page is None:
            yield self.finding("page-missing", PAGE_NAME, "the page is gone")
        elif 0 <= self.page_generation < self.record.generation:
            yield self.finding("page-stale", PAGE_NAME, "the page is older than its record")
        elif self.page.body != project_page(self.record):
            yield self.finding("page-damaged", PAGE_NAME, "the page is not what its record gives")
        elif fault := misfit(self.page.head, PAGE_HEADERS):
            yield self.finding("headers", PAGE_NAME, fault)

    @cached_property
    def _listed(self) -> dict[str, File]:
        return {file.filename: file for file in self.record.all_files} if self.record else {}


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def _is_of(project: Project, name: str) -> bool:
    """Whether this is the name of a wheel or an sdist of the project."""
    if not is_file_name(name) or name.endswith(METADATA):
        return False
    try:
        return project_of(name) == project
    except ValueError:
        return False
