"""What is read of the root pair, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3pypi_core.bucket import PAGE_HEADERS, RECORD_HEADERS
from s3pypi_core.document import LAST_GENERATION, NewerDocument, UnreadableDocument, difference
from s3pypi_core.page import believed_generation, root_page
from s3pypi_core.root import Root
from s3pypi_core.root_index import NoRepository
from s3pypi_core.verify.finding import Finding
from s3pypi_core.verify.rebuild import lists_files
from s3pypi_core.verify.renew import misfit
from s3pypi_edge.keys import PACKAGES, ROOT_PAGE, ROOT_RECORD, record_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from s3pypi_core.bucket import Bucket, Object
    from s3pypi_edge.keys import Project

_LOOKS = 5  # at a root that others change meanwhile


@dataclass(frozen=True)
class RootLook:
    """The root's record, made of the object ``found``, or why it cannot be read; and its page."""

    root: Root | None
    fault: UnreadableDocument | None
    found: Object | None
    page: Object | None

    @classmethod
    def take(cls, bucket: Bucket) -> RootLook:
        """Read both. Raises NoRepository for a bucket that has nothing under ``packages/``."""
        for _ in range(_LOOKS):
            found, page = bucket.get(ROOT_RECORD), bucket.get(ROOT_PAGE)
            again = bucket.get(ROOT_RECORD)
            if (found and found.etag) == (again and again.etag):
                break
        if found is None and page is None and next(bucket.list(PACKAGES), None) is None:
            raise NoRepository(bucket.name)
        try:
            return cls(Root.parse(found.body) if found else None, None, found, page)
        except UnreadableDocument as error:
            return cls(None, error, found, page)

    @property
    def named(self) -> frozenset[Project]:
        """The projects that it lists."""
        return frozenset(self.root.projects if self.root else ())

    def findings(self, listing: Collection[Project], empty: Collection[Project]) -> list[Finding]:
        """What is wrong, given the projects that list a file, and those that have none."""
        if isinstance(self.fault, NewerDocument):
            return [Finding("root-newer", ROOT_RECORD, self.fault.message)]
        if self.fault:
            return [Finding("root-unreadable", ROOT_RECORD, self.fault.message)]
        if self.root is None or self.found is None:
            return [Finding("root-missing", ROOT_RECORD, "the list of projects is gone")]
        if self.root.generation >= LAST_GENERATION:
            fault = f"its generation is {self.root.generation}: whatever is written next could not be read"
            return [Finding("root-unreadable", ROOT_RECORD, fault)]
        shown = believed_generation(self.page and self.page.body)
        if shown > self.root.generation:
            fault = f"the list of projects is older than its page: {self.root.generation}, and not {shown}"
            return [Finding("root-behind", ROOT_RECORD, fault)]
        return [
            *self._names(listing, empty),
            *self._document_faults(self.root, self.found),
            *self._page_faults(),
        ]

    def _names(self, listing: Collection[Project], empty: Collection[Project]) -> Iterator[Finding]:
        for project in sorted(set(listing) - self.named):
            yield Finding("root-lacks", record_key(project), "the list of projects lacks it", project)
        for project in sorted(self.named & set(empty)):
            fault = "the list of projects names it, and it has no file"
            yield Finding("root-empty", record_key(project), fault, project)

    def _document_faults(self, root: Root, found: Object) -> Iterator[Finding]:
        if place := difference(found.body, root.to_json()):
            fault = f"its {place!r} is not what follows from the rest of it"
            yield Finding("root-differs", ROOT_RECORD, fault)
        if fault := misfit(found.head, RECORD_HEADERS):
            yield Finding("root-headers", ROOT_RECORD, fault)

    def _page_faults(self) -> Iterator[Finding]:
        if self.root is not None and (self.page is None or self.page.body != root_page(self.root)):
            yield Finding("root-page", ROOT_PAGE, "the page is not what the list of projects gives")
        elif self.page and (fault := misfit(self.page.head, PAGE_HEADERS)):
            yield Finding("root-headers", ROOT_PAGE, fault)


def is_so_still(bucket: Bucket, finding: Finding) -> bool:
    """Whether a name is wrong by the record as it is now: others may have written it since it was read."""
    if finding.kind not in {"root-lacks", "root-empty"} or finding.project is None:
        return True
    try:
        return lists_files(bucket, finding.project) == (finding.kind == "root-lacks")
    except UnreadableDocument:
        return True
