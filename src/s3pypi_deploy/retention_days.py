"""For how many days a deleted release can be brought back: what nobody says, and what holds for a bucket.

CloudFormation writes the lifecycle of a bucket when it makes it, or when the template begins to say something
else of it; never when it takes the bucket in. So a bucket that is taken in has the days that it had, and the
stack says the same: otherwise no later change would be one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from s3pypi_deploy.blueprint import Names
from s3pypi_deploy.settings import MOST_RETENTION_DAYS
from s3pypi_deploy.settle import is_beginning
from s3pypi_deploy.surroundings import OUR_RULE

if TYPE_CHECKING:
    from s3pypi_deploy.blueprint import Blueprint
    from s3pypi_deploy.ends import Ends
    from s3pypi_deploy.settings import Settings
    from s3pypi_deploy.surroundings import Protection


def with_retention(settings: Settings, account: str, ends: Ends) -> Settings:
    """Keep what the bucket has: fewer days, because nobody said anything, would delete for good.

    A stack that stands knows it; otherwise a bucket that an earlier stack left.

    Raises AwsError, BucketNameTaken.
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
    found = _read(bucket, account, ends)
    return dict(found.keeps).get(OUR_RULE) if found else None


def _read(bucket: str, account: str, ends: Ends) -> Protection | None:
    """How a bucket is protected; None where there is none."""
    region = ends.around.bucket_region(bucket, account)
    return ends.around.protection(bucket, region, account) if region else None


def take_in(blueprint: Blueprint, found: Protection, told: int | None, ends: Ends) -> Blueprint:
    """The same with the days of a bucket that is taken in; a note says that what was ``told`` comes later.

    A bucket without a rule keeps what is deleted for good: the most that the first stack can say.
    """
    days = min([MOST_RETENTION_DAYS, *(days for _, days in found.keeps)])
    lasting = f"keeps what is deleted for {_shown(days)}"
    if told is not None and told != days:
        later = f"--retention-days {told} takes effect with the next `up`"
        ends.progress.note(f"{blueprint.bucket} {lasting}, and is taken in as it is: {later}")
    elif days == MOST_RETENTION_DAYS:
        ends.progress.note(f"{blueprint.bucket} {lasting}, until a later `up` is given --retention-days")
    elif told is None:
        ends.progress.note(f"{blueprint.bucket} {lasting}, and is taken in as it is")
    _warn(blueprint.bucket, found, "a later change of --retention-days", ends)
    return replace(blueprint, settings=replace(blueprint.settings, retention_days=days))


def warn_of_lost_rules(blueprint: Blueprint, ends: Ends) -> None:
    """Name the rules of a bucket that go when its stack is given other days.

    Raises AwsError, BucketNameTaken.
    """
    stack = ends.stacks_in(blueprint.settings.region).find(blueprint.names.bucket)
    if stack is None or stack.parameters.get("RetentionDays", "") == str(blueprint.retention_days):
        return
    found = _read(blueprint.bucket, blueprint.account, ends)
    if found is not None:
        _warn(blueprint.bucket, found, "this change of --retention-days", ends)


def _warn(bucket: str, found: Protection, change: str, ends: Ends) -> None:
    if found.others:
        ends.progress.note(
            f"{change} writes the lifecycle of {bucket} anew, without its other rules "
            f"({', '.join(found.others)}); what they are shows: aws s3api "
            f"get-bucket-lifecycle-configuration --bucket {bucket}"
        )


def _shown(days: int) -> str:
    return "good" if days == MOST_RETENTION_DAYS else f"{days} days"
