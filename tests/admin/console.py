"""An administrator's terminal: runs commands on a bucket in memory, with typed answers and a still clock."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from s3pypi_admin.arguments import parser
from s3pypi_admin.commands import command
from s3pypi_admin.ends import Ends
from s3pypi_admin.where import Where
from s3pypi_core.backoff import Backoff
from s3pypi_core.bucket import CONFIG_HEADERS, PreconditionFailed
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.repository import create_repository
from s3pypi_edge.keys import USERS_KEY
from s3pypi_edge.users import UserStore, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_core.bucket import Bucket
    from s3pypi_core.memory_bucket import StoredObject

NOW = parse_time("2026-11-22T10:00:00Z")
DOUBT = "Another administrator changed the store at the same moment, and may have done this.\n"
IMPATIENT = Backoff(sleep=lambda _seconds: None)


def repository_bucket() -> MemoryBucket:
    """A bucket that holds a repository, and no user store yet."""
    bucket = MemoryBucket("acme-pypi")
    create_repository(bucket)
    return bucket


def put_users(bucket: Bucket, body: bytes | dict[str, Any]) -> None:
    """Store what the first user store of the bucket is."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    bucket.create(USERS_KEY, text, CONFIG_HEADERS)


def stored_body(bucket: Bucket) -> bytes:
    """The user store as it lies in the bucket; nothing where there is none."""
    found = bucket.get(USERS_KEY)
    return found.body if found else b""


def stored_users(bucket: Bucket) -> UserStore:
    """The user store as the edge reads it."""
    return UserStore.parse(stored_body(bucket))


class LosesAnswers(MemoryBucket):
    """A bucket as one administrator reaches it, over a connection that breaks after each request to write.

    The write is done, ``meanwhile`` happens, and the same request, which botocore sends again, is too late.
    """

    def __init__(self, bucket: MemoryBucket, meanwhile: Callable[[], None] = lambda: None) -> None:
        super().__init__(bucket.name)
        self.objects = bucket.objects
        self._meanwhile = meanwhile

    def _store(self, key: str, new: StoredObject, *, etag: str | None) -> str:
        super()._store(key, new, etag=etag)
        self._meanwhile()
        raise PreconditionFailed(key)


@dataclass
class Console:
    """Commands run here raise what ``main`` would print."""

    bucket: MemoryBucket = field(default_factory=repository_bucket)
    answers: list[str] = field(default_factory=list)
    now: float = NOW

    def run(self, *arguments: str, stdin: str = "") -> None:
        """Run ``s3pypi-admin`` with these arguments, while the bucket has the time ``now``."""
        self.bucket.clock = lambda: datetime.fromtimestamp(self.now, timezone.utc)
        options = parser().parse_args(arguments)
        ends = Ends(
            bucket=self.bucket,
            backoff=IMPATIENT,
            stdin=io.StringIO(stdin),
            ask=lambda _prompt: self.answers.pop(0),
            where=Where(" -r acme", " -r acme", " --profile acme"),
        )
        command(options, ends)

    @property
    def users(self) -> UserStore:
        """The user store as the edge reads it."""
        return stored_users(self.bucket)

    @property
    def document(self) -> dict[str, Any]:
        """The user store as it is written."""
        document: dict[str, Any] = json.loads(stored_body(self.bucket))
        return document
