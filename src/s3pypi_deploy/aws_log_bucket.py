"""Who owns the objects of a bucket, and whether ACLs are of any use there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.aws.aws_clients import AwsRefusal, explained

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def takes_acls(client: S3Client, bucket: str, account: str) -> bool | None:
    """Whether objects may have ACLs; None where there is no bucket. Raises AwsError."""
    try:
        with explained():
            answer = client.get_bucket_ownership_controls(Bucket=bucket, ExpectedBucketOwner=account)
    except AwsRefusal as refusal:
        if refusal.code == "NoSuchBucket":
            return None
        # As buckets were until April 2023: objects belong to whoever writes them.
        if refusal.code == "OwnershipControlsNotFoundError":
            return True
        raise
    rules = answer["OwnershipControls"]["Rules"]
    return all(rule["ObjectOwnership"] != "BucketOwnerEnforced" for rule in rules)
