"""How old something is, by two clocks of which either may stand still or jump."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Reading(NamedTuple):
    """What both clocks said at once, in seconds; ``era`` is how often one was seen running backwards."""

    wall: float
    monotonic: float
    era: int

    def is_within(self, seconds: float, since: Reading) -> bool:
        """Whether less than so much time has passed since the other, by each clock, and none ran backwards.

        A clock that ran backwards in between, and is past its old reading again, has lost that time.
        """
        ages = (self.wall - since.wall, self.monotonic - since.monotonic)
        return self.era == since.era and all(0 <= age < seconds for age in ages)


class Clocks:
    """Both clocks, for use by many threads. The oftener they are read, the more is known of them."""

    def __init__(self, wall: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._last = Reading(wall(), monotonic(), 0)

    def read(self) -> Reading:
        """What they say now."""
        with self._lock:  # or another thread's later reading would make this one look as if it ran backwards
            wall, monotonic, last = self._wall(), self._monotonic(), self._last
            is_back = wall < last.wall or monotonic < last.monotonic
            self._last = Reading(wall, monotonic, last.era + is_back)
            return self._last
