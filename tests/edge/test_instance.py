"""One instance for hours: many requests, at once and one after another, and clocks that jump."""

from __future__ import annotations

import gc
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.edge.events import basic, viewer_request
from tests.edge.gates import START, TOKEN, USERS, entrance, password_hash, user_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.edge.gates import Clock, Entrance

CHEAP = user_store(
    {
        "alice": {"password": password_hash("wonder:land", 1), "projects": ["*"]},
        "some": {"password": password_hash("some", 1), "projects": ["acme-*", "demo-?"]},
    }
)
ALICE, SOME = basic("alice", "wonder:land"), basic("some", "some")
MANY = 100_000
FEW_BLOCKS = 30_000  # of memory: what is bounded on purpose takes some of them


def _blocks(door: Entrance) -> int:
    door.log.clear()
    gc.collect()
    return sys.getallocatedblocks()


def _wrong_passwords() -> Iterator[str]:
    return (basic("alice" if number % 2 else f"user {number}", f"wrong {number}") for number in range(MANY))


def _wrong_tokens() -> Iterator[str]:
    return (basic("", f"s3p_{number}_{'A' * 43}") for number in range(MANY))


def _wrong_headers() -> Iterator[str]:
    return (f"Basic {number:08}" for number in range(MANY))


@pytest.mark.parametrize("wrong", [_wrong_passwords, _wrong_tokens, _wrong_headers])
def test_memory_does_not_grow_with_wrong_credentials(wrong: Callable[[], Iterator[str]]) -> None:
    door = entrance(CHEAP)
    door.gate.answer(viewer_request(authorization=ALICE))
    before = _blocks(door)
    for authorization in wrong():
        assert door.gate.answer(viewer_request(authorization=authorization))["status"] == "401"
        door.log.clear()
    assert _blocks(door) - before < FEW_BLOCKS


@pytest.mark.parametrize("authorization", [ALICE, SOME, None], ids=["everything", "globs", "stranger"])
def test_memory_does_not_grow_with_paths(authorization: str | None) -> None:
    door = entrance(CHEAP)
    door.gate.answer(viewer_request(authorization=authorization))
    before = _blocks(door)
    for number in range(MANY):
        door.gate.answer(viewer_request(f"/simple/acme-{number}/x-{number}.zip", authorization=authorization))
        door.log.clear()
    assert _blocks(door) - before < FEW_BLOCKS


def test_a_thousand_warm_requests_make_one_read_a_minute() -> None:
    door = entrance()
    for number in range(1000):
        door.gate.answer(viewer_request(authorization=basic("alice", "wonder:land")))
        door.gate.answer(viewer_request(authorization=basic("", TOKEN)))
        door.gate.answer(viewer_request(authorization=basic(f"unknown {number}", "x")))
        door.wall.now += 0.119
        door.monotonic.now += 0.119
    assert len(door.source.reads) == 2


JUMPS = [0.0, 1e-9, 0.5, 59.9, 60.0, 3600.0, 86_400.0 * 400, -1e-3, -1.0, -61.0, -86_400.0 * 400]


PASSES = [0.0, 1e-9, 0.5, 20.0, 50.0, 59.9, 60.0, 3600.0]


def _one_is_true(dice: random.Random, faulty: Clock, true: Clock) -> float:
    """Time passes, which one clock shows, while the other jumps."""
    passes = dice.choice(PASSES)
    true.now += passes
    faulty.now += dice.choice(JUMPS)
    return passes


def _one_is_set_back(dice: random.Random, faulty: Clock, _still: Clock) -> float:
    """One clock stands still; the other shows the time that passes, or is set back."""
    if dice.random() < 0.5:  # by chance
        faulty.now -= dice.choice(PASSES)
        return 0.0
    passes = dice.choice(PASSES)
    faulty.now += passes
    return passes


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("is_wall_faulty", [True, False], ids=["wall", "monotonic"])
@pytest.mark.parametrize("pass_time", [_one_is_true, _one_is_set_back])
def test_clocks_that_jump_never_keep_a_removed_user_in(
    pass_time: Callable[[random.Random, Clock, Clock], float], seed: int, *, is_wall_faulty: bool
) -> None:
    """``now`` is the true time, which the function has no way to know."""
    dice, door, now, last_there = random.Random(seed), entrance(), 0.0, 0.0  # noqa: S311  # the same each time
    faulty, other = (door.wall, door.monotonic) if is_wall_faulty else (door.monotonic, door.wall)
    event = viewer_request(authorization=basic("alice", "wonder:land"))
    seen = set()
    for _ in range(200):
        is_there = dice.random() < 0.3  # by chance
        door.source.body = user_store(USERS if is_there else {})
        last_there = now if is_there else last_there
        is_in = "status" not in door.gate.answer(event)
        assert not is_in or now - last_there < 60
        seen.add((is_there, is_in))
        now += pass_time(dice, faulty, other)
    assert len(seen) == 4


def test_clocks_at_the_ends_of_time_break_nothing() -> None:
    door = entrance()
    for now in (0.0, -1e12, START, 4e9, 1e300, float("inf"), START):
        door.wall.now = now
        assert "status" not in door.gate.answer(viewer_request(authorization=basic("alice", "wonder:land")))
        assert door.gate.answer(viewer_request(authorization=basic("alice", "x")))["status"] == "401"


def test_requests_at_once_get_what_each_is_due() -> None:
    door = entrance(CHEAP)
    dues = [
        (ALICE, None),
        (SOME, "404"),
        (basic("alice", "no"), "401"),
        (basic("eve", "x"), "401"),
        (None, "401"),
    ]

    def ask(number: int) -> bool:
        authorization, due = dues[number % len(dues)]
        status = door.gate.answer(viewer_request("/simple/", authorization=authorization)).get("status")
        if number % 97 == 0:
            door.monotonic.now += 60
        return status == due

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(4000)))
