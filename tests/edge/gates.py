"""A gate whose clocks stand still and whose user store is in memory."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from passlib.hash import pbkdf2_sha256

from s3pypi_edge.access import access_parser, key_parser
from s3pypi_edge.clocks import Clocks
from s3pypi_edge.config import EdgeConfig
from s3pypi_edge.connector import Connector
from s3pypi_edge.gate import Gate
from s3pypi_edge.ration import Ration
from s3pypi_edge.store import Document, LiveStore, StoreError
from s3pypi_edge.tokens import digest, make_token
from tests.edge.events import HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

START = 1_800_000_000.0  # 2027-01-15T08:00:00Z
KEY = bytes(range(32))

TOKEN = make_token("k3v9", bytes(range(32)))
EXPIRING_TOKEN = make_token("x1", bytes(range(1, 33)))


def password_hash(password: str, rounds: int = 10) -> str:
    """What s3pypi-admin would keep of the password, had it little time."""
    return str(pbkdf2_sha256.using(rounds=rounds).hash(password))


USERS: Mapping[str, Any] = {
    "alice": {"password": password_hash("wonder:land"), "projects": ["*"]},
    "bob": {"password": password_hash("builder"), "projects": ["acme-*", "demo"]},
    "ci": {
        "tokens": [
            {"id": "k3v9", "sha256": digest(TOKEN), "created": "2026-11-22T10:00:00Z"},
            {"id": "x1", "sha256": digest(EXPIRING_TOKEN), "expires": "2027-01-15T08:01:00Z"},
        ],
        "projects": ["*"],
    },
    "nobody": {"password": password_hash("nothing"), "projects": []},
}


def user_store(users: Mapping[str, Any] = USERS, principals: object = ()) -> bytes:
    """A user store, as it lies in the bucket."""
    return json.dumps({"version": 1, "users": users, "principals": principals}).encode()


@dataclass
class Clock:
    """A clock that moves when it is told to."""

    now: float = START

    def __call__(self) -> float:
        return self.now


def plenty(monotonic: Callable[[], float] = lambda: START) -> Ration:
    """A ration that is never used up."""
    return Ration(rate=1e9, burst=1e9, monotonic=monotonic)


@dataclass
class MemorySource:
    """A user store in memory; ``reads`` has the ETag of each read, ``before`` is called with each."""

    body: bytes | None = field(default_factory=user_store)
    reads: list[str | None] = field(default_factory=list)
    before: Callable[[], object] = lambda: None
    is_closed: bool = False

    def read(self, etag: str | None) -> Document | None:
        self.reads.append(etag)
        self.before()
        if self.body is None:
            raise StoreError("S3 answered 404")
        current = f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'
        return None if etag == current else Document(self.body, current)

    def close(self) -> None:
        self.is_closed = True


class Entrance(NamedTuple):
    """A gate, and the ends it was given."""

    gate: Gate
    source: MemorySource
    keys: MemorySource
    wall: Clock
    monotonic: Clock
    log: list[str]

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log]


def entrance(
    body: bytes | None = None,
    *,
    keys: MemorySource | None = None,
    hosts: tuple[str, ...] = (HOST,),
    refresh: float = 60.0,
    burst: float = 1e9,
    endpoints: Mapping[str, str] = MappingProxyType({}),
) -> Entrance:
    """A gate to the bucket ``acme-pypi``, with the users of ``body`` or else USERS, and no signing keys.

    It makes ``burst`` slow verifications at once, and two more a second.
    """
    config = EdgeConfig("acme-pypi", "eu-central-1", HOST, hosts, endpoints=endpoints, refresh=refresh)
    source, keys = MemorySource(body or user_store()), keys or MemorySource(None)
    wall, monotonic, log = Clock(), Clock(1000.0), list[str]()
    ration = Ration(rate=2, burst=burst, monotonic=monotonic)
    ends: Any = {"refresh": refresh, "clocks": Clocks(wall, monotonic)}
    gate = Gate(
        config,
        LiveStore(source, access_parser(KEY, ration, log.append), name="user store", **ends),
        LiveStore(keys, key_parser(log.append), name="signing keys", **ends),
        connector=Connector(),
        wall=wall,
        monotonic=monotonic,
        log=log.append,
    )
    return Entrance(gate, source, keys, wall, monotonic, log)
