"""``s3pypi-admin key``: the keys that sign sessions."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from s3pypi_admin.ends import note, say
from s3pypi_admin.key_store import StoredKeys, rotate
from s3pypi_admin.listing import write_list
from s3pypi_edge.signing_keys import SIGNS_AFTER
from s3pypi_edge.users import format_time

if TYPE_CHECKING:
    from argparse import Namespace

    from s3pypi_admin.ends import Ends
    from s3pypi_edge.signing_keys import KeyRing, SigningKey


def rotate_key(_options: Namespace, ends: Ends) -> None:
    """Make a new key, which takes over by itself."""
    new, dropped = rotate(ends.bucket, ends.backoff)
    say(f"made the signing key {new.id}")
    for old in dropped:
        note(f"Removed the key {old}, whose last session is over.")
    ring = StoredKeys.read(ends.bucket).ring
    key = ring.signer(new.created)
    if key is not None and key.id != new.id:
        starts = format_time(new.created + SIGNS_AFTER)
        note(f"It signs from {starts} on: by then every instance has read it.")
        note(f"Sessions that the key {key.id} signed stay good until they expire.")


def list_keys(_options: Namespace, ends: Ends) -> None:
    """Show every key, never what it is."""
    ring = StoredKeys.read(ends.bucket).ring
    now = ends.bucket.now()
    rows = [(key.id, format_time(key.created), _state(key, ring, now)) for key in ring.keys]
    write_list(("id", "created", "state"), rows, sys.stdout)
    if not rows:
        note("There are no signing keys yet; the first is made when the first principal is added.")
    for problem in ring.problems:
        note(f"warning: {problem}")


def _state(key: SigningKey, ring: KeyRing, now: float) -> str:
    end = ring.end(key)
    if key is ring.signer(now):
        return "signs"
    if now < key.created + SIGNS_AFTER:
        return f"signs from {format_time(key.created + SIGNS_AFTER)}"
    # A key between two that were made in the same two minutes never signs, and has an end all the same.
    return f"verifies until {format_time(end)}" if end is not None and now < end else "over"
