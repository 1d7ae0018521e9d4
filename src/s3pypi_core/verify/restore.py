"""Bringing objects back: a distribution from an old version, a metadata file from its distribution."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

from s3pypi_core.bucket import METADATA_FILE_HEADERS, PreconditionFailed, distribution_headers
from s3pypi_core.distribution import Distribution, InvalidDistribution
from s3pypi_core.document import NewerDocument, UnreadableDocument
from s3pypi_core.errors import RepositoryError
from s3pypi_core.fetch import fetched
from s3pypi_core.file import File
from s3pypi_core.objects import uncover
from s3pypi_core.progress import unheard
from s3pypi_core.project_index import find_record
from s3pypi_edge.keys import file_key, metadata_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_core.bucket import Bucket
    from s3pypi_core.fetch import Fetched
    from s3pypi_core.record import Record
    from s3pypi_edge.keys import Project


class CannotMend(RepositoryError):
    """What is left does not suffice for the repair; the sentence says what is missing."""


def restore_file(bucket: Bucket, project: Project, filename: str) -> str:
    """Put back a listed distribution from an earlier version whose hash is the listed one.

    Raises CannotMend where the bucket has no such version; the file then stays listed.
    """
    file = listed_file(bucket, project, filename)
    key = file_key(project, filename)
    for version in bucket.versions(key):
        if version.is_latest or version.is_delete_marker or version.size != file.size:
            continue
        with fetched(bucket, key, version=version.id) as found:
            if found.sha256 == file.sha256:
                if _delete_unless(bucket, key, file.sha256):
                    return "restored by somebody else meanwhile"
                put_listed(bucket, project, file, lambda: _put_file(bucket, key, file, found))
                return "restored from an earlier version"
    raise CannotMend("no earlier version of it has the bytes whose hash is listed")


def _put_file(bucket: Bucket, key: str, file: File, found: Fetched) -> str:
    headers = distribution_headers(file.filename, file.sha256, file.upload_time)
    bucket.create_file(key, found.path, headers, sha256=file.sha256, sent=unheard)
    return key


def restore_metadata(bucket: Bucket, project: Project, filename: str) -> str:
    """Write a listed metadata file again, from its distribution. Raises CannotMend."""
    file = listed_file(bucket, project, filename)
    with fetched(bucket, file_key(project, filename)) as found:
        if found.sha256 != file.sha256:
            raise CannotMend("its distribution has other bytes than those whose hash is listed")
        metadata = read_inside(found).metadata
    if hashlib.sha256(metadata).hexdigest() != file.core_metadata:
        raise CannotMend("the record promises other metadata than the file holds")
    put_listed(bucket, project, file, lambda: _put_metadata(bucket, project, filename, metadata))
    return "written again from its distribution"


def _put_metadata(bucket: Bucket, project: Project, filename: str, metadata: bytes) -> str:
    """Let the metadata file be ``metadata``; return its key, or nothing where somebody else wrote it."""
    key = metadata_key(project, filename)
    if _delete_unless(bucket, key, hashlib.sha256(metadata).hexdigest()):
        return ""
    try:
        bucket.create(key, metadata, METADATA_FILE_HEADERS)
    except PreconditionFailed:
        there = bucket.get(key)
        if there is None or there.body != metadata:
            raise
        return ""
    return key


def read_unlisted(bucket: Bucket, project: Project, filename: str, *, undeleting: bool = False) -> File:
    """What an uploaded distribution says of itself, with its metadata file in place.

    Where it has been deleted, the metadata file does not stay, unless ``undeleting`` says that it may.
    Raises CannotMend where the object does not say whose bytes it should hold, or holds others.
    """
    key = file_key(project, filename)
    head = bucket.head(key)
    if head is None:
        raise CannotMend("it is gone")
    with fetched(bucket, key) as found:
        if head.metadata.get("sha256") != found.sha256:
            raise CannotMend("the object does not name the hash of its bytes, as every upload does")
        distribution = read_inside(found)
    if final := distribution.metadata_is_final:
        put_while(
            lambda: _may_be_listed(bucket, project, filename, found.sha256, undeleting=undeleting),
            bucket,
            lambda: _put_metadata(bucket, project, filename, distribution.metadata),
            is_named=lambda: _is_named(bucket, project, filename),
        )
    try:
        return File(
            filename=filename,
            sha256=found.sha256,
            size=found.size,
            upload_time=head.metadata.get("upload-time", ""),
            requires_python=distribution.requires_python,
            core_metadata=hashlib.sha256(distribution.metadata).hexdigest() if final else None,
        )
    except ValueError as fault:
        raise CannotMend(str(fault)) from None


def read_inside(found: Fetched) -> Distribution:
    """What a distribution says of itself. Raises CannotMend, which does not name the copy of this moment."""
    try:
        return Distribution.read(found.path)
    except InvalidDistribution as error:
        raise CannotMend(error.fault) from None


def listed_file(bucket: Bucket, project: Project, filename: str) -> File:
    """The file as the record has it now. Raises CannotMend if it is not listed any more."""
    record = find_record(bucket, project)
    for file in record.all_files if record else ():
        if file.filename == filename:
            return file
    raise CannotMend("it is not listed any more")


def put_listed(bucket: Bucket, project: Project, file: File, put: Callable[[], str]) -> None:
    """Store what belongs to a listed file; see put_while."""
    put_while(
        lambda: _is_listed(bucket, project, file),
        bucket,
        put,
        is_named=lambda: _is_named(bucket, project, file.filename),
    )


def put_while(
    is_wanted: Callable[[], bool], bucket: Bucket, put: Callable[[], str], *, is_named: Callable[[], bool]
) -> None:
    """Store an object; ``put`` returns its key, or nothing if it has stored none.

    A deletion that has ended meanwhile would never take it away: nobody would be able to upload other bytes
    under its name, and a later repair would list it. So it goes again where it is not wanted any more.
    What went comes back if the file ``is_named`` by then: others may have published other bytes under it.
    Raises CannotMend then, and what ``put`` raises.
    """
    key = put()
    if not key or is_wanted():
        return
    bucket.delete(key)
    if not is_wanted():
        if is_named():
            uncover(bucket, key)
        raise CannotMend("it was deleted from the index meanwhile")
    # An upload had found it, and counts on it.
    with contextlib.suppress(PreconditionFailed):
        put()


def _is_listed(bucket: Bucket, project: Project, file: File) -> bool:
    """Whether the record lists these bytes; one that is lost or damaged does not say that they go."""
    record = _record_now(bucket, project)
    return record is None or (file.filename, file.sha256) in {
        (each.filename, each.sha256) for each in record.all_files
    }


def _is_named(bucket: Bucket, project: Project, filename: str) -> bool:
    """Whether the record lists the name, whatever its bytes."""
    record = _record_now(bucket, project)
    return record is not None and filename in {file.filename for file in record.all_files}


def _may_be_listed(bucket: Bucket, project: Project, filename: str, sha256: str, *, undeleting: bool) -> bool:
    """Whether a distribution that nothing listed is there still, and has not been deleted."""
    record, head = _record_now(bucket, project), bucket.head(file_key(project, filename))
    is_removed = record is not None and filename in record.removed and not undeleting
    return head is not None and head.metadata.get("sha256") == sha256 and not is_removed


def _record_now(bucket: Bucket, project: Project) -> Record | None:
    """The record, or None where it is lost or damaged. Raises NewerDocument."""
    try:
        return find_record(bucket, project)
    except NewerDocument:
        raise
    except UnreadableDocument:
        return None


def _delete_unless(bucket: Bucket, key: str, sha256: str) -> bool:
    """Make room where other bytes lie: nothing may be written over an object under packages/.

    Return whether the right ones lie there by now.
    """
    if bucket.head(key) is None:
        return False
    with fetched(bucket, key) as found:
        right = found.sha256 == sha256
    if not right:
        bucket.delete(key)
    return right
