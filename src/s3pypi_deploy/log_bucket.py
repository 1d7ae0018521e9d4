"""The bucket for CloudFront's access logs, looked at before anything is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.aws.aws_clients import AwsRefusal
from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_deploy.settings import EDGE_REGION

if TYPE_CHECKING:
    from s3pypi_deploy.blueprint import Blueprint
    from s3pypi_deploy.ends import Ends

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
# CloudFront is let into a bucket for its logs by an ACL, and new buckets have those off since April 2023.
_OWNERSHIP = "--object-ownership BucketOwnerPreferred"
_CONTROLS = "'Rules=[{ObjectOwnership=BucketOwnerPreferred}]'"


def check_log_bucket(blueprint: Blueprint, ends: Ends) -> None:
    """Raise UsageError for the packages' own bucket, and RepositoryError for one that CloudFront refuses."""
    name = blueprint.settings.log_bucket
    if name is None:
        return
    if name == blueprint.bucket:
        raise UsageError(
            f"the access logs cannot lie in {name}, beside the packages", "choose another with --log-bucket"
        )
    takes_acls = _takes_acls(name, blueprint.account, ends)
    if takes_acls is None:
        hint = f"make it: aws s3api create-bucket --region {EDGE_REGION} --bucket {name} {_OWNERSHIP}"
        raise RepositoryError(f"there is no bucket {name} for the access logs", hint)
    if not takes_acls:
        hint = (
            f"aws s3api put-bucket-ownership-controls --bucket {name} --ownership-controls {_CONTROLS}; "
            "or choose another with --log-bucket"
        )
        raise RepositoryError(f"the bucket {name} has ACLs off, and CloudFront's access logs need them", hint)


def _takes_acls(name: str, account: str, ends: Ends) -> bool | None:
    try:
        return ends.around.takes_acls(name, account)
    except AwsRefusal as refusal:
        if refusal.code != "AccessDenied":
            raise
        raise RepositoryError(
            f"the bucket {name} for the access logs belongs to another account, or these credentials lack "
            "s3:GetBucketOwnershipControls on it",
            "choose another with --log-bucket",
        ) from refusal
