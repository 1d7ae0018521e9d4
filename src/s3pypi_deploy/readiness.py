"""What is looked at before anything is planned: whose name it is, the bucket, and the certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_deploy.log_bucket import check_log_bucket
from s3pypi_deploy.settings import EDGE_REGION
from s3pypi_deploy.stacks import DELETED, REVIEW
from s3pypi_deploy.zones import check_zone

if TYPE_CHECKING:
    from s3pypi_deploy.blueprint import Blueprint
    from s3pypi_deploy.ends import Ends
    from s3pypi_deploy.surroundings import Surroundings

_BEGINNINGS = {REVIEW, DELETED, "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}


def check_readiness(blueprint: Blueprint, ends: Ends) -> bool:
    """Look for what would fail later, and slower. Return whether a bucket is to be taken in.

    Raises RepositoryError: the bucket is somebody else's, or in another region; the certificate is not there,
    not issued, or for another name. Raises UsageError: a repository of the same name serves another domain.
    """
    if not blueprint.settings.is_named:
        _check_same_domain(blueprint, ends)
    if blueprint.settings.certificate_arn and blueprint.settings.domain:
        check_certificate(ends.around, blueprint.settings.certificate_arn, blueprint.settings.domain)
    check_zone(blueprint, ends)
    check_log_bucket(blueprint, ends)
    return _adopts(blueprint, ends)


def check_certificate(around: Surroundings, arn: str, domain: str) -> None:
    """Raise RepositoryError unless CloudFront can use the certificate for the domain."""
    found = around.certificate(arn)
    if found is None:
        hint = f"aws acm list-certificates --region {EDGE_REGION} lists them"
        raise RepositoryError(f"there is no certificate {arn}", hint)
    if found.status != "ISSUED":
        why = f" ({found.reason})" if found.reason else ""
        hint = (
            "put the record into DNS that this names, and wait for it: aws acm describe-certificate "
            f"--region {EDGE_REGION} --certificate-arn {arn}"
        )
        raise RepositoryError(f"the certificate is {found.status}{why}, and not yet issued", hint)
    if not found.is_for(domain):
        names = ", ".join(found.names)
        raise RepositoryError(f"the certificate is for {names}, and not for {domain}", "choose another one")


def _adopts(blueprint: Blueprint, ends: Ends) -> bool:
    region = blueprint.settings.region
    stack = ends.stacks_in(region).find(blueprint.names.bucket)
    is_new = stack is None or stack.status in _BEGINNINGS
    if stack is not None and not is_new:
        _check_same_bucket(blueprint, stack.parameters.get("BucketName", blueprint.bucket))
        return False
    found = ends.around.bucket_region(blueprint.bucket, blueprint.account)
    if found is not None and found != region:
        hint = f"give --region {found}; or choose another name with --bucket"
        raise RepositoryError(f"the bucket {blueprint.bucket} is in {found}, and not in {region}", hint)
    return found is not None


def _check_same_domain(blueprint: Blueprint, ends: Ends) -> None:
    """Two domains may make one name, such as those of one company in two countries."""
    stack = ends.stacks_in(blueprint.settings.region).find(blueprint.names.cdn)
    if stack is None or stack.status in _BEGINNINGS:
        return
    name, domain = blueprint.settings.name, blueprint.settings.domain or ""
    serves = stack.parameters.get("DomainName", domain)
    if serves != domain:
        hint = f"give --name for a repository beside it; or --name {name} to change the domain of this one"
        raise UsageError(
            f"{name} is a repository already, for {_shown(serves)}, and not for {_shown(domain)}", hint
        )


def _shown(domain: str) -> str:
    return domain or "CloudFront's own name"


def _check_same_bucket(blueprint: Blueprint, bucket: str) -> None:
    if bucket != blueprint.bucket:
        hint = f"give --bucket {bucket}; or another --name for a repository beside it"
        raise RepositoryError(
            f"{blueprint.names.bucket} holds the bucket {bucket}, which stays as it is", hint
        )
