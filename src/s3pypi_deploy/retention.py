"""For how many days a deleted release can be brought back, where nobody says it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from s3pypi_deploy.blueprint import Names
from s3pypi_deploy.settle import is_beginning
from s3pypi_deploy.surroundings import OUR_RULE

if TYPE_CHECKING:
    from s3pypi_deploy.ends import Ends
    from s3pypi_deploy.settings import Settings


def with_retention(settings: Settings, account: str, ends: Ends) -> Settings:
    """Keep what the bucket has: fewer days, because nobody said anything, would delete for good.

    A stack that stands knows it; otherwise a bucket that an earlier stack left. Raises AwsRefusal, NameTaken.
    """
    if settings.retention_days is not None:
        return settings
    stack = ends.stacks_in(settings.region).find(Names(settings.name).bucket)
    days = _left_in(settings.bucket_name(account), account, ends) if is_beginning(stack) else None
    if days is None and stack is not None and stack.parameters.get("RetentionDays"):
        days = int(stack.parameters["RetentionDays"])
    return replace(settings, retention_days=days)


def _left_in(bucket: str, account: str, ends: Ends) -> int | None:
    """What our own rule in a bucket says."""
    region = ends.around.bucket_region(bucket, account)
    if region is None:
        return None
    return dict(ends.around.protection(bucket, region, account).keeps).get(OUR_RULE)
