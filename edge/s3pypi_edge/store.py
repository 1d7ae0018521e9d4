"""The copy of an object that an instance works with: never trusted longer than ``refresh`` seconds."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

from s3pypi_edge.cloudfront import RETRY_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_edge.clocks import Clocks, Reading

T = TypeVar("T")


class StoreError(Exception):
    """An object cannot be read at the moment, so nobody can be let in. The message is for the log."""


class Document(NamedTuple):
    """An object as it was read, with the ETag to ask for changes with."""

    body: bytes
    etag: str


class Source(Protocol):
    """Where an object is read from."""

    def read(self, etag: str | None) -> Document | None:
        """The object, or None when it still has this ETag. Raises StoreError, also when there is none."""
        ...

    def close(self) -> None:
        """Let go of what the next read would have used again."""
        ...


class _Copy(Generic[T]):  # not a NamedTuple: before Python 3.11 those cannot be generic
    def __init__(self, value: T, etag: str, confirmed: Reading) -> None:
        self.value = value
        self.etag = etag
        self.confirmed = confirmed


class _Failure(NamedTuple):
    sentence: str
    happened: Reading


class LiveStore(Generic[T]):
    """What an object says, read again when it must be; for use by many threads, of which one at a time reads.

    ``parse`` makes it of the body, and raises ValueError for what cannot be read; ``name`` is for the log.
    """

    def __init__(
        self, source: Source, parse: Callable[[bytes], T], *, name: str, refresh: float, clocks: Clocks
    ) -> None:
        self._source = source
        self._parse = parse
        self._name = name
        self._refresh = refresh
        # Strangers who come while it cannot be read must not make a request each; who obeys Retry-After may.
        self._pause = min(refresh, float(RETRY_AFTER))
        self._clocks = clocks
        self._reading = threading.Lock()
        self._copy: _Copy[T] | None = None
        self._failure: _Failure | None = None

    def current(self) -> T:
        """What the object said less than ``refresh`` seconds ago. Raises StoreError."""
        copy = self._fresh()
        if copy is None:
            with self._reading:
                copy = self._fresh() or self._confirm(self._copy)
        return copy.value

    def close(self) -> None:
        """Close the connection that is kept for the next read."""
        self._source.close()

    def _fresh(self) -> _Copy[T] | None:
        """The copy, where it is fresh. Raises StoreError where a read has just failed."""
        # Both are taken before the clocks are read, or another thread's newer one seems to lie ahead.
        copy, failure = self._copy, self._failure
        now = self._clocks.read()
        if copy is not None and now.is_within(self._refresh, copy.confirmed):
            return copy
        if failure is not None and now.is_within(self._pause, failure.happened):
            raise StoreError(failure.sentence)
        return None

    def _confirm(self, copy: _Copy[T] | None) -> _Copy[T]:
        try:
            self._copy = self._read(copy)
        except (StoreError, ValueError) as error:
            self._failure = _Failure(f"{self._name}: {error}", self._clocks.read())
            raise StoreError(self._failure.sentence) from error
        self._clocks.read()  # one that ran backwards meanwhile ends the copy's life
        return self._copy

    def _read(self, copy: _Copy[T] | None) -> _Copy[T]:
        # What was true when the request left is all that its answer can promise.
        asked = self._clocks.read()
        document = self._source.read(copy.etag if copy else None)
        if document is not None:
            return _Copy(self._parse(document.body), document.etag, asked)
        if copy is None:
            raise StoreError("it is said to be unchanged, but was never read")
        return _Copy(copy.value, copy.etag, asked)
