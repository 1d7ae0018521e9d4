"""A set that cannot grow without end, whatever strangers send."""

from __future__ import annotations

import threading


class BoundedSet:
    """At most ``size`` digests; the least recently used goes first. For use by many threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: dict[bytes, None] = {}
        self._lock = threading.Lock()

    def __contains__(self, entry: bytes) -> bool:
        with self._lock:
            found = entry in self._entries
            if found:
                del self._entries[entry]
                self._entries[entry] = None
            return found

    def add(self, entry: bytes) -> None:
        """Remember it."""
        with self._lock:
            self._entries[entry] = None
            if len(self._entries) > self._size:
                del self._entries[next(iter(self._entries))]
