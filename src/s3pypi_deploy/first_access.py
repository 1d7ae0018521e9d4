"""Who may come in at first: nobody, or the principals that the command line names."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from s3pypi_core.bucket import CONFIG_HEADERS, PreconditionFailed
from s3pypi_core.repository import create_repository, create_user_store
from s3pypi_core.user_store import dump, new_document
from s3pypi_edge.keys import SIGNING_KEYS_KEY
from s3pypi_edge.signing_keys import KEY_BYTES
from s3pypi_edge.users import format_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s3pypi_core.bucket import Bucket

_ID_BYTES = 3


def open_repository(bucket: Bucket, principals: Sequence[str]) -> bool:
    """Make the empty root pair, and the user store with these principals, where they are missing.

    Return whether the user store was made by this call: one that is there is left alone. Principals need a
    key that signs their sessions, which is made before them. Raises RootLost and BucketError.
    """
    create_repository(bucket)
    now = bucket.now()  # that of this machine may be wrong
    if principals:
        _create_signing_key(bucket, now)
    document = new_document()
    # Added again, a principal must not bring back sessions that it had: hence the bound just before now.
    bound = format_time(now - 1)
    document["principals"] = [
        {"arn": arn, "projects": ["*"], "not_before": bound, "expires": None} for arn in principals
    ]
    return create_user_store(bucket, dump(document))


def _create_signing_key(bucket: Bucket, now: float) -> None:
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    record = {"id": secrets.token_hex(_ID_BYTES), "key": key, "created": format_time(now)}
    try:
        bucket.create(SIGNING_KEYS_KEY, dump({"version": 1, "keys": [record]}), CONFIG_HEADERS)
    except PreconditionFailed:
        return  # there is one, and it signs
