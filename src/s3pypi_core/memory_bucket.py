"""A bucket in memory: the same contract as S3, for tests and for trying things out."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.bucket import BodyChanged, Head, NoSuchBucket, Object, PreconditionFailed, UnreadableBody

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.bucket import Headers


class StoredObject(NamedTuple):
    """A body and what it is served with."""

    body: bytes
    headers: Headers

    @property
    def etag(self) -> str:
        """The MD5 of the body in quotes, as S3 writes it."""
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'


class MemoryBucket:
    """A thread-safe Bucket. With ``exists=False`` it behaves as a bucket that was never made.

    ``before`` is called with the operation (now, get, head, create, replace) and the key, before each request
    and without a lock held: it may raise, wait, or write to this bucket. ``objects`` is what is stored, by
    key; ``clock`` is what it takes the time from.
    """

    def __init__(self, name: str, *, exists: bool = True) -> None:
        self.name = name
        self.exists = exists
        self.objects: dict[str, StoredObject] = {}
        self.before: Callable[[str, str], None] = lambda _operation, _key: None
        self.clock: Callable[[], float] = time.time
        self._lock = threading.Lock()

    def now(self) -> float:
        """See Bucket.now."""
        self._request("now", "")
        return float(int(self.clock()))

    def get(self, key: str) -> Object | None:
        """See Bucket.get."""
        stored = self._find("get", key)
        return stored and Object(stored.body, stored.etag)

    def head(self, key: str) -> Head | None:
        """See Bucket.head."""
        stored = self._find("head", key)
        if stored is None:
            return None
        headers = stored.headers
        metadata = {name.lower(): value for name, value in headers.metadata.items()}
        return Head(stored.etag, len(stored.body), metadata, headers.content_type, headers.cache_control)

    def create(self, key: str, body: bytes, headers: Headers) -> str:
        """See Bucket.create."""
        self._request("create", key)
        return self._store(key, StoredObject(body, headers), etag=None)

    def create_file(
        self, key: str, path: Path, headers: Headers, *, sha256: str, sent: Callable[[int], None]
    ) -> None:
        """See Bucket.create_file."""
        self._request("create", key)
        body = _read(path)
        if sha256 != hashlib.sha256(body).hexdigest():
            raise BodyChanged(key)
        sent(len(body))
        self._store(key, StoredObject(body, headers), etag=None)

    def replace(self, key: str, body: bytes, headers: Headers, *, etag: str) -> str:
        """See Bucket.replace."""
        self._request("replace", key)
        return self._store(key, StoredObject(body, headers), etag=etag)

    def _request(self, operation: str, key: str) -> None:
        self.before(operation, key)
        if not self.exists:
            raise NoSuchBucket(self.name)

    def _find(self, operation: str, key: str) -> StoredObject | None:
        self._request(operation, key)
        with self._lock:
            return self.objects.get(key)

    def _store(self, key: str, new: StoredObject, *, etag: str | None) -> str:
        """Store over what has this ETag, where None stands for nothing."""
        with self._lock:
            stored = self.objects.get(key)
            if (stored and stored.etag) != etag:
                raise PreconditionFailed(key)
            self.objects[key] = new
        return new.etag


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableBody(path, error) from error
