"""Who may come in at first: nobody, or the principals that the command line names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.repository import create_repository, create_user_store
from s3pypi_core.signing_key_store import create_first_key
from s3pypi_core.user_store import dump, new_document
from s3pypi_edge.keys import USERS_KEY
from s3pypi_edge.users import UserStore, format_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s3pypi_core.bucket import Bucket


def open_repository(bucket: Bucket, principals: Sequence[str]) -> UserStore | None:
    """Make the empty root pair, and the user store with these principals, where they are missing.

    Return the user store that is there now: one that was there is left alone. None is a store that cannot be
    read. Principals need a key that signs their sessions, which is made before them. Raises RootLost and
    BucketError.
    """
    create_repository(bucket)
    now = bucket.now()  # that of this machine may be wrong
    if principals:
        create_first_key(bucket, now)  # one that is there signs as well
    create_user_store(bucket, first_users(principals, now))
    stored = bucket.get(USERS_KEY)
    try:
        return UserStore.parse(stored.body if stored else b"")
    except ValueError:
        return None


def first_users(principals: Sequence[str], now: float) -> bytes:
    """A user store with these principals, who may come in from ``now`` on, and with nobody else."""
    document = new_document()
    # Added again, a principal must not bring back sessions that it had: hence the bound just before now.
    bound = format_time(now - 1)
    document["principals"] = [
        {"arn": arn, "projects": ["*"], "not_before": bound, "expires": None} for arn in principals
    ]
    return dump(document)
