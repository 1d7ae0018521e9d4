"""Mending what comes with right bytes: the headers of an object, and which Python a file needs."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from s3pypi_core import record_changes
from s3pypi_core.bucket import (
    METADATA_FILE_HEADERS,
    RECORD_HEADERS,
    PreconditionFailed,
    distribution_headers,
)
from s3pypi_core.document import check_next
from s3pypi_core.errors import RepositoryError
from s3pypi_core.fetch import fetched
from s3pypi_core.objects import uncover
from s3pypi_core.progress import unheard
from s3pypi_core.project_index import ProjectIndex, change_record
from s3pypi_core.record import Record
from s3pypi_core.root import Root
from s3pypi_core.verify.restore import CannotMend, listed_file, put_listed, read_inside
from s3pypi_edge.keys import ROOT_RECORD, file_key, record_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket, Head, Headers
    from s3pypi_core.fetch import Fetched
    from s3pypi_core.file import File
    from s3pypi_edge.keys import Project


def misfit(head: Head, headers: Headers) -> str:
    """Which headers of an object are wrong, in words; empty if none is."""
    pairs = {
        "Content-Type": (head.content_type, headers.content_type),
        "Cache-Control": (head.cache_control, headers.cache_control),
    }
    for name, value in headers.metadata.items():
        pairs[f"x-amz-meta-{name}"] = (head.metadata.get(name, ""), value)
    wrong = (f"its {name} is {has!r}, and not {due!r}" for name, (has, due) in pairs.items() if has != due)
    return "; ".join(wrong)


def headers_of(file: File, *, metadata: bool) -> Headers:
    """The headers that a listed distribution, or its metadata file, should have."""
    if metadata:
        return METADATA_FILE_HEADERS
    return distribution_headers(file.filename, file.sha256, file.upload_time)


def renew_object(bucket: Bucket, project: Project, filename: str, key: str) -> str:
    """Store a listed distribution, or its metadata file, again with the headers that it should have.

    Nothing may be written over it, so it is taken away first, and only where the bucket keeps a version of
    it. If the bucket then refuses the new one, that version is brought back; if the repair ends in between,
    the next repair does it. Raises CannotMend.
    """
    file = listed_file(bucket, project, filename)
    metadata = key != file_key(project, filename)
    sha256, headers = file.core_metadata if metadata else file.sha256, headers_of(file, metadata=metadata)
    with fetched(bucket, key) as found:
        if sha256 is None or found.sha256 != sha256:
            raise CannotMend("its bytes are not those whose hash is listed")
        if not misfit(found.head, headers):
            return "stored again by somebody else meanwhile"
        if not any(version.is_latest and version.id != "null" for version in bucket.versions(key)):
            raise CannotMend("it would have to be taken away first, and the bucket keeps no version of it")
        bucket.delete(key)
        _put_again(bucket, project, file, key, lambda: _put(bucket, key, found, headers))
    return "stored again with the right headers"


def _put_again(bucket: Bucket, project: Project, file: File, key: str, put: Callable[[], str]) -> None:
    """Store what was taken away; if that fails, bring its last version back, if it is still listed."""
    try:
        put_listed(bucket, project, file, put)
    except CannotMend:  # it was deleted
        raise
    except (RepositoryError, PreconditionFailed):
        with contextlib.suppress(RepositoryError):  # what went wrong first is said
            put_listed(bucket, project, file, lambda: key if uncover(bucket, key) else "")
        raise


def _put(bucket: Bucket, key: str, found: Fetched, headers: Headers) -> str:
    bucket.create_file(key, found.path, headers, sha256=found.sha256, sent=unheard)
    return key


def renew_record(bucket: Bucket, project: Project, backoff: Backoff) -> str:
    """Write the record as it is, as the next generation: a cache that asks by ETag takes its headers, too.

    The page is older then, and has to be written after it. Raises CannotMend where there is no record by now.
    """
    return _renew(bucket, record_key(project), lambda body: Record.parse(body, project), backoff, project)


def renew_root(bucket: Bucket, backoff: Backoff) -> str:
    """Write the list of projects as it is, as the next generation. Raises CannotMend if it is gone."""
    return _renew(bucket, ROOT_RECORD, Root.parse, backoff)


def _renew(
    bucket: Bucket, key: str, parse: Callable[[bytes], Record | Root], backoff: Backoff, *projects: Project
) -> str:
    def attempt(_again: bool) -> str:  # noqa: FBT001  # as Backoff calls it
        found = bucket.get(key)
        if found is None:
            raise CannotMend("its record is gone")
        index = parse(found.body)
        renewed = replace(index, generation=index.generation + 1)
        check_next(key, renewed.generation, *projects)
        bucket.replace(key, renewed.to_json(), RECORD_HEADERS, etag=found.etag)
        return "written again as the next generation, and with the right headers"

    return backoff.persist(key, attempt)


def correct_requirement(bucket: Bucket, project: Project, filename: str, backoff: Backoff) -> str:
    """Let the record say which Python a listed file needs, as the file itself does. Raises CannotMend."""
    listed = listed_file(bucket, project, filename)
    with fetched(bucket, file_key(project, filename)) as found:
        if found.sha256 != listed.sha256:
            raise CannotMend("its bytes are not those whose hash is listed")
        needed = read_inside(found).requires_python

    def corrected(record: Record) -> Record:
        return record_changes.correct_requirement(record, listed, needed)

    change_record(bucket, ProjectIndex.read(bucket, project, known=True), corrected, backoff)
    return "the record says what the file does"
