"""The root pair: the list of projects, as JSON and as HTML, changed without locks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from s3pypi_core.bucket import PAGE_HEADERS, RECORD_HEADERS
from s3pypi_core.document import check_next
from s3pypi_core.errors import RepositoryError
from s3pypi_core.page import believed_generation, root_page
from s3pypi_core.project_index import ProjectIndex
from s3pypi_core.root import Root
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, record_key

if TYPE_CHECKING:
    from collections.abc import Collection

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket, Object
    from s3pypi_edge.keys import Project


class NoRepository(RepositoryError):
    """The bucket is there, but no repository has been made in it."""

    def __init__(self, bucket: str) -> None:
        super().__init__(
            f"the bucket {bucket} holds no repository: it has no {ROOT_RECORD}",
            "check the name of the bucket; `s3twine upload --create` makes a new repository in it",
        )


@dataclass(frozen=True)
class RootIndex:
    """What was read of the root pair, with the ETags that a change must match."""

    root: Root
    root_etag: str
    page_generation: int
    page_etag: str | None

    @classmethod
    def read(cls, bucket: Bucket) -> RootIndex:
        """Read the pair. Raises what ``of`` raises, and BucketError."""
        return cls.of(bucket, bucket.get(ROOT_RECORD), bucket.get(ROOT_PAGE))

    @classmethod
    def of(cls, bucket: Bucket, record: Object | None, page: Object | None) -> RootIndex:
        """Make sense of the pair as it was read. Raises NoRepository or UnreadableDocument."""
        if record is None:
            raise NoRepository(bucket.name)
        return cls(
            root=Root.parse(record.body),
            root_etag=record.etag,
            page_generation=believed_generation(page and page.body),
            page_etag=page.etag if page else None,
        )

    @property
    def page_is_current(self) -> bool:
        """Whether the page shows what the record says, or something newer."""
        return self.page_generation >= self.root.generation


def name_projects(
    bucket: Bucket, index: RootIndex, projects: Collection[Project], backoff: Backoff, *, read_first: bool
) -> None:
    """Put ``projects`` on the root, and bring its page up to date.

    ``index`` is what was read before; with ``read_first`` it no longer counts and is read again.
    Raises what RootIndex.read raises, NoNextGeneration and Contended.
    """

    def attempt(again: bool) -> None:  # noqa: FBT001  # as Backoff calls it
        current = RootIndex.read(bucket) if again or read_first else index
        _write_page(bucket, _write_root(bucket, current, current.root.with_projects(projects)))

    backoff.persist(ROOT_RECORD, attempt)


def settle_project(bucket: Bucket, project: Project, backoff: Backoff) -> None:
    """Let the root name the project if its record has a file, and only then; bring its page up to date.

    Raises what RootIndex.read and ProjectIndex.read raise, NoNextGeneration and Contended.
    """

    def attempt(_again: bool) -> bool:  # noqa: FBT001  # as Backoff calls it
        current = RootIndex.read(bucket)
        root = current.root
        wanted = root.with_projects([project]) if _has_files(bucket, project) else root.without(project)
        _write_page(bucket, _write_root(bucket, current, wanted))
        return project in wanted

    named = backoff.persist(ROOT_RECORD, attempt)
    # An upload that saw the name while we were taking it off counts on it.
    if not named and _has_files(bucket, project):
        name_projects(bucket, RootIndex.read(bucket), [project], backoff, read_first=False)


def _has_files(bucket: Bucket, project: Project) -> bool:
    """Whether the project has files, offered or withheld."""
    found = bucket.get(record_key(project))
    return bool(ProjectIndex.of(bucket, project, found, None, known=True).record.all_files)


def _write_root(bucket: Bucket, index: RootIndex, root: Root) -> RootIndex:
    if root is index.root:
        return index
    check_next(ROOT_RECORD, root.generation)
    etag = bucket.replace(ROOT_RECORD, root.to_json(), RECORD_HEADERS, etag=index.root_etag)
    return replace(index, root=root, root_etag=etag)


def _write_page(bucket: Bucket, index: RootIndex) -> None:
    if index.page_is_current:
        return
    body = root_page(index.root)
    if index.page_etag is None:
        bucket.create(ROOT_PAGE, body, PAGE_HEADERS)
    else:
        bucket.replace(ROOT_PAGE, body, PAGE_HEADERS, etag=index.page_etag)
