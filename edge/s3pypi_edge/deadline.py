"""What may hang, done within a time: a name look-up knows no time-out, and a server may drip for ever."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_edge.http1 import Connection

T = TypeVar("T")


def within(seconds: float, act: Callable[[], T], connection: Connection | None = None) -> T:
    """What ``act`` returns or raises. Raises TimeoutError when it is not over; then it goes on unheeded.

    Unless it returned in time, the connection that it speaks over is closed, if need be later, by what still
    hangs in it.
    """
    thread = _Act(act, connection)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        thread.is_given_up = True
        if connection is not None:
            connection.hang_up()
        raise TimeoutError
    if thread.error is not None:
        raise thread.error
    return thread.results[0]


class _Act(threading.Thread, Generic[T]):
    def __init__(self, act: Callable[[], T], connection: Connection | None) -> None:
        super().__init__(name="deadline", daemon=True)
        self._connection = connection
        self._act = act
        self.results: list[T] = []
        self.error: Exception | None = None
        self.is_given_up = False

    def run(self) -> None:
        try:
            self.results.append(self._act())
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller raises it
            self.error = error
        if self._connection is not None and (self.error is not None or self.is_given_up):
            self._connection.close()
