"""How a bucket keeps what is in it, as S3 tells it: what was never set is an error there, and none here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.aws.aws_clients import ask
from s3pypi_deploy.surroundings import OUR_RULES, OURS, Protection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from mypy_boto3_s3 import S3Client

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_NAMELESS = "a rule without a name"
_UNSET = {
    "NoSuchPublicAccessBlockConfiguration",
    "OwnershipControlsNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
    "NoSuchBucketPolicy",
    "NoSuchLifecycleConfiguration",
}


def read_protection(client: S3Client, bucket: str, account: str) -> Protection:
    """Ask for each setting of a bucket that an account owns. Raises AwsError."""
    of: Any = {"Bucket": bucket, "ExpectedBucketOwner": account}
    versioning = _setting(lambda: client.get_bucket_versioning(**of))
    blocks = _setting(lambda: client.get_public_access_block(**of)).get("PublicAccessBlockConfiguration", {})
    owner = _setting(lambda: client.get_bucket_ownership_controls(**of)).get("OwnershipControls", {})
    keys = _setting(lambda: client.get_bucket_encryption(**of)).get("ServerSideEncryptionConfiguration", {})
    policy = _setting(lambda: client.get_bucket_policy(**of))
    lifecycle = _setting(lambda: client.get_bucket_lifecycle_configuration(**of))
    return Protection(
        is_versioned=versioning.get("Status") == "Enabled",
        is_private=all(blocks.get(name) for name in _BLOCKS),
        is_owned=[rule["ObjectOwnership"] for rule in owner.get("Rules", [])] == ["BucketOwnerEnforced"],
        encryption=_algorithm(keys.get("Rules", [])),
        has_policy="Policy" in policy,
        expires=tuple(_expiring(lifecycle.get("Rules", []))),
        keeps=tuple(_keeping(lifecycle.get("Rules", []))),
        others=tuple(_others(lifecycle.get("Rules", []))),
    )


def _setting(request: Callable[[], Any]) -> Mapping[str, Any]:
    return ask(request, none_if=_UNSET) or {}


def _algorithm(rules: Iterable[Mapping[str, Any]]) -> str:
    """What new objects are encrypted with; S3's own keys, where nothing else is said."""
    chosen = [rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for rule in rules]
    return next(filter(None, chosen), "AES256")


def _expiring(rules: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """The rules that delete objects of ours which nobody deleted."""
    for rule in rules:
        if _is_for_ours(rule) and rule.get("Expiration", {}).keys() & {"Days", "Date"}:
            yield rule.get("ID", _NAMELESS)


def _keeping(rules: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, int]]:
    """The rules that delete old versions of objects of ours, and for how many days they keep them."""
    for rule in rules:
        ends = rule.get("NoncurrentVersionExpiration")
        if _is_for_ours(rule) and ends:
            yield rule.get("ID", _NAMELESS), ends["NoncurrentDays"]


def _others(rules: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """The rules of somebody else, whatever they are for."""
    names = (rule.get("ID", _NAMELESS) for rule in rules)
    return (name for name in names if name not in OUR_RULES)


def _is_for_ours(rule: Mapping[str, Any]) -> bool:
    return rule["Status"] == "Enabled" and _touches_ours(_prefix(rule))


def _prefix(rule: Mapping[str, Any]) -> str:
    chosen = rule.get("Filter", {})
    found: str = rule.get("Prefix") or chosen.get("Prefix") or chosen.get("And", {}).get("Prefix") or ""
    return found


def _touches_ours(prefix: str) -> bool:
    return any(prefix.startswith(ours) or ours.startswith(prefix) for ours in OURS)
