"""Route 53, as far as a deployment looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.aws.aws_clients import ask, explained
from s3pypi_deploy.zones import Zone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef

_TYPES = {"A", "AAAA", "CNAME"}  # with which ours cannot be
_AT_ONCE = "100"  # records; a name has one of a type, or one for each place, weight, and so on


def find_zone(client: Route53Client, zone_id: str) -> Zone | None:
    """A hosted zone of the account; None where there is none. Raises AwsError."""
    answer = ask(lambda: client.get_hosted_zone(Id=zone_id), none_if={"NoSuchHostedZone"})
    if answer is None:
        return None
    found = answer["HostedZone"]
    is_private = found.get("Config", {}).get("PrivateZone", False)
    return Zone(zone_id, found["Name"].removesuffix("."), is_private)


def find_records(client: Route53Client, zone_id: str, name: str) -> Sequence[str]:
    """What a zone says about where a name leads, each as a line for people. Raises AwsError."""
    with explained():
        # The list is in order of names, and begins with this one.
        page = client.list_resource_record_sets(HostedZoneId=zone_id, StartRecordName=name, MaxItems=_AT_ONCE)
    return [
        f"{record['Type']} {_value(record)}"
        for record in page["ResourceRecordSets"]
        if record["Name"].removesuffix(".") == name and record["Type"] in _TYPES
    ]


def _value(record: ResourceRecordSetOutputTypeDef) -> str:
    if "AliasTarget" in record:
        return f"alias of {record['AliasTarget']['DNSName']}"
    return ", ".join(one["Value"] for one in record.get("ResourceRecords", []))
