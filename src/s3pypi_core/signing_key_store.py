"""The list of the keys that sign sessions: how a key is drawn, and how the list is written."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from s3pypi_core.repository import create_signing_keys
from s3pypi_core.user_store import ID_ALPHABET, Document, dump
from s3pypi_edge.signing_keys import KEY_BYTES, SigningKey
from s3pypi_edge.users import format_time

if TYPE_CHECKING:
    from s3pypi_core.bucket import Bucket

_ID_LENGTH = 6


def draw_key(now: float) -> SigningKey:
    """A new key, made at ``now``, in POSIX seconds."""
    key_id = "".join(secrets.choice(ID_ALPHABET) for _ in range(_ID_LENGTH))
    return SigningKey(key_id, secrets.token_bytes(KEY_BYTES), now)


def new_key_list() -> Document:
    """A list in which no key is."""
    return {"version": 1, "keys": []}


def with_key(document: Document, key: SigningKey) -> Document:
    """The list with the key at its end; whatever else it holds stays as it is."""
    text = base64.b64encode(key.key).decode()
    record = {"id": key.id, "key": text, "created": format_time(key.created)}
    return {**document, "keys": [*document["keys"], record]}


def create_first_key(bucket: Bucket, now: float) -> bool:
    """Store a list with one new key where there is no list; return whether this call stored it.

    Raises BucketError.
    """
    return create_signing_keys(bucket, dump(with_key(new_key_list(), draw_key(now))))
