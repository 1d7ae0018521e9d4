"""A repository in any bucket: filling it, and judging whether it is whole."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from s3pypi_core.backoff import Backoff
from s3pypi_core.distribution import Distribution
from s3pypi_core.page import generation_of, project_page, root_page
from s3pypi_core.plan import Plan
from s3pypi_core.progress import SILENT
from s3pypi_core.record import Record
from s3pypi_core.root import Root
from s3pypi_core.upload import upload
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, file_key, metadata_key, normalize, page_key, record_key

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.bucket import Bucket, Object
    from s3pypi_core.progress import Progress
    from s3pypi_core.upload import Report

UPLOAD_TIME = "2026-11-22T10:00:00.000000Z"
PATIENT = Backoff(sleep=lambda _seconds: None)


def unheard(_amount: int) -> None:
    """Nobody wants to know how many bytes were sent."""


def publish(
    bucket: Bucket,
    *paths: Path,
    skip_existing: bool = False,
    time: str = UPLOAD_TIME,
    progress: Progress = SILENT,
) -> Report:
    """Upload files as ``s3twine upload`` does; return its report."""
    plan = Plan.of([Distribution.read(path) for path in paths], skip_existing=skip_existing)
    return upload(plan, bucket, upload_time=time, backoff=PATIENT, progress=progress)


def body(bucket: Bucket, key: str) -> bytes:
    """The body of an object that must be there."""
    found = bucket.get(key)
    assert found is not None, key
    return found.body


def content(found: Object | None) -> tuple[bytes, str]:
    """The body and the ETag of an object that must be there."""
    assert found is not None
    return found.body, found.etag


def record_of(bucket: Bucket, name: str) -> Record:
    """The record of a project that must be there."""
    project = normalize(name)
    return Record.parse(body(bucket, record_key(project)), project)


def root_of(bucket: Bucket) -> Root:
    """The root record, which must be there."""
    return Root.parse(body(bucket, ROOT_RECORD))


def file_names(bucket: Bucket, name: str) -> set[str]:
    """What pip would be offered of a project."""
    return {file.filename for file in record_of(bucket, name).files}


def assert_installable(bucket: Bucket, name: str) -> None:
    """Whatever the record lists is there, byte for byte, with its metadata."""
    record = record_of(bucket, name)
    for file in record.files:
        content = body(bucket, file_key(record.project, file.filename))
        assert hashlib.sha256(content).hexdigest() == file.sha256
        if file.core_metadata is not None:
            metadata = body(bucket, metadata_key(record.project, file.filename))
            assert hashlib.sha256(metadata).hexdigest() == file.core_metadata


def assert_whole(bucket: Bucket, *names: str) -> None:
    """Records, pages and the root pair agree, and name exactly these projects."""
    root = root_of(bucket)
    assert set(root.projects) == set(names)
    assert body(bucket, ROOT_PAGE) == root_page(root)
    for name in names:
        assert_installable(bucket, name)
        record = record_of(bucket, name)
        assert body(bucket, page_key(record.project)) == project_page(record)
        assert generation_of(project_page(record)) == record.generation
