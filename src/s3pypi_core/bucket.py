"""The bucket: what the repository asks of its storage, and the headers that its objects carry."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from s3pypi_core.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path
    from typing import BinaryIO

CONNECTIONS = 48  # requests under way at once; most of their time is spent on the way


class Head(NamedTuple):
    """What is known of an object without its body: ``size`` in bytes, metadata with lower-case names."""

    etag: str
    size: int
    metadata: Mapping[str, str]
    content_type: str
    cache_control: str


class Object(NamedTuple):
    """A body, and what came with it."""

    body: bytes
    head: Head

    @property
    def etag(self) -> str:
        """What ``Bucket.replace`` wants back."""
        return self.head.etag


class Opened(NamedTuple):
    """An object that is being read: what is known of it, and its bytes as they come."""

    head: Head
    body: BinaryIO


class Version(NamedTuple):
    """What lay under a key, and whether it is what lies there now.

    A delete marker is what stays of a deletion: while it is the latest, nothing is there. ``modified`` has a
    time zone. The ``id`` is ``null`` where the bucket kept no versions when this was written.
    """

    id: str
    etag: str
    size: int
    modified: datetime
    is_delete_marker: bool
    is_latest: bool


class Entry(NamedTuple):
    """An object as a listing names it; ``size`` in bytes, ``modified`` with its time zone."""

    key: str
    size: int
    etag: str
    modified: datetime


class Unfinished(NamedTuple):
    """An upload in parts that has not become an object; ``begun`` with its time zone."""

    key: str
    id: str
    begun: datetime


@dataclass(frozen=True)
class Headers:
    """What an object is served with, and the user metadata that S3 keeps beside it."""

    content_type: str
    cache_control: str
    metadata: Mapping[str, str] = field(default_factory=dict)


# Not `public`: a proxy that a company's TLS passes through must not serve these to strangers.
IMMUTABLE = "max-age=31536000, immutable"
# A cache may keep the document, but asks (by its ETag) before each use: an upload is visible at once.
REVALIDATE = "no-cache"

# PEP 691 makes up this type; pip, uv and poetry refuse a record that is called application/json.
RECORD_HEADERS = Headers("application/vnd.pypi.simple.v1+json", REVALIDATE)
PAGE_HEADERS = Headers("text/html; charset=utf-8", REVALIDATE)
CONFIG_HEADERS = Headers("application/json", REVALIDATE)
# Core metadata is UTF-8 text, people read it in a browser, and CloudFront may compress text.
METADATA_FILE_HEADERS = Headers("text/plain; charset=utf-8", IMMUTABLE)

# A wheel has no registered type, and a browser would rename it to .zip if it were called one. The type of
# a .tar.gz says gzip, and there is no Content-Encoding: clients would unpack it and find another hash.
DISTRIBUTION_TYPES = {
    ".whl": "application/octet-stream",
    ".tar.gz": "application/gzip",
    ".zip": "application/zip",
}


def distribution_headers(filename: str, sha256: str, upload_time: str) -> Headers:
    """The headers of a wheel or an sdist: enough to write its entry in a lost record again."""
    suffix = next(suffix for suffix in DISTRIBUTION_TYPES if filename.endswith(suffix))
    metadata = {"sha256": sha256, "upload-time": upload_time}
    return Headers(DISTRIBUTION_TYPES[suffix], IMMUTABLE, metadata)


@contextlib.contextmanager
def body_of(opened: AbstractContextManager[Opened]) -> Iterator[BinaryIO]:
    """What Bucket.stream is made of."""
    with opened as found:
        yield found.body


class PreconditionFailed(Exception):
    """Somebody else wrote first, or this very request did and its answer was lost: read, and decide."""


class BucketError(RepositoryError):
    """The bucket did not do what it was asked. Never means that a key is absent."""


class NoAccess(BucketError):
    """The bucket does not let these credentials in, or not so far: asking again is of no use."""


class AccessDenied(NoAccess):
    """These credentials may not do it; others, or the same with another policy, may."""


class NoSuchBucket(BucketError):
    """There is no bucket of this name at this endpoint."""

    def __init__(self, bucket: str) -> None:
        super().__init__(
            f"there is no bucket named {bucket!r}",
            "check the spelling, and that the profile, region and endpoint are those of the bucket's owner",
        )


class ObjectGone(BucketError):
    """An object that was there is not there any more."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"{key} was deleted while it was to be read", "run the same command again, which looks anew"
        )


