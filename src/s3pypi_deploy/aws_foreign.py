"""What others keep in a repository's bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.aws.aws_clients import ask
from s3pypi_deploy.surroundings import OURS

if TYPE_CHECKING:
    from typing import Any

    from mypy_boto3_s3 import S3Client


def foreign_keys(client: S3Client, bucket: str, account: str) -> list[str]:
    """See Surroundings.foreign_keys. Deleted objects whose versions are kept are among it. Raises AwsError.

    What lies under our own prefixes is not listed: it can be a million objects.
    """
    return sorted(ask(lambda: _outside_ours(client, bucket, account), none_if={"NoSuchBucket"}) or ())


def _outside_ours(client: S3Client, bucket: str, account: str) -> set[str]:
    of = {"Bucket": bucket, "ExpectedBucketOwner": account}
    keys, folders = _listed(client, Delimiter="/", **of)
    for folder in folders.difference(OURS):
        keys |= _listed(client, Prefix=folder, **of)[0]
    return keys


def _listed(client: S3Client, **asked: Any) -> tuple[set[str], set[str]]:  # noqa: ANN401  # two shapes of the stubs
    keys: set[str] = set()
    folders: set[str] = set()
    for page in client.get_paginator("list_object_versions").paginate(**asked):
        keys.update(one["Key"] for one in page.get("Versions", []))
        keys.update(one["Key"] for one in page.get("DeleteMarkers", []))
        folders.update(one["Prefix"] for one in page.get("CommonPrefixes", []))
    return keys, folders
