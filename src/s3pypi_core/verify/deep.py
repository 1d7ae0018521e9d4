"""What is found only by reading the objects: bytes, headers and metadata that are not what they should be."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from s3pypi_core.bucket import PAGE_HEADERS, AccessDenied, ObjectGone
from s3pypi_core.distribution import Distribution, InvalidDistribution
from s3pypi_core.fetch import fetched
from s3pypi_core.verify.finding import LOST
from s3pypi_core.verify.renew import headers_of, misfit
from s3pypi_edge.keys import METADATA, PAGE_NAME, file_key, metadata_key, page_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from s3pypi_core.bucket import Bucket
    from s3pypi_core.fetch import Fetched
    from s3pypi_core.record import File
    from s3pypi_core.verify.finding import Finding, Kind
    from s3pypi_core.verify.look import Look


def read_bytes(
    bucket: Bucket, look: Look, known: Sequence[Finding], go_on: Callable[[], bool]
) -> Iterator[Finding]:
    """Read every object of the project that can be compared with anything, and judge it.

    Listed ones are left out if they are in ``known``. ``go_on`` is asked before each file.
    """
    known_keys = {finding.key for finding in known}
    # By a record that is to be written again nothing is judged: it may list what has been deleted since.
    lost = any(finding.kind in LOST for finding in known)
    record = None if lost else look.record
    if record and page_key(look.project) not in known_keys:
        yield from _judge_page(bucket, look)
    for file in record.all_files if record else ():
        if not go_on():
            return
        if file_key(look.project, file.filename) not in known_keys:
            yield from _readable(look, file.filename, _judge_file(bucket, look, file))
        if file.core_metadata and metadata_key(look.project, file.filename) not in known_keys:
            judged = _judge_metadata(bucket, look, file, file.core_metadata)
            yield from _readable(look, file.filename + METADATA, judged)
    for name in look.unlisted:
        if not go_on():
            return
        yield from _readable(look, name, _judge_unlisted(bucket, look, name))


def _readable(look: Look, name: str, judged: Iterator[Finding]) -> Iterator[Finding]:
    """The findings of one object, or that these credentials may not read it: that does not end the rest."""
    try:
        yield from judged
    except AccessDenied as error:
        yield _finding(look, "unreadable", name, error.message)


def _finding(look: Look, kind: Kind, name: str, fault: str, filename: str = "") -> Finding:
    return replace(look.finding(kind, name, fault, filename), deep=True)


def _judge_page(bucket: Bucket, look: Look) -> Iterator[Finding]:
    """Judge the headers of the page, if nothing has read it yet."""
    head = None if look.page else bucket.head(page_key(look.project))
    if head and (fault := misfit(head, PAGE_HEADERS)):
        yield _finding(look, "headers", PAGE_NAME, fault)


def _judge_file(bucket: Bucket, look: Look, file: File) -> Iterator[Finding]:
    name = file.filename
    try:
        with fetched(bucket, file_key(look.project, name)) as found:
            if found.sha256 == file.sha256:
                yield from _judge_content(look, file, found)
            else:
                fault = "its bytes are not those whose hash is listed"
                yield _finding(look, "file-damaged", name, fault, name)
    except ObjectGone:
        yield _finding(look, "file-missing", name, "it is listed, and it is gone", name)


def _judge_content(look: Look, file: File, found: Fetched) -> Iterator[Finding]:
    """Judge the headers of a file whose bytes are right, and the metadata inside it."""
    name = file.filename
    if fault := misfit(found.head, headers_of(file, metadata=False)):
        yield _finding(look, "headers", name, fault, name)
    try:
        inside = Distribution.read(found.path)
    except InvalidDistribution as error:
        fault = f"the file holds no metadata: {error.fault}"
        yield _finding(look, "metadata-differs", name + METADATA, fault, name)
        return
    if file.core_metadata and hashlib.sha256(inside.metadata).hexdigest() != file.core_metadata:
        fault = "the record promises other metadata than the file holds"
        yield _finding(look, "metadata-differs", name + METADATA, fault, name)
    # A file that asks for nothing may have been given a demand where it moved in from.
    if inside.requires_python not in {None, file.requires_python}:
        fault = f"the file needs Python {inside.requires_python}, and its record says {file.requires_python}"
        yield _finding(look, "requires-python", name, fault, name)


def _judge_metadata(bucket: Bucket, look: Look, file: File, sha256: str) -> Iterator[Finding]:
    name = file.filename + METADATA
    try:
        with fetched(bucket, metadata_key(look.project, file.filename)) as found:
            if found.sha256 != sha256:
                fault = "its bytes are not those whose hash is listed"
                yield _finding(look, "metadata-damaged", name, fault, file.filename)
            elif fault := misfit(found.head, headers_of(file, metadata=True)):
                yield _finding(look, "headers", name, fault, file.filename)
    except ObjectGone:
        fault = "the record promises it, and it is gone"
        yield _finding(look, "metadata-missing", name, fault, file.filename)


def _judge_unlisted(bucket: Bucket, look: Look, name: str) -> Iterator[Finding]:
    """Compare a file that nothing lists with the hash it names, its tombstone, and the metadata beside it."""
    try:
        with fetched(bucket, file_key(look.project, name)) as found:
            if fault := _contradiction(look, name, found):
                yield _finding(look, "unlisted-damaged", name, fault, name)
                return
            metadata = Distribution.read(found.path).metadata
        beside = bucket.get(metadata_key(look.project, name))
    except ObjectGone:  # somebody has finished a deletion
        return
    except InvalidDistribution as error:
        yield _finding(look, "unlisted-damaged", name, error.fault, name)
        return
    if beside is not None and beside.body != metadata:
        fault = "it is not the metadata that the file beside it holds"
        yield _finding(look, "unlisted-damaged", name + METADATA, fault, name)


def _contradiction(look: Look, name: str, found: Fetched) -> str:
    said = found.head.metadata.get("sha256")
    if said not in {None, found.sha256}:
        return "its bytes are not those whose hash it names"
    tombstone = look.record.removed.get(name) if look.record else None
    if tombstone and tombstone.sha256 != found.sha256:
        return "its bytes are not those that were deleted from the index under this name"
    return ""
