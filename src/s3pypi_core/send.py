"""Sending one distribution, with its metadata file, so that nothing is ever overwritten."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from s3pypi_core.bucket import METADATA_FILE_HEADERS, PreconditionFailed, distribution_headers
from s3pypi_core.errors import RepositoryError, repair_hint
from s3pypi_core.record import File, NameHeld
from s3pypi_edge.keys import file_key, metadata_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket, Head
    from s3pypi_core.distribution import Distribution


class MetadataDiffers(RepositoryError):
    """The bucket has another metadata file beside the same distribution."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"{key} is in the bucket already, and it is not the metadata of this file",
            repair_hint(),
        )


def send(
    bucket: Bucket,
    distribution: Distribution,
    upload_time: str,
    backoff: Backoff,
    counted: Callable[[int], None],
) -> File:
    """Create the distribution, then its metadata file; the same bytes already there are fine.

    ``upload_time`` is what the index will say, unless the file has been in the bucket before. ``counted`` is
    told of the distribution's bytes, as Bucket.create_file says.
    Returns what the index will list. Raises NameHeld when the name has other bytes, MetadataDiffers,
    Contended, or BucketError.
    """
    key = file_key(distribution.project, distribution.filename)
    sent = backoff.persist(key, lambda _again: _send_file(bucket, key, distribution, upload_time, counted))
    # Not before the distribution is there with these very bytes: of two uploaders each could win one of
    # both objects, and nobody could use the name any more.
    if distribution.metadata_is_final:
        key = metadata_key(distribution.project, distribution.filename)
        backoff.persist(key, lambda _again: _send_metadata(bucket, key, distribution.metadata))
    return sent


def _send_file(
    bucket: Bucket,
    key: str,
    distribution: Distribution,
    upload_time: str,
    counted: Callable[[int], None],
) -> File:
    """Raises PreconditionFailed where another upload of this name was under way, and came to nothing."""
    headers = distribution_headers(distribution.filename, distribution.sha256, upload_time)
    try:
        bucket.create_file(key, distribution.path, headers, sha256=distribution.sha256, sent=counted)
    except PreconditionFailed:
        there = bucket.head(key)
        if there is None:
            raise
        # An object that does not say its hash is nothing of ours, and is not taken on trust.
        if there.metadata.get("sha256") != distribution.sha256:
            raise NameHeld(distribution.project, distribution.filename) from None
        return _file_since(distribution, there, upload_time)
    return _file(distribution, upload_time)


def _send_metadata(bucket: Bucket, key: str, metadata: bytes) -> None:
    """Raises PreconditionFailed as ``_send_file`` does."""
    try:
        bucket.create(key, metadata, METADATA_FILE_HEADERS)
    except PreconditionFailed:
        there = bucket.get(key)
        if there is None:
            raise
        if there.body != metadata:
            raise MetadataDiffers(key) from None


def _file_since(distribution: Distribution, there: Head, upload_time: str) -> File:
    """The file with the time at which it was first uploaded, if the object says one that can be read."""
    try:
        return _file(distribution, there.metadata["upload-time"])
    except (KeyError, ValueError):
        return _file(distribution, upload_time)


def _file(distribution: Distribution, upload_time: str) -> File:
    final = distribution.metadata_is_final
    return File(
        filename=distribution.filename,
        sha256=distribution.sha256,
        size=distribution.size,
        upload_time=upload_time,
        requires_python=distribution.requires_python,
        core_metadata=hashlib.sha256(distribution.metadata).hexdigest() if final else None,
    )
