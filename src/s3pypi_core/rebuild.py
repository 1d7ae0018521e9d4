"""Writing a record, a page or the root again, each by compare-and-swap on what was read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from s3pypi_core.bucket import PAGE_HEADERS, RECORD_HEADERS
from s3pypi_core.document import UnreadableDocument
from s3pypi_core.errors import RepositoryError
from s3pypi_core.page import generation_of, project_page, root_page
from s3pypi_core.past import past_of
from s3pypi_core.record import Record
from s3pypi_core.restore import CannotMend, read_unlisted
from s3pypi_core.root import Root
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, page_key, record_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket, Headers, Object
    from s3pypi_core.look import Look
    from s3pypi_edge.keys import Project


def rebuild_record(bucket: Bucket, look: Look, backoff: Backoff) -> str:
    """Write a record that is gone, damaged or set back; return what was done, and what is lost.

    It is the state of the highest generation that can be read; without any, it lists the objects.
    """
    project = look.project
    key = record_key(project)

    def attempt(_again: bool) -> str:  # noqa: FBT001  # as Backoff calls it
        current, page = bucket.get(key), bucket.get(page_key(project))
        past = past_of(bucket, key, current, page, lambda body: Record.parse(body, project))
        if isinstance(past.best, Record):
            record, said = past.best, "written again from the last good state of it"
            if current is not None and _is(current, record):
                said = f"kept as it is, and its generation set to {past.generation + 1}"
        else:
            record, said = _from_objects(bucket, look)
        _put(bucket, key, replace(record, generation=past.generation + 1).to_json(), RECORD_HEADERS, current)
        return said

    return backoff.persist(key, attempt)


def _from_objects(bucket: Bucket, look: Look) -> tuple[Record, str]:
    files, lost = [], []
    for name in look.distributions():
        try:
            files.append(read_unlisted(bucket, look.project, name))
        except RepositoryError as error:
            lost.append(f"{name} ({error.message})")
    said = f"rebuilt from {len(files)} object{'s' * (len(files) != 1)}"
    said += "; yanks, status and the names of deleted files could not be recovered"
    said += f", nor {', '.join(lost)}" if lost else ""
    return Record(look.project, files=tuple(files)), said


def rewrite_page(bucket: Bucket, project: Project, backoff: Backoff) -> str:
    """Write the page that the record gives. Raises CannotMend where there is no record by now."""
    key = page_key(project)

    def attempt(_again: bool) -> str:  # noqa: FBT001  # as Backoff calls it
        found, page = bucket.get(record_key(project)), bucket.get(key)
        if found is None:
            raise CannotMend("its record is gone")
        record = Record.parse(found.body, project)
        # A page of a later generation is that of an upload which has just finished.
        if page is None or generation_of(page.body) <= record.generation:
            _put(bucket, key, project_page(record), PAGE_HEADERS, page)
        return "written again from its record"

    return backoff.persist(key, attempt)


def rebuild_root(bucket: Bucket, projects: Iterable[Project], backoff: Backoff) -> str:
    """Write a root that is gone, damaged or set back, so that it lists ``projects``."""
    named = tuple(projects)

    def attempt(_again: bool) -> str:  # noqa: FBT001  # as Backoff calls it
        current, page = bucket.get(ROOT_RECORD), bucket.get(ROOT_PAGE)
        past = past_of(bucket, ROOT_RECORD, current, page, Root.parse)
        best = past.best if isinstance(past.best, Root) else Root.new()
        # A repository that was being made when its maker stopped has never had another state.
        first = past.best is None and past.generation == 0 and not named and current is None
        root = replace(best, projects=named, generation=0 if first else past.generation + 1)
        _put(bucket, ROOT_RECORD, root.to_json(), RECORD_HEADERS, current)
        return f"written again with {len(named)} projects"

    return backoff.persist(ROOT_RECORD, attempt)


def rewrite_root_page(bucket: Bucket, backoff: Backoff) -> str:
    """Write the page that the root gives. Raises CannotMend where there is no root by now."""

    def attempt(_again: bool) -> str:  # noqa: FBT001  # as Backoff calls it
        found, page = bucket.get(ROOT_RECORD), bucket.get(ROOT_PAGE)
        if found is None:
            raise CannotMend("the root's record is gone")
        root = Root.parse(found.body)
        if page is None or generation_of(page.body) <= root.generation:
            _put(bucket, ROOT_PAGE, root_page(root), PAGE_HEADERS, page)
        return "written again from its record"

    return backoff.persist(ROOT_PAGE, attempt)


def _put(bucket: Bucket, key: str, body: bytes, headers: Headers, current: Object | None) -> None:
    if current is None:
        bucket.create(key, body, headers)
    elif current.body != body:
        bucket.replace(key, body, headers, etag=current.etag)


def _is(current: Object, record: Record) -> bool:
    try:
        return Record.parse(current.body, record.project) == record
    except UnreadableDocument:
        return False
