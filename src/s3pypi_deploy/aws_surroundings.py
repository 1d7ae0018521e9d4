"""What a deployment needs beside CloudFormation, through the API of each service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3pypi_core.aws.aws_clients import AwsClients, AwsRefusal, ask, explained
from s3pypi_deploy.aws_buckets import delete_bucket, empty, find_region, load, store_once
from s3pypi_deploy.aws_foreign import foreign_keys
from s3pypi_deploy.aws_log_bucket import takes_acls
from s3pypi_deploy.aws_protection import read_protection
from s3pypi_deploy.aws_zones import find_records, find_zone
from s3pypi_deploy.reasons import REPLICAS
from s3pypi_deploy.settings import EDGE_REGION
from s3pypi_deploy.surroundings import Certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mypy_boto3_acm.type_defs import CertificateDetailTypeDef

    from s3pypi_deploy.surroundings import Protection
    from s3pypi_deploy.zones import Zone

_NOT_FOUND = {"ResourceNotFoundException"}


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
        return find_region(self.clients.s3(self.region), name, account)

    def protection(self, bucket: str, region: str, account: str) -> Protection:
        """See Surroundings.protection."""
        return read_protection(self.clients.s3(region), bucket, account)

    def store_code(self, bucket: str, key: str, body: bytes, account: str) -> bool:
        """See Surroundings.store_code."""
        return store_once(self.clients.s3(EDGE_REGION), bucket, key, body, account)

    def load_code(self, bucket: str, key: str, account: str) -> bytes | None:
        """See Surroundings.load_code."""
        return load(self.clients.s3(EDGE_REGION), bucket, key, account)

    def certificate(self, arn: str) -> Certificate | None:
        """See Surroundings.certificate."""
        client = self.clients.acm(EDGE_REGION)
        answer = ask(lambda: client.describe_certificate(CertificateArn=arn), none_if=_NOT_FOUND)
        if answer is None:
            return None
        found = answer["Certificate"]
        names = (found.get("DomainName", ""), *found.get("SubjectAlternativeNames", []))
        return Certificate(
            arn,
            found.get("Status", ""),
            tuple(dict.fromkeys(names)),
            found.get("FailureReason", ""),
            _records(found),
        )

    def functions(self) -> Sequence[str]:
        """See Surroundings.functions."""
        pages = self.clients.functions(EDGE_REGION).get_paginator("list_functions").paginate()
        with explained():
            return [one["FunctionName"] for page in pages for one in page["Functions"]]

    def delete_function(self, name: str) -> bool:
        """See Surroundings.delete_function."""
        client = self.clients.functions(EDGE_REGION)
        return _went(lambda: client.delete_function(FunctionName=name))

    def versions(self, function: str) -> Sequence[str]:
        """See Surroundings.versions."""
        paginator = self.clients.functions(EDGE_REGION).get_paginator("list_versions_by_function")
        pages = ask(lambda: list(paginator.paginate(FunctionName=function)), none_if=_NOT_FOUND) or ()
        found = (one["Version"] for page in pages for one in page["Versions"])
        return [version for version in found if version != "$LATEST"]

    def delete_version(self, function: str, version: str) -> bool:
        """See Surroundings.delete_version."""
        client = self.clients.functions(EDGE_REGION)
        return _went(lambda: client.delete_function(FunctionName=function, Qualifier=version))

    def foreign_keys(self, bucket: str, region: str, account: str) -> Sequence[str]:
        """See Surroundings.foreign_keys."""
        return foreign_keys(self.clients.s3(region), bucket, account)

    def empty(self, bucket: str, region: str, account: str) -> Iterator[int]:
        """See Surroundings.empty."""
        return empty(self.clients.s3(region), bucket, account)

    def delete_bucket(self, bucket: str, region: str, account: str) -> None:
        """See Surroundings.delete_bucket."""
        delete_bucket(self.clients.s3(region), bucket, account)

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


def _went(delete: Callable[[], object]) -> bool:
    try:
        ask(delete, none_if=_NOT_FOUND)  # it may be gone already
    except AwsRefusal as refusal:
        if REPLICAS in refusal.said:
            return False
        raise
    return True
