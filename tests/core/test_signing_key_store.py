from __future__ import annotations

import json

from s3pypi_core.bucket import CONFIG_HEADERS
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.signing_key_store import create_first_key, draw_key, new_key_list, with_key
from s3pypi_core.user_store import dump
from s3pypi_edge.keys import SIGNING_KEYS_KEY
from s3pypi_edge.signing_keys import KeyRing

NOW = 1_795_000_000.0


def test_what_is_written_is_what_the_edge_reads() -> None:
    first, second = draw_key(NOW), draw_key(NOW + 1)
    ring = KeyRing.parse(dump(with_key(with_key(new_key_list(), first), second)))
    assert ring == KeyRing((first, second), ())
    assert first.key != second.key


def test_what_else_is_in_the_list_stays() -> None:
    document = {**new_key_list(), "note": "ours", "keys": [{"id": "unreadable"}]}
    after = with_key(document, draw_key(NOW))
    assert (after["note"], after["keys"][0]) == ("ours", {"id": "unreadable"})
    assert len(document["keys"]) == 1


def test_the_first_key_is_made_once_and_signs_at_once() -> None:
    bucket = MemoryBucket("acme-pypi")
    assert create_first_key(bucket, NOW)
    stored = bucket.objects[SIGNING_KEYS_KEY]
    assert stored.headers == CONFIG_HEADERS
    ring = KeyRing.parse(stored.body)
    assert ring.signer(NOW) == ring.keys[0]
    assert not create_first_key(bucket, NOW + 1)
    assert json.loads(bucket.objects[SIGNING_KEYS_KEY].body) == json.loads(stored.body)
