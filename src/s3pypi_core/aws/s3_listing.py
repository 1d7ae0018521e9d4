"""Listings of a bucket on S3, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.bucket import Entry, Unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client


def entries_of(client: S3Client, bucket: str, prefix: str) -> Iterator[Entry]:
    """See Bucket.list. Raises what botocore raises."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", []):
            yield Entry(found["Key"], found["Size"], found["ETag"], found["LastModified"])


def uploads_in_parts(client: S3Client, bucket: str, prefix: str) -> Iterator[Unfinished]:
    """See Bucket.unfinished. Raises what botocore raises."""
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Uploads", []):
            yield Unfinished(found["Key"], found["UploadId"], found["Initiated"])
