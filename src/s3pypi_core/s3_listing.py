"""Listings of a bucket on S3, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.bucket import Entry, Unfinished, Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client


def entries(client: S3Client, bucket: str, prefix: str) -> Iterator[Entry]:
    """See Bucket.list. Raises what botocore raises."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", []):
            yield Entry(found["Key"], found["Size"], found["ETag"], found["LastModified"])


def versions_of(client: S3Client, bucket: str, key: str) -> list[Version]:
    """See Bucket.versions. Raises what botocore raises."""
    kept: list[Version] = []
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key):
        # The prefix lets longer keys through: those of the metadata file, for one.
        for found in page.get("Versions", []):
            if found["Key"] == key:
                state = (found["VersionId"], found["ETag"], found["Size"], found["LastModified"])
                kept.append(Version(*state, is_delete_marker=False, is_latest=found["IsLatest"]))
        for marker in page.get("DeleteMarkers", []):
            if marker["Key"] == key:
                state = (marker["VersionId"], "", 0, marker["LastModified"])
                kept.append(Version(*state, is_delete_marker=True, is_latest=marker["IsLatest"]))
    # Versions and markers come apart, each newest first; the clock of S3 counts whole seconds.
    return sorted(kept, key=lambda version: (version.is_latest, version.modified), reverse=True)


def uploads_in_parts(client: S3Client, bucket: str, prefix: str) -> Iterator[Unfinished]:
    """See Bucket.unfinished. Raises what botocore raises."""
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Uploads", []):
            yield Unfinished(found["Key"], found["UploadId"], found["Initiated"])
