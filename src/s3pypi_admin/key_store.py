"""The keys that sign sessions, in the bucket, edited by compare-and-swap."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from s3pypi_admin.document import dump
from s3pypi_admin.errors import NotARepository, UnusableKeys
from s3pypi_core.bucket import CONFIG_HEADERS
from s3pypi_core.signing_key_store import draw_key, new_key_list, with_key
from s3pypi_edge.keys import ROOT_RECORD, SIGNING_KEYS_KEY
from s3pypi_edge.signing_keys import KeyRing

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_admin.document import Document
    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket
    from s3pypi_edge.signing_keys import SigningKey


class StoredKeys(NamedTuple):
    """The keys as they were read; ``etag`` is None while there are none."""

    document: Document
    ring: KeyRing
    etag: str | None

    @classmethod
    def read(cls, bucket: Bucket) -> StoredKeys:
        """Read them. Raises BucketError, UnusableKeys, and NotARepository where there is none either."""
        stored = bucket.get(SIGNING_KEYS_KEY)
        if stored is None:
            if bucket.head(ROOT_RECORD) is None:
                raise NotARepository(bucket.name)
            return cls(new_key_list(), KeyRing((), ()), None)
        try:
            return cls(json.loads(stored.body), KeyRing.parse(stored.body), stored.etag)
        except (ValueError, RecursionError) as error:
            raise UnusableKeys(bucket.name, str(error)) from None


def make_first_key(bucket: Bucket, backoff: Backoff) -> str | None:
    """Make a key where there is none; return its id, None where there was one."""
    new = _NewKey()
    stored = _edit(bucket, backoff, new, done=lambda stored: bool(stored.ring.keys))
    return new.made.id if new.is_in(stored) else None


def rotate(bucket: Bucket, backoff: Backoff) -> tuple[SigningKey, list[str]]:
    """Make a key, and drop those whose last session is over; return it, and their ids."""
    new = _NewKey()
    _edit(bucket, backoff, new, done=new.is_in)
    return new.made, new.dropped


def _edit(bucket: Bucket, backoff: Backoff, new: _NewKey, done: Callable[[StoredKeys], bool]) -> StoredKeys:
    """Add the key where it is not ``done``; return what is there afterwards."""

    def attempt(_again: bool) -> StoredKeys:  # noqa: FBT001  # Backoff calls it so
        stored = StoredKeys.read(bucket)
        if done(stored):
            return stored
        body = _bytes(new.add(stored, bucket.now()), bucket)
        if stored.etag is None:
            bucket.create(SIGNING_KEYS_KEY, body, CONFIG_HEADERS)
        else:
            bucket.replace(SIGNING_KEYS_KEY, body, CONFIG_HEADERS, etag=stored.etag)
        return StoredKeys(json.loads(body), KeyRing.parse(body), None)

    return backoff.persist(SIGNING_KEYS_KEY, attempt)


def _bytes(document: Document, bucket: Bucket) -> bytes:
    try:
        return dump(document)
    except (ValueError, RecursionError) as error:
        raise UnusableKeys(bucket.name, str(error)) from None


class _NewKey:
    """A key, drawn once: a write that has to be repeated repeats the same key, with the time as it is then.

    It waits from the write that wins: with an older time it would sign before every instance knows it.
    """

    def __init__(self) -> None:
        self.made = draw_key(0.0)
        self.dropped: list[str] = []

    def add(self, stored: StoredKeys, now: float) -> Document:
        """The document with the key, and without those that have become useless; others stay as they are."""
        self.made = self.made._replace(created=now)
        ends = {key.id: stored.ring.end(key) for key in stored.ring.keys}
        self.dropped = [key_id for key_id, end in ends.items() if end is not None and end <= now]
        kept = [record for record in stored.document["keys"] if _id(record) not in self.dropped]
        return with_key({**stored.document, "keys": kept}, self.made)

    def is_in(self, stored: StoredKeys) -> bool:
        """Whether the key is there."""
        return self.made[:2] in [key[:2] for key in stored.ring.keys]  # id and key, whatever the time


def _id(record: Any) -> object:  # noqa: ANN401  # JSON
    return record.get("id") if isinstance(record, dict) else None
