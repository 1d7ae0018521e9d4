"""What may hang, done within a time: a name look-up knows no time-out, and a server may drip for ever."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def within(seconds: float, act: Callable[[], T]) -> T:
    """What ``act`` returns or raises. Raises TimeoutError when it is not over; then it goes on unheeded."""
    thread = _Act(act)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError
    if thread.error is not None:
        raise thread.error
    return thread.results[0]


class _Act(threading.Thread, Generic[T]):
    def __init__(self, act: Callable[[], T]) -> None:
        super().__init__(name="deadline", daemon=True)
        self._act = act
        self.results: list[T] = []
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.results.append(self._act())
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller raises it
            self.error = error
