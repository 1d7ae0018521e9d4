"""What is looked at before anything is planned: whose name it is, the bucket, and the certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_deploy.adoption import check_adoptable
from s3pypi_deploy.log_bucket import check_log_bucket
from s3pypi_deploy.settings import EDGE_REGION
from s3pypi_deploy.settle import is_beginning
from s3pypi_deploy.zones import check_zone

if TYPE_CHECKING:
    from s3pypi_deploy.blueprint import Blueprint
    from s3pypi_deploy.ends import Ends
    from s3pypi_deploy.stacks import Stack
    from s3pypi_deploy.surroundings import Protection, Surroundings

_POLICY = "AWS::S3::BucketPolicy"


def check_readiness(blueprint: Blueprint, ends: Ends) -> Protection | None:
    """Look for what would fail later, and slower. Return what the bucket is like that is to be taken in.

    None where none is: it is to be made, or the stack has it.

    Raises RepositoryError: the bucket is somebody else's, in another region, or less protected than the one
    that would be made; the certificate is not there, not issued, or for another name. Raises UsageError: a
    repository of the same name serves another domain, or another bucket.
    """
    if not blueprint.settings.is_named:
        _check_same_domain(blueprint, ends)
    if blueprint.settings.certificate_arn and blueprint.settings.domain:
        check_certificate(ends.around, blueprint.settings.certificate_arn, blueprint.settings.domain)
    check_zone(blueprint, ends)
    check_log_bucket(blueprint, ends)
    stack = _find_made(blueprint.settings.region, blueprint.names.bucket, ends)
    if stack is not None:
        _check_same_bucket(blueprint, stack.parameters.get("BucketName", blueprint.bucket))
    _check_same_function(blueprint, ends)
    return _found(blueprint, ends) if stack is None else None


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


def _found(blueprint: Blueprint, ends: Ends) -> Protection | None:
    region, name, account = blueprint.settings.region, blueprint.bucket, blueprint.account
    found = ends.around.bucket_region(name, account)
    if found is None:
        return None
    if found != region:
        hint = f"give --region {found}; or choose another name with --bucket"
        raise RepositoryError(f"the bucket {name} is in {found}, and not in {region}", hint)
    protection = ends.around.protection(name, region, account)
    check_adoptable(name, protection, ours=_has_our_policy(blueprint, ends), days=blueprint.retention_days)
    return protection


def _has_our_policy(blueprint: Blueprint, ends: Ends) -> bool:
    """Whether the policy of the bucket, if it has one, is that of the third stack, which stands already."""
    stacks = ends.stacks_in(blueprint.settings.region)
    cdn = stacks.find(blueprint.names.cdn)
    if cdn is None or cdn.parameters.get("BucketName") != blueprint.bucket:
        return False
    return any(one.type == _POLICY and one.is_there for one in stacks.resources(cdn.id))


def _find_made(region: str, name: str, ends: Ends) -> Stack | None:
    """A stack that was made; None where there is none, or only what a failed creation left."""
    stack = ends.stacks_in(region).find(name)
    return None if is_beginning(stack) else stack


def _check_same_domain(blueprint: Blueprint, ends: Ends) -> None:
    """Two domains may make one name, such as those of one company in two countries."""
    stack = _find_made(blueprint.settings.region, blueprint.names.cdn, ends)
    if stack is None:
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


def _check_same_function(blueprint: Blueprint, ends: Ends) -> None:
    """All regions share the second stack: one of this name may serve a repository in another region."""
    stack = _find_made(EDGE_REGION, blueprint.names.edge, ends)
    serves = stack.parameters.get("BucketName", blueprint.bucket) if stack else blueprint.bucket
    if serves != blueprint.bucket:
        hint = (
            f"give another --name for a repository beside it; to go on with that one, give --bucket {serves} "
            "and the --region that it is in"
        )
        raise UsageError(
            f"{blueprint.settings.name} is a repository already: {blueprint.names.edge} lets people into the "
            f"bucket {serves}, and not into {blueprint.bucket}",
            hint,
        )