class BodyChanged(BucketError):
    """The bytes sent are not those whose SHA-256 was promised; nothing was stored."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"{key} was not stored: its bytes changed after they were hashed",
            "wait until the build has finished, then run the same command again",
        )


class UnreadableBody(BucketError):
    """A file that was to be uploaded cannot be read."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"cannot read {path}: {error.strerror}", "build it again")


class Bucket(Protocol):
    """A store with compare-and-swap. Any method may raise BucketError; none takes an error for absence."""

    @property
    def name(self) -> str:
        """The bucket's own name."""
        ...

    def now(self) -> float:
        """The time by the clock of the bucket, in POSIX seconds, cut to whole ones. Asks for it each time."""
        ...

    def last_heard(self) -> float:
        """The time that came with the last object read, as ``now`` tells it; asks where none was read yet."""
        ...

    def get(self, key: str) -> Object | None:
        """The object, whole; None if the bucket is there and the key is not."""
        ...

    def head(self, key: str) -> Head | None:
        """What is known of the object; None if the bucket is there and the key is not."""
        ...

    def create(self, key: str, body: bytes, headers: Headers) -> str:
        """Store a new object and return its ETag.

        Raises PreconditionFailed if the key is there, or is being written at this moment. A request that was
        sent again because its answer got lost finds its own object: read before calling it another's.
        """
        ...

    def create_file(
        self, key: str, path: Path, headers: Headers, *, sha256: str, sent: Callable[[int], None]
    ) -> None:
        """Store a file as a new object; a large one is never in memory as a whole.

        Other bytes than those of ``sha256`` (hex) are refused (BodyChanged) and nothing is stored.
        ``sent`` is told of bytes sent since its last call, in the calling thread: a negative number when a
        request starts over. What it raises ends the upload, with nothing stored and nothing left behind.
        Raises PreconditionFailed as ``create`` does, and UnreadableBody.
        """
        ...

    def replace(self, key: str, body: bytes, headers: Headers, *, etag: str) -> str:
        """Store over the object that has this ETag; return the new one.

        Raises PreconditionFailed if the object is another by now, is gone, or is being written at this
        moment. The other object may be this very one, stored by a request whose answer got lost.
        """
        ...

    def delete(self, key: str) -> None:
        """Take the object away; no error where none is. A bucket that keeps versions puts a marker on it."""
        ...

    def versions(self, key: str) -> list[Version]:
        """What the bucket keeps of the key, latest first; of one second, in any order. Markers count too."""
        ...

    def folders_kept(self, prefix: str) -> Iterator[str]:
        """The names of the folders right below ``prefix`` that hold any version, be it a delete marker.

        A server with real folders may name one that has been emptied.
        """
        ...

    def get_version(self, key: str, version_id: str) -> Object | None:
        """That version, whole; None if it is gone, or a delete marker."""
        ...

    def remove_version(self, key: str, version_id: str) -> None:
        """Take that version away for good; what it lay on is the latest then. No error where it is gone."""
        ...

    def opened(self, key: str, *, version: str | None = None) -> AbstractContextManager[Opened]:
        """The object, or one of its versions, in one request. Raises ObjectGone if absent."""
        ...

    def stream(self, key: str, *, version: str | None = None) -> AbstractContextManager[BinaryIO]:
        """Its bytes alone. Raises ObjectGone if absent."""
        ...

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        """Every upload in parts, begun and not ended, to a key that begins with ``prefix``."""
        ...

    def abandon(self, upload: Unfinished) -> None:
        """End an upload in parts, with nothing stored; no error if it has ended."""
        ...

    # The last one, because its name hides the type from what follows.
    def list(self, prefix: str) -> Iterator[Entry]:
        """Every object whose key begins with ``prefix``; those of one folder come together.

        It asks for a thousand at a time, as they are taken, and holds no more.
        """
        ...
