"""Writing a record, a page or the root again, each by compare-and-swap on what was read."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from s3pypi_core.bucket import PAGE_HEADERS, RECORD_HEADERS
from s3pypi_core.document import NewerDocument, UnreadableDocument
from s3pypi_core.errors import RepositoryError
from s3pypi_core.page import generation_of, project_page, root_page
from s3pypi_core.record import Record
from s3pypi_core.restore import CannotMend, read_unlisted
from s3pypi_core.root import Root
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, page_key, record_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket, Headers, Object
    from s3pypi_core.look import Look
    from s3pypi_edge.keys import Project

Index = TypeVar("Index", Record, Root)

_MOST_VERSIONS = 200  # that are read of one document, the newest first
_GENERATION = re.compile(rb'"_generation": ?([0-9]{1,12})\b')


class Past(NamedTuple):
    """What a document has been: the best state that can still be read, and the highest generation seen."""

    best: Record | Root | None
    generation: int


def rebuild_record(bucket: Bucket, look: Look, backoff: Backoff) -> str:
    """Write a record that is gone, damaged or set back; return what was done, and what is lost.

    It is the state of the highest generation that can be read; without any, it lists the objects.
    """
    project = look.project
    key = record_key(project)

    def attempt(_again: bool) -> str:  # noqa: FBT001  # as Backoff calls it
        current, page = bucket.get(key), bucket.get(page_key(project))
        past = _past(bucket, key, current, page, lambda body: Record.parse(body, project))
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
        past = _past(bucket, ROOT_RECORD, current, page, Root.parse)
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


def _past(
    bucket: Bucket, key: str, current: Object | None, page: Object | None, parse: Callable[[bytes], Index]
) -> Past:
    """Read what is there, and every version that is kept. Raises NewerDocument."""
    bodies: list[bytes] = [current.body] if current else []
    for version in bucket.versions(key)[:_MOST_VERSIONS]:
        kept = None if version.is_delete_marker else bucket.get_version(key, version.id)
        if kept is not None:
            bodies.append(kept.body)
    good = [index for body in bodies if (index := _parsed(body, parse)) is not None]
    best = max(good, key=lambda index: index.generation, default=None)
    seen = [generation_of(page.body) if page else 0, *map(_generation_in, bodies)]
    return Past(best, max(0, best.generation if best else 0, *seen))


def _parsed(body: bytes, parse: Callable[[bytes], Index]) -> Index | None:
    try:
        return parse(body)
    except NewerDocument:
        raise
    except UnreadableDocument:
        return None


def _generation_in(body: bytes) -> int:
    """What a document says of itself that may be damaged."""
    try:
        said = json.loads(body)["_generation"]
    except (ValueError, KeyError, TypeError, RecursionError):
        said = max((int(found) for found in _GENERATION.findall(body)), default=0)
    return said if isinstance(said, int) and 0 <= said < 10**12 else 0
