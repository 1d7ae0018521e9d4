from __future__ import annotations

import threading
import time

import pytest

from s3pypi_edge.deadline import within
from s3pypi_edge.http1 import Connection


class Told(Connection):
    """A connection to nowhere that notes what is done to it."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 1, timeout=1)
        self.told: list[str] = []
        self.is_closed = threading.Event()

    def hang_up(self) -> None:
        self.told.append("hang up")

    def close(self) -> None:
        self.told.append("close")
        self.is_closed.set()


def test_what_is_done_in_time_is_returned_and_the_connection_is_kept() -> None:
    connection = Told()
    assert within(10, lambda: 7, connection) == 7
    assert connection.told == []


def test_what_fails_in_time_fails_and_the_connection_is_closed() -> None:
    connection = Told()
    with pytest.raises(ZeroDivisionError):
        within(10, lambda: 1 / 0, connection)
    assert connection.told == ["close"]


def test_what_hangs_is_left_behind_and_closes_the_connection_when_it_wakes_up() -> None:
    connection, is_over, started = Told(), threading.Event(), time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.05, lambda: is_over.wait(10), connection)
    assert time.monotonic() - started < 5
    assert connection.told == ["hang up"]
    is_over.set()
    assert connection.is_closed.wait(10)


def test_what_speaks_over_no_connection_is_given_up_as_well() -> None:
    is_over = threading.Event()
    assert within(10, lambda: 7) == 7
    with pytest.raises(TimeoutError):
        within(0.05, lambda: is_over.wait(10))
    is_over.set()
