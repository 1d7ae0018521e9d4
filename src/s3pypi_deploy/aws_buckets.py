"""The buckets of a deployment, through S3's API: finding, filling and emptying them."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from s3pypi_core.aws.aws_clients import AwsRefusal, ask, explained
from s3pypi_deploy.errors import BucketNameTaken, NotLetGo
from s3pypi_deploy.settings import EDGE_REGION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from mypy_boto3_s3 import S3Client

_AT_ONCE = 1000  # keys that DeleteObjects takes
_NAMED_BY = "--name"  # the bucket of the code, which is named after the repository
_PRIVATE: Any = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}
_ENCRYPTED: Any = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}


def find_region(client: S3Client, name: str, account: str, option: str = "--bucket") -> str | None:
    """See Surroundings.bucket_region. ``option`` is what changes the name."""
    try:
        answer = ask(
            lambda: client.head_bucket(Bucket=name, ExpectedBucketOwner=account),
            none_if={
                "404",
                "NoSuchBucket",
            },  # HEAD's answer has no body: botocore takes the status for a code
        )
    except AwsRefusal as refusal:
        if refusal.code == "AccessDenied":
            raise BucketNameTaken(name, option) from None
        raise
    return None if answer is None else answer.get("BucketRegion", EDGE_REGION)


def store_once(client: S3Client, bucket: str, key: str, body: bytes, account: str) -> bool:
    """See Surroundings.store_code. The client is one of CloudFront's region."""
    if find_region(client, bucket, account, _NAMED_BY) is None:
        _make(client, bucket)
        _make_private(client, bucket, account)
    return _put_new(client, bucket, key, body, account)


def load(client: S3Client, bucket: str, key: str, account: str) -> bytes | None:
    """See Surroundings.load_code."""

    def read() -> bytes:
        return client.get_object(Bucket=bucket, Key=key, ExpectedBucketOwner=account)["Body"].read()

    return ask(read, none_if={"NoSuchBucket", "NoSuchKey"})


def empty(client: S3Client, bucket: str, account: str) -> Iterator[int]:
    """See Surroundings.empty."""
    gone = 0
    while versions := _some_versions(client, bucket, account):
        with explained():
            answer = client.delete_objects(
                Bucket=bucket, Delete={"Objects": versions, "Quiet": True}, ExpectedBucketOwner=account
            )
        for error in answer.get("Errors", [])[:1]:
            said = f"{error.get('Key')}: {error.get('Message')}"
            raise AwsRefusal("DeleteObjects", error.get("Code", ""), said)
        gone += len(versions)
        yield gone


def delete_bucket(client: S3Client, bucket: str, account: str) -> None:
    """See Surroundings.delete_bucket."""
    ask(lambda: client.delete_bucket(Bucket=bucket, ExpectedBucketOwner=account), none_if={"NoSuchBucket"})


def _some_versions(client: S3Client, bucket: str, account: str) -> list[Any]:
    page = ask(
        lambda: client.list_object_versions(Bucket=bucket, MaxKeys=_AT_ONCE, ExpectedBucketOwner=account),
        none_if={"NoSuchBucket"},
    )
    if page is None:
        return []
    listed: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    return [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in listed]


def _put_new(client: S3Client, bucket: str, key: str, body: bytes, account: str) -> bool:
    checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
    answer = ask(
        lambda: client.put_object(
            Bucket=bucket,
            Key=key,
            Body=body,
            ContentType="application/zip",
            IfNoneMatch="*",
            ChecksumSHA256=checksum,
            ExpectedBucketOwner=account,
        ),
        none_if={"PreconditionFailed"},
    )
    return answer is not None


def _make(client: S3Client, bucket: str) -> None:
    try:
        with explained():
            client.create_bucket(Bucket=bucket)  # in us-east-1, which no constraint may name
    except AwsRefusal as refusal:
        if refusal.code == "OperationAborted":
            raise NotLetGo(bucket) from None
        if refusal.code == "BucketAlreadyExists":
            raise BucketNameTaken(bucket, _NAMED_BY) from None
        if refusal.code != "BucketAlreadyOwnedByYou":
            raise


def _make_private(client: S3Client, bucket: str, account: str) -> None:
    of: Any = {"Bucket": bucket, "ExpectedBucketOwner": account}
    with explained():
        client.put_public_access_block(**of, PublicAccessBlockConfiguration=_PRIVATE)
        client.put_bucket_encryption(**of, ServerSideEncryptionConfiguration=_ENCRYPTED)
