"""A bucket in memory: the same contract as S3, for tests and for trying things out."""

from __future__ import annotations

import contextlib
import hashlib
import io
import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.bucket import (
    BodyChanged,
    Entry,
    Head,
    NoSuchBucket,
    Object,
    ObjectGone,
    Opened,
    PreconditionFailed,
    UnreadableBody,
    Version,
    body_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import BinaryIO

    from s3pypi_core.bucket import Headers, Unfinished

_PAGE = 1000  # keys that one request lists

_LONG_AGO = datetime(2000, 1, 1, tzinfo=timezone.utc)


class StoredObject(NamedTuple):
    """A body and what it is served with."""

    body: bytes
    headers: Headers

    @property
    def etag(self) -> str:
        """The MD5 of the body in quotes, as S3 writes it."""
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'

    @property
    def head(self) -> Head:
        """What is told of it without its body."""
        headers = self.headers
        metadata = {name.lower(): value for name, value in headers.metadata.items()}
        return Head(self.etag, len(self.body), metadata, headers.content_type, headers.cache_control)


class _Kept(NamedTuple):
    """A version as it is kept; a delete marker has no object."""

    id: str
    stored: StoredObject | None
    modified: datetime

    def as_version(self, *, is_latest: bool) -> Version:
        stored = self.stored
        etag, size = (stored.etag, len(stored.body)) if stored else ("", 0)
        return Version(self.id, etag, size, self.modified, stored is None, is_latest)


class MemoryBucket:
    """A thread-safe Bucket. With ``exists=False`` it behaves as a bucket that was never made.

    ``before`` is called with the operation (now, get, head, create, replace, delete, versions, folders_kept,
    get_version, remove_version, stream, unfinished, abandon, list) and the key, before each request and
    without a lock held: it may raise, wait, or write to this bucket. ``objects`` is what is stored, by key;
    what a test puts there by hand is long there. While ``versioned``, it keeps what is replaced or deleted.
    ``parts`` are uploads that were begun; ``clock`` tells the time of what is stored.
    """

    def __init__(self, name: str, *, exists: bool = True, versioned: bool = False) -> None:
        self.name = name
        self.exists = exists
        self.versioned = versioned
        self.objects: dict[str, StoredObject] = {}
        self.before: Callable[[str, str], None] = lambda _operation, _key: None
        self.parts: tuple[Unfinished, ...] = ()
        self.clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
        self._lock = threading.Lock()
        self._current: dict[str, _Kept] = {}
        self._older: dict[str, list[_Kept]] = {}  # oldest first
        self._written = 0
        self._heard: float | None = None

    def now(self) -> float:
        """See Bucket.now."""
        self._request("now", "")
        return self._time()

    def last_heard(self) -> float:
        """See Bucket.last_heard."""
        return self.now() if self._heard is None else self._heard

    def get(self, key: str) -> Object | None:
        """See Bucket.get."""
        stored = self._find("get", key)
        if stored is None:
            return None
        self._heard = self._time()
        return Object(stored.body, stored.head)

    def head(self, key: str) -> Head | None:
        """See Bucket.head."""
        stored = self._find("head", key)
        return stored and stored.head

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

    def delete(self, key: str) -> None:
        """See Bucket.delete."""
        self._request("delete", key)
        with self._lock:
            self._shelve(key)
            self.objects.pop(key, None)
            if self.versioned:
                self._older.setdefault(key, []).append(self._keep(None))

    def versions(self, key: str) -> list[Version]:
        """See Bucket.versions."""
        self._request("versions", key)
        with self._lock:
            kept = [*reversed(self._all_of(key))]
        return [each.as_version(is_latest=each is kept[0]) for each in kept]

    def folders_kept(self, prefix: str) -> Iterator[str]:
        """See Bucket.folders_kept."""
        self._request("folders_kept", prefix)
        with self._lock:
            kept = {*self.objects, *(key for key, older in self._older.items() if older)}
        below = [key.removeprefix(prefix).partition("/") for key in kept if key.startswith(prefix)]
        yield from sorted({folder for folder, slash, _ in below if slash})

    def get_version(self, key: str, version_id: str) -> Object | None:
        """See Bucket.get_version."""
        self._request("get_version", key)
        with self._lock:
            found = [each.stored for each in self._all_of(key) if each.id == version_id and each.stored]
        return Object(found[0].body, found[0].head) if found else None

    def remove_version(self, key: str, version_id: str) -> None:
        """See Bucket.remove_version."""
        self._request("remove_version", key)
        with self._lock:
            left = [each for each in self._all_of(key) if each.id != version_id]
            self.objects.pop(key, None)
            if left and (stored := left[-1].stored):
                self._current[key] = left.pop()
                self.objects[key] = stored
            self._older[key] = left

    @contextlib.contextmanager
    def opened(self, key: str, *, version: str | None = None) -> Iterator[Opened]:
        """See Bucket.opened."""
        self._request("stream", key)
        with self._lock:
            states = self._all_of(key)
            wanted = [each.stored for each in states if each.id == version] if version else []
            stored = self.objects.get(key) if version is None else next(iter(wanted), None)
        if stored is None:
            raise ObjectGone(key)
        yield Opened(stored.head, io.BytesIO(stored.body))

    def stream(self, key: str, *, version: str | None = None) -> AbstractContextManager[BinaryIO]:
        """See Bucket.stream."""
        return body_of(self.opened(key, version=version))

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        """See Bucket.unfinished."""
        self._request("unfinished", prefix)
        yield from [upload for upload in self.parts if upload.key.startswith(prefix)]

    def abandon(self, upload: Unfinished) -> None:
        """See Bucket.abandon."""
        self._request("abandon", upload.key)
        with self._lock:
            self.parts = tuple(other for other in self.parts if other != upload)

    def fork(self, *, versioned: bool) -> MemoryBucket:
        """Another bucket with the same objects, and the same past if it is ``versioned``."""
        other = MemoryBucket(self.name, versioned=versioned)
        other.objects, other.clock = dict(self.objects), self.clock
        if versioned:
            other._current, other._written = dict(self._current), self._written
            other._older = {key: [*older] for key, older in self._older.items()}
        return other

    def _all_of(self, key: str) -> list[_Kept]:
        """Every version, the latest last; a test may have put or removed the current one by hand."""
        stored, known = self.objects.get(key), self._current.get(key)
        if stored is None:
            return [*self._older.get(key, [])]
        current = known if known and known.stored is stored else _Kept("null", stored, _LONG_AGO)
        return [*self._older.get(key, []), current]

    def _keep(self, stored: StoredObject | None) -> _Kept:
        self._written += 1
        number = f"{self._written}" if self.versioned else "null"
        return _Kept(number, stored, self.clock())

    def _shelve(self, key: str) -> None:
        """Put the current version under the one that is to come."""
        if self.versioned:
            self._older[key] = self._all_of(key)

    def _time(self) -> float:
        return float(int(self.clock().timestamp()))

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
            self._shelve(key)
            self.objects[key] = new
            self._current[key] = self._keep(new)
        return new.etag

    # The last one, because its name hides the type from what follows.
    def list(self, prefix: str) -> Iterator[Entry]:
        """See Bucket.list."""
        after = ""
        while True:
            self._request("list", prefix)
            with self._lock:
                keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)[:_PAGE]
                found = [(key, self._all_of(key)[-1]) for key in keys]
            for key, kept in found:
                listed = kept.as_version(is_latest=True)
                yield Entry(key, listed.size, listed.etag, listed.modified)
            if len(found) < _PAGE:
                return
            after = found[-1][0]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableBody(path, error) from error
