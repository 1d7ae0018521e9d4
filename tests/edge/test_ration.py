from __future__ import annotations

from contextlib import suppress

import pytest

from s3pypi_edge.ration import Ration, Rationed
from tests.edge.gates import Clock


def _taken(ration: Ration) -> int:
    """How many it gives at once, now."""
    taken = 0
    with suppress(Rationed):
        while True:
            ration.take()
            taken += 1
    return taken


def test_a_burst_is_given_and_then_the_rate() -> None:
    clock = Clock()
    ration = Ration(rate=2, burst=4, monotonic=clock)
    assert _taken(ration) == 4
    clock.now += 0.4
    assert _taken(ration) == 0
    clock.now += 0.1
    assert _taken(ration) == 1
    clock.now += 1
    assert _taken(ration) == 2
    clock.now += 1e9
    assert _taken(ration) == 4


@pytest.mark.parametrize(("rate", "seconds"), [(2, 1), (1, 1), (0.5, 2), (0.4, 3)])
def test_it_says_in_whole_seconds_when_to_come_again(rate: float, seconds: int) -> None:
    clock = Clock()
    ration = Ration(rate=rate, burst=1, monotonic=clock)
    ration.take()
    with pytest.raises(Rationed, match="too many") as caught:
        ration.take()
    assert caught.value.retry_after == seconds
    clock.now += seconds
    ration.take()


def test_a_clock_that_runs_backwards_gives_nothing_and_loses_nothing() -> None:
    clock = Clock()
    ration = Ration(rate=1, burst=2, monotonic=clock)
    ration.take()
    clock.now -= 1000
    assert _taken(ration) == 1
    clock.now += 1
    assert _taken(ration) == 1
