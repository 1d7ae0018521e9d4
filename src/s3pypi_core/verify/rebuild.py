"""Writing a record, a page or the root again, each by compare-and-swap on what was read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from s3pypi_core.bucket import PAGE_HEADERS, RECORD_HEADERS
from s3pypi_core.document import UnreadableDocument
from s3pypi_core.errors import RepositoryError
from s3pypi_core.page import believed_generation, is_page_of, project_page, root_page, status_of, yanks_of
from s3pypi_core.project_index import find_record
from s3pypi_core.record import STATUSES, Record
from s3pypi_core.record_changes import set_status
from s3pypi_core.root import Root
from s3pypi_core.verify.past import parsed, past_of
from s3pypi_core.verify.restore import CannotMend, read_unlisted
from s3pypi_core.verify.set_back import said_of, with_what_came
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, page_key, record_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket, Headers, Object
    from s3pypi_core.verify.look import Look
    from s3pypi_edge.keys import Project


def rebuild_record(bucket: Bucket, look: Look, backoff: Backoff, *, until: datetime) -> str:
    """Write a record that is gone, damaged or set back; return what was done, and what is lost.

    It is the state of the highest generation that can be read; without any, it lists the objects that were
    stored until then, and the project has the status that its page tells.
    """
    project = look.project
    key = record_key(project)

    def attempt(_again: bool) -> str:  # noqa: FBT001  # as Backoff calls it
        current, page = bucket.get(key), bucket.get(page_key(project))
        past = past_of(bucket, key, current, page, lambda body: Record.parse(body, project))
        if isinstance(past.best, Record):
            now = parsed(current.body, lambda body: Record.parse(body, project)) if current else None
            record = with_what_came(past.best, now, past.earlier) if now else past.best
            said = f"written again from the last good state of it{said_of(past.best, record)}"
        else:
            record, said = _from_objects(bucket, look, page, until)
        _put(bucket, key, replace(record, generation=past.generation + 1).to_json(), RECORD_HEADERS, current)
        return said

    return backoff.persist(key, attempt)


def _from_objects(bucket: Bucket, look: Look, page: Object | None, until: datetime) -> tuple[Record, str]:
    files, lost = [], []
    for name in look.distributions(until):
        try:
            files.append(read_unlisted(bucket, look.project, name))
        except RepositoryError as error:
            lost.append(f"{name} ({error.message})")
    said = f"rebuilt from {len(files)} object{'s' * (len(files) != 1)}"
    shown = page.body if page and is_page_of(page.body, look.project) else b""
    told = status_of(shown)
    status, reason = told if told and told[0] in STATUSES else ("", None)
    yanks = yanks_of(shown) if status else None
    said += _told(status=bool(status), yanks=yanks is not None)
    said += f", nor {', '.join(lost)}" if lost else ""
    yanked = (replace(file, yanked=(yanks or {}).get((file.filename, file.sha256), False)) for file in files)
    record = Record(look.project, files=tuple(yanked))
    return set_status(record, status or "active", reason), said


def _told(*, status: bool, yanks: bool) -> str:
    """What of a record its page tells, and what is lost."""
    words = {"status": status, "yanks": yanks}
    known = " and ".join(word for word, is_known in words.items() if is_known)
    said = f"; {known} as its page tells" if known else ""
    lost = ", ".join(word for word, is_known in words.items() if not is_known)
    return f"{said}; {lost}{' and ' if lost else ''}the names of deleted files could not be recovered"


def rewrite_page(bucket: Bucket, project: Project, backoff: Backoff) -> str:
    """Write the page that the record gives. Raises CannotMend where there is no record by now."""
    key = page_key(project)

    def attempt(_again: bool) -> str:  # noqa: FBT001  # as Backoff calls it
        record, page = find_record(bucket, project), bucket.get(key)
        if record is None:
            raise CannotMend("its record is gone")
        # A page of a later generation is that of an upload which has just finished.
        if page is None or believed_generation(page.body) <= record.generation:
            _put(bucket, key, project_page(record), PAGE_HEADERS, page)
        return "written again from its record"

    return backoff.persist(key, attempt)


def rebuild_root(bucket: Bucket, projects: Iterable[Project], backoff: Backoff) -> str:
    """Write a root that is gone, damaged or set back: every project that is known of and not empty now."""
    expected = frozenset(projects)

    def attempt(_again: bool) -> str:  # noqa: FBT001  # as Backoff calls it
        current, page = bucket.get(ROOT_RECORD), bucket.get(ROOT_PAGE)
        past = past_of(bucket, ROOT_RECORD, current, page, Root.parse)
        best = past.best if isinstance(past.best, Root) else Root()
        # An upload may have named its project on an earlier state since that was put back.
        came = parsed(current.body, Root.parse) if current else None
        maybe = expected.union(best.projects, came.projects if came else ())
        named = tuple(project for project in maybe if not _is_empty(bucket, project))
        # A repository that was being made when its maker stopped has never had another state.
        first = past.best is None and past.generation == 0 and not named and current is None
        root = replace(best, projects=named, generation=0 if first else past.generation + 1)
        _put(bucket, ROOT_RECORD, root.to_json(), RECORD_HEADERS, current)
        return f"written again with {len(named)} project{'s' * (len(named) != 1)}"

    return backoff.persist(ROOT_RECORD, attempt)


def lists_files(bucket: Bucket, project: Project) -> bool:
    """Whether the project has any file, be it withheld. Raises UnreadableDocument."""
    record = find_record(bucket, project)
    return record is not None and bool(record.all_files)


def _is_empty(bucket: Bucket, project: Project) -> bool:
    """Whether the record says that there is no file; one that is lost or cannot be read says nothing."""
    try:
        record = find_record(bucket, project)
    except UnreadableDocument:
        return False
    return record is not None and not record.all_files


def rewrite_root_page(bucket: Bucket, backoff: Backoff) -> str:
    """Write the page that the root gives. Raises CannotMend where there is no root by now."""

    def attempt(_again: bool) -> str:  # noqa: FBT001  # as Backoff calls it
        found, page = bucket.get(ROOT_RECORD), bucket.get(ROOT_PAGE)
        if found is None:
            raise CannotMend("the root's record is gone")
        root = Root.parse(found.body)
        # A page of a later generation is that of a change to the list which has just finished.
        if page is None or believed_generation(page.body) <= root.generation:
            _put(bucket, ROOT_PAGE, root_page(root), PAGE_HEADERS, page)
        return "written again from its record"

    return backoff.persist(ROOT_PAGE, attempt)


def _put(bucket: Bucket, key: str, body: bytes, headers: Headers, current: Object | None) -> None:
    if current is None:
        bucket.create(key, body, headers)
    elif current.body != body:
        bucket.replace(key, body, headers, etag=current.etag)
