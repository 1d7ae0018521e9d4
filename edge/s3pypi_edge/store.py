"""The copy of an object that an instance works with: never trusted longer than ``refresh`` seconds."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

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
    def __init__(self, value: T, etag: str, wall: float, monotonic: float) -> None:
        self.value = value
        self.etag = etag
        self.wall = wall
        self.monotonic = monotonic


class LiveStore(Generic[T]):
    """What an object says, read again when it must be; for use by many threads, of which one at a time reads.

    ``parse`` makes it of the body, and raises ValueError for what cannot be read; ``name`` is for the log.
    """

    def __init__(
        self,
        source: Source,
        parse: Callable[[bytes], T],
        *,
        name: str,
        refresh: float,
        wall: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._source = source
        self._parse = parse
        self._name = name
        self._refresh = refresh
        self._wall = wall
        self._monotonic = monotonic
        self._reading = threading.Lock()
        self._copy: _Copy[T] | None = None
        self._failures = 0
        self._failure = ""

    def current(self) -> T:
        """What the object said less than ``refresh`` seconds ago. Raises StoreError."""
        # The copy is taken before the clocks are read, or another thread's newer one seems to lie ahead.
        copy = self._copy
        if copy is not None and self._is_fresh(copy):
            return copy.value
        failures = self._failures
        with self._reading:
            copy = self._copy
            if copy is not None and self._is_fresh(copy):
                return copy.value
            if self._failures != failures:  # somebody's read has just failed while this one waited for it
                raise StoreError(self._failure)
            self._copy = self._confirm(copy)
            return self._copy.value

    def close(self) -> None:
        """Close the connection that is kept for the next read."""
        self._source.close()

    def _is_fresh(self, copy: _Copy[T]) -> bool:
        """Whether both clocks say so: either may stand still or jump, and none may run backwards."""
        ages = (self._wall() - copy.wall, self._monotonic() - copy.monotonic)
        return all(0 <= age < self._refresh for age in ages)

    def _confirm(self, copy: _Copy[T] | None) -> _Copy[T]:
        try:
            return self._read(copy)
        except (StoreError, ValueError) as error:
            self._failures += 1
            self._failure = f"{self._name}: {error}"
            raise StoreError(self._failure) from error

    def _read(self, copy: _Copy[T] | None) -> _Copy[T]:
        # What was true when the request left is all that its answer can promise.
        wall, monotonic = self._wall(), self._monotonic()
        document = self._source.read(copy.etag if copy else None)
        if document is not None:
            return _Copy(self._parse(document.body), document.etag, wall, monotonic)
        if copy is None:
            raise StoreError("it is said to be unchanged, but was never read")
        return _Copy(copy.value, copy.etag, wall, monotonic)
