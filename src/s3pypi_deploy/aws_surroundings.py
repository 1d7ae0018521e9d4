"""What a deployment needs beside CloudFormation, through the API of each service."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3pypi_core.aws_clients import AwsClients, AwsRefusal, explained
from s3pypi_core.errors import RepositoryError
from s3pypi_deploy.aws_log_bucket import takes_acls
from s3pypi_deploy.aws_zones import find_records, find_zone
from s3pypi_deploy.settings import EDGE_REGION
from s3pypi_deploy.surroundings import Certificate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from mypy_boto3_acm.type_defs import CertificateDetailTypeDef
    from mypy_boto3_s3 import S3Client

    from s3pypi_deploy.zones import Zone

_AT_ONCE = 1000  # keys that DeleteObjects takes


class NameTaken(RepositoryError):
    """A bucket of that name is somebody else's, or the credentials may not look at it."""

    def __init__(self, bucket: str) -> None:
        super().__init__(
            f"the bucket {bucket} belongs to another account, or these credentials may not s3:ListBucket it",
            "all of AWS shares the names of buckets: choose another with --bucket",
        )


@dataclass(frozen=True)
class AwsSurroundings:
    """See the protocol. ``region`` is the one of the packages."""

    clients: AwsClients
    region: str

    def account(self) -> str:
        """See Surroundings.account."""
        with explained():
            return self.clients.sts(self.region).get_caller_identity()["Account"]

    def bucket_region(self, name: str, account: str) -> str | None:
        """See Surroundings.bucket_region."""
        return _bucket_region(self.clients.s3(self.region), name, account)

    def store_code(self, bucket: str, key: str, body: bytes, account: str) -> bool:
        """See Surroundings.store_code."""
        client = self.clients.s3(EDGE_REGION)
        if _bucket_region(client, bucket, account) is None:
            _make_private(client, bucket, account)
        checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
        try:
            with explained():
                client.put_object(
                    Bucket=bucket,
                    Key=key,
                    Body=body,
                    ContentType="application/zip",
                    IfNoneMatch="*",
                    ChecksumSHA256=checksum,
                    ExpectedBucketOwner=account,
                )
        except AwsRefusal as refusal:
            if refusal.code == "PreconditionFailed":
                return False
            raise
        return True

    def load_code(self, bucket: str, key: str, account: str) -> bytes | None:
        """See Surroundings.load_code."""
        try:
            with explained():
                answer = self.clients.s3(EDGE_REGION).get_object(
                    Bucket=bucket, Key=key, ExpectedBucketOwner=account
                )
                return answer["Body"].read()
        except AwsRefusal as refusal:
            if refusal.code in {"NoSuchBucket", "NoSuchKey"}:
                return None
            raise

    def certificate(self, arn: str) -> Certificate | None:
        """See Surroundings.certificate."""
        try:
            with explained():
                found = self.clients.acm(EDGE_REGION).describe_certificate(CertificateArn=arn)["Certificate"]
        except AwsRefusal as refusal:
            if refusal.code == "ResourceNotFoundException":
                return None
            raise
        names = (found.get("DomainName", ""), *found.get("SubjectAlternativeNames", []))
        return Certificate(
            arn,
            found.get("Status", ""),
            tuple(dict.fromkeys(names)),
            found.get("FailureReason", ""),
            _records(found),
        )

    def versions(self, function: str) -> Sequence[str]:
        """See Surroundings.versions."""
        pages = self.clients.functions(EDGE_REGION).get_paginator("list_versions_by_function")
        try:
            with explained():
                found = [one for page in pages.paginate(FunctionName=function) for one in page["Versions"]]
        except AwsRefusal as refusal:
            if refusal.code == "ResourceNotFoundException":
                return []
            raise
        return [one["Version"] for one in found if one["Version"] != "$LATEST"]

    def delete_version(self, function: str, version: str) -> bool:
        """See Surroundings.delete_version."""
        try:
            with explained():
                self.clients.functions(EDGE_REGION).delete_function(FunctionName=function, Qualifier=version)
        except AwsRefusal as refusal:
            if "replicated function" in refusal.said:
                return False
            raise
        return True

    def empty(self, bucket: str, region: str, account: str) -> Iterator[int]:
        """See Surroundings.empty."""
        client = self.clients.s3(region)
        gone = 0
        while versions := _some_versions(client, bucket, account):
            with explained():
                answer = client.delete_objects(
                    Bucket=bucket, Delete={"Objects": versions, "Quiet": True}, ExpectedBucketOwner=account
                )
            for error in answer.get("Errors", [])[:1]:
                raise AwsRefusal(
                    "DeleteObjects", error.get("Code", ""), f"{error.get('Key')}: {error.get('Message')}"
                )
            gone += len(versions)
            yield gone

    def delete_bucket(self, bucket: str, region: str, account: str) -> None:
        """See Surroundings.delete_bucket."""
        try:
            with explained():
                self.clients.s3(region).delete_bucket(Bucket=bucket, ExpectedBucketOwner=account)
        except AwsRefusal as refusal:
            if refusal.code != "NoSuchBucket":
                raise

    def zone(self, zone_id: str) -> Zone | None:
        """See Surroundings.zone."""
        return find_zone(self.clients.zones(), zone_id)

    def records(self, zone_id: str, name: str) -> Sequence[str]:
        """See Surroundings.records."""
        return find_records(self.clients.zones(), zone_id, name)

    def takes_acls(self, bucket: str, account: str) -> bool | None:
        """See Surroundings.takes_acls."""
        return takes_acls(self.clients.s3(self.region), bucket, account)


def _records(certificate: CertificateDetailTypeDef) -> tuple[str, ...]:
    """The records that ACM has not yet found; they are known some seconds after the certificate is made."""
    records = [
        option["ResourceRecord"]
        for option in certificate.get("DomainValidationOptions", [])
        if option.get("ValidationStatus") != "SUCCESS" and "ResourceRecord" in option
    ]
    return tuple(f"{record['Name']} {record['Type']} {record['Value']}" for record in records)


def _some_versions(client: S3Client, bucket: str, account: str) -> list[Any]:
    try:
        with explained():
            page = client.list_object_versions(Bucket=bucket, MaxKeys=_AT_ONCE, ExpectedBucketOwner=account)
    except AwsRefusal as refusal:
        if refusal.code == "NoSuchBucket":
            return []
        raise
    listed: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    return [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in listed]


def _bucket_region(client: S3Client, name: str, account: str) -> str | None:
    try:
        with explained():
            answer = client.head_bucket(Bucket=name, ExpectedBucketOwner=account)
    except AwsRefusal as refusal:
        # An answer to HEAD has no body: botocore gives the status as the code.
        if refusal.code in {"404", "NoSuchBucket"}:
            return None
        if refusal.code == "AccessDenied":
            raise NameTaken(name) from None
        raise
    return answer.get("BucketRegion", EDGE_REGION)


def _make_private(client: S3Client, bucket: str, account: str) -> None:
    try:
        with explained():
            client.create_bucket(Bucket=bucket)  # in us-east-1, which no constraint may name
    except AwsRefusal as refusal:
        if refusal.code in {"BucketAlreadyExists", "OperationAborted"}:
            raise NameTaken(bucket) from None
        if refusal.code != "BucketAlreadyOwnedByYou":
            raise
    with explained():
        client.put_public_access_block(
            Bucket=bucket,
            ExpectedBucketOwner=account,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        )
        client.put_bucket_encryption(
            Bucket=bucket,
            ExpectedBucketOwner=account,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        )
