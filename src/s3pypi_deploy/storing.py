"""Storing the function's code where Lambda takes it from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_deploy.errors import NotLetGo

if TYPE_CHECKING:
    from s3pypi_deploy.blueprint import Blueprint
    from s3pypi_deploy.ends import Ends

EVERY = 30.0  # seconds
PATIENCE = 120  # times: AWS says that the name of a deleted bucket may take an hour to be free


def store_code(blueprint: Blueprint, ends: Ends) -> None:
    """Store it, and tell so, where it is not there. After a `down` S3 may have to let go of the name first.

    Raises NotLetGo when that takes more than an hour, BucketNameTaken and AwsError.
    """
    for attempt in range(PATIENCE):
        try:
            return _store(blueprint, ends)
        except NotLetGo as refusal:
            if attempt == 0:
                ends.progress.note(f"{refusal.message}: asking again, for up to an hour")
            ends.sleep(EVERY)
    return _store(blueprint, ends)


def _store(blueprint: Blueprint, ends: Ends) -> None:
    if ends.around.store_code(blueprint.code_bucket, blueprint.code_key, blueprint.code, blueprint.account):
        ends.progress.note(f"stored the function's code: s3://{blueprint.code_bucket}/{blueprint.code_key}")
