"""What S3 keeps of a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from s3pypi_core.bucket import Version

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import DeleteMarkerEntryTypeDef, ObjectVersionTypeDef


def list_versions(client: S3Client, bucket: str, key: str) -> list[Version]:
    """Return what Bucket.versions promises. Raises what botocore raises."""
    found: list[Version] = []
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key):
        entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        found += [_version(entry) for entry in entries if entry["Key"] == key]
        # Keys come in order: what follows the first other one is not ours either.
        if any(entry["Key"] != key for entry in entries):
            break
    # S3 lists versions and markers apart, each newest first, and tells the time in whole seconds.
    return sorted(found, key=lambda version: (version.is_latest, version.modified), reverse=True)


def _version(entry: ObjectVersionTypeDef | DeleteMarkerEntryTypeDef) -> Version:
    return Version(
        entry["VersionId"],
        cast("str", entry.get("ETag", "")),
        cast("int", entry.get("Size", 0)),
        entry["LastModified"],
        "ETag" not in entry,  # a delete marker has no body
        entry["IsLatest"],
    )
