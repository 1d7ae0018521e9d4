"""A bucket in memory: the same contract as S3, for tests and for trying things out."""

from __future__ import annotations

import contextlib
import hashlib
import io
import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.bucket import (
    PAGE_HEADERS,
    BodyChanged,
    Entry,
    Head,
    NoSuchBucket,
    Object,
    ObjectGone,
    PreconditionFailed,
    UnreadableBody,
    Version,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from s3pypi_core.bucket import Headers, Unfinished

_PAGE = 1000  # keys that one request lists


class StoredObject(NamedTuple):
    """A body and what it is served with."""

    body: bytes
    headers: Headers
    modified: datetime = datetime(2020, 1, 1, tzinfo=timezone.utc)

    @property
    def etag(self) -> str:
        """The MD5 of the body in quotes, as S3 writes it."""
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'


class MemoryBucket:
    """A thread-safe Bucket. With ``exists=False`` it behaves as a bucket that was never made.

    ``before`` is called with the operation (get, head, create, replace, delete, list, stream, versions,
    get_version, unfinished, abandon) and the key, before each request and without a lock held: it may raise,
    wait, or write to this bucket. ``objects`` is what is stored, by key; ``history`` all that ever was, the
    oldest first, where None is a delete marker; ``parts`` are uploads that were begun; ``clock`` tells the
    time of what is stored.
    """

    def __init__(self, name: str, *, exists: bool = True) -> None:
        self.name = name
        self.exists = exists
        self.objects: dict[str, StoredObject] = {}
        self.before: Callable[[str, str], None] = lambda _operation, _key: None
        self.history: dict[str, list[StoredObject | None]] = {}
        self.parts: list[Unfinished] = []
        self.clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
        self._lock = threading.Lock()

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

    def put(self, key: str, body: bytes, headers: Headers) -> None:
        """Store whatever is there: no Bucket does so, but those who damage one may."""
        self.objects[key] = StoredObject(body, headers, self.clock())
        self.history.setdefault(key, []).append(self.objects[key])

    def delete(self, key: str) -> None:
        """See Bucket.delete."""
        self._request("delete", key)
        with self._lock:
            if self.objects.pop(key, None) is not None:
                self.history.setdefault(key, []).append(None)

    def list(self, prefix: str) -> Iterator[Entry]:
        """See Bucket.list."""
        after = ""
        while True:
            self._request("list", prefix)
            with self._lock:
                keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)[:_PAGE]
                found = [(key, self.objects[key]) for key in keys]
            for key, stored in found:
                yield Entry(key, len(stored.body), stored.etag, stored.modified)
            if len(found) < _PAGE:
                return
            after = found[-1][0]

    @contextlib.contextmanager
    def stream(self, key: str, *, version: str | None = None) -> Iterator[BinaryIO]:
        """See Bucket.stream."""
        stored = self._find("stream", key) if version is None else self._version("stream", key, version)
        if stored is None:
            raise ObjectGone(key)
        yield io.BytesIO(stored.body)

    def versions(self, key: str) -> Sequence[Version]:
        """See Bucket.versions."""
        self._request("versions", key)
        with self._lock:
            kept = [*self.history.get(key, [])]
        last = len(kept) - 1
        return [_version(number, kept[number], is_latest=number == last) for number in range(last, -1, -1)]

    def get_version(self, key: str, version_id: str) -> Object | None:
        """See Bucket.get_version."""
        stored = self._version("get_version", key, version_id)
        return stored and Object(stored.body, stored.etag)

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        """See Bucket.unfinished."""
        self._request("unfinished", prefix)
        yield from [upload for upload in self.parts if upload.key.startswith(prefix)]

    def abandon(self, upload: Unfinished) -> None:
        """See Bucket.abandon."""
        self._request("abandon", upload.key)
        with self._lock:
            self.parts = [other for other in self.parts if other != upload]

    def _version(self, operation: str, key: str, version_id: str) -> StoredObject | None:
        self._request(operation, key)
        with self._lock:
            kept = self.history.get(key, [])
            return kept[int(version_id)] if int(version_id) < len(kept) else None

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
            self.put(key, new.body, new.headers)
        return new.etag


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableBody(path, error) from error


def _version(number: int, stored: StoredObject | None, *, is_latest: bool) -> Version:
    state = stored or StoredObject(b"", PAGE_HEADERS)
    etag, size = ("", 0) if stored is None else (state.etag, len(state.body))
    return Version(
        str(number), etag, size, state.modified, is_delete_marker=stored is None, is_latest=is_latest
    )
