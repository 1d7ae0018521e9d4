from __future__ import annotations

import threading
import time

import pytest

from s3pypi_edge.deadline import within


def test_what_is_done_in_time_is_returned() -> None:
    assert within(10, lambda: 7) == 7


def test_what_fails_in_time_fails() -> None:
    with pytest.raises(ZeroDivisionError):
        within(10, lambda: 1 / 0)


def test_what_hangs_is_left_behind() -> None:
    is_over, started = threading.Event(), time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.05, lambda: is_over.wait(10))
    assert time.monotonic() - started < 5
    is_over.set()
