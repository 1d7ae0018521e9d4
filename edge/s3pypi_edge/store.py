"""The copy of the user store that an instance works with: never trusted longer than ``refresh`` seconds."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, NamedTuple, Protocol

from s3pypi_edge.users import UserStore
from s3pypi_edge.verifier import Verifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_edge.ration import Ration


class StoreError(Exception):
    """The user store cannot be read at the moment, so nobody can be let in. The message is for the log."""


class Document(NamedTuple):
    """An object as it was read, with the ETag to ask for changes with."""

    body: bytes
    etag: str


class Source(Protocol):
    """Where the user store is read from."""

    def read(self, etag: str | None) -> Document | None:
        """The object, or None when it still has this ETag. Raises StoreError, also when there is none."""
        ...

    def close(self) -> None:
        """Let go of what the next read would have used again."""
        ...


class _Copy(NamedTuple):
    verifier: Verifier
    etag: str
    wall: float
    monotonic: float


class LiveStore:
    """The user store, read again when it must be; for use by many threads, of which one at a time reads."""

    def __init__(
        self,
        source: Source,
        *,
        refresh: float,
        wall: Callable[[], float],
        monotonic: Callable[[], float],
        key: bytes,
        ration: Ration,
        log: Callable[[str], object],
    ) -> None:
        self._source = source
        self._refresh = refresh
        self._wall = wall
        self._monotonic = monotonic
        self._key = key
        self._ration = ration
        self._log = log
        self._reading = threading.Lock()
        self._copy: _Copy | None = None
        self._failures = 0
        self._failure = ""

    def current(self) -> Verifier:
        """The verifier of a store that was confirmed less than ``refresh`` seconds ago. Raises StoreError."""
        # The copy is taken before the clocks are read, or another thread's newer one seems to lie ahead.
        copy = self._copy
        if copy is not None and self._is_fresh(copy):
            return copy.verifier
        failures = self._failures
        with self._reading:
            copy = self._copy
            if copy is not None and self._is_fresh(copy):
                return copy.verifier
            if self._failures != failures:  # somebody's read has just failed while this one waited for it
                raise StoreError(self._failure)
            self._copy = self._confirm(copy)
            return self._copy.verifier

    def close(self) -> None:
        """Close the connection that is kept for the next read."""
        self._source.close()

    def _is_fresh(self, copy: _Copy) -> bool:
        """Whether both clocks say so: either may stand still or jump, and none may run backwards."""
        ages = (self._wall() - copy.wall, self._monotonic() - copy.monotonic)
        return all(0 <= age < self._refresh for age in ages)

    def _confirm(self, copy: _Copy | None) -> _Copy:
        try:
            return self._read(copy)
        except (StoreError, ValueError) as error:
            self._failures += 1
            self._failure = f"user store: {error}"
            raise StoreError(self._failure) from error

    def _read(self, copy: _Copy | None) -> _Copy:
        # What was true when the request left is all that its answer can promise.
        wall, monotonic = self._wall(), self._monotonic()
        document = self._source.read(copy.etag if copy else None)
        if document is not None:
            return _Copy(self._verifier(document.body), document.etag, wall, monotonic)
        if copy is None:
            raise StoreError("it is said to be unchanged, but was never read")
        return copy._replace(wall=wall, monotonic=monotonic)

    def _verifier(self, body: bytes) -> Verifier:
        store = UserStore.parse(body)
        if store.problems:
            self._log(json.dumps({"problems": store.problems}))
        return Verifier(store, self._key, self._ration)
