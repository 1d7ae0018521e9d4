"""How often an instance does what is slow, however many ask for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Rationed(Exception):
    """It would be done once too often; ``retry_after`` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many slow verifications")
        self.retry_after = retry_after


class Ration:
    """``rate`` a second in the long run, at most ``burst`` at once. For use by many threads."""

    def __init__(self, *, rate: float, burst: float, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._monotonic = monotonic
        self._left = burst
        self._since = monotonic()
        self._lock = threading.Lock()

    def take(self) -> None:
        """Take one. Raises Rationed when none is left."""
        with self._lock:
            now = self._monotonic()
            passed = max(now - self._since, 0.0)  # a clock that ran backwards gives nothing
            self._left = min(self._left + passed * self._rate, self._burst)
            self._since = now
            if self._left < 1:
                raise Rationed(-int((self._left - 1) // self._rate))
            self._left -= 1
