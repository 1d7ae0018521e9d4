from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from s3pypi_edge.access import access_parser
from s3pypi_edge.clocks import Clocks
from s3pypi_edge.credentials import Credentials
from s3pypi_edge.store import Document, LiveStore, StoreError
from tests.edge.gates import KEY, START, USERS, Clock, MemorySource, plenty, user_store

ALICE = Credentials("alice", "wonder:land")
WITHOUT_ALICE = user_store({name: record for name, record in USERS.items() if name != "alice"})


class Live:
    """A live store with everything it was given in reach."""

    def __init__(self, refresh: float = 60.0) -> None:
        self.source, self.wall, self.monotonic = MemorySource(), Clock(), Clock(5.0)
        self.log: list[str] = []
        self.store = LiveStore(
            self.source,
            access_parser(KEY, plenty(), self.log.append),
            name="user store",
            refresh=refresh,
            clocks=Clocks(self.wall, self.monotonic),
        )

    def knows_alice(self) -> bool:
        return self.store.current().verifier.verify(ALICE, START).user is not None


def test_it_is_read_at_most_once_in_a_refresh_and_then_conditionally() -> None:
    live = Live()
    verifier = live.store.current()
    live.wall.now += 59.9
    live.monotonic.now += 59.9
    assert live.store.current() is verifier
    assert live.source.reads == [None]
    live.wall.now += 0.1
    live.monotonic.now += 0.1
    assert live.store.current() is verifier
    assert live.source.reads[1:] == [live.source.read(None).etag]  # type: ignore[union-attr]  # it was not conditional
    assert live.store.current() is verifier
    assert len(live.source.reads) == 3


@pytest.mark.parametrize(
    ("wall", "monotonic"),
    [
        pytest.param(60, 60, id="a minute later"),
        pytest.param(60, 0, id="the monotonic clock stood still"),
        pytest.param(0, 60, id="the wall clock stood still"),
        pytest.param(-1, 1, id="the wall clock ran backwards"),
        pytest.param(1, -1, id="the monotonic clock ran backwards"),
        pytest.param(1e9, 1, id="the wall clock jumped"),
    ],
)
def test_a_removed_user_is_gone_as_soon_as_either_clock_has_doubts(wall: float, monotonic: float) -> None:
    live = Live()
    assert live.knows_alice()
    live.source.body = WITHOUT_ALICE
    assert live.knows_alice()
    live.wall.now += wall
    live.monotonic.now += monotonic
    assert not live.knows_alice()


def test_it_was_confirmed_when_the_request_left_not_when_the_answer_came() -> None:
    live = Live()

    def slow() -> None:
        live.wall.now += 40
        live.monotonic.now += 40

    live.source.before = slow
    live.store.current()
    live.wall.now += 20
    live.monotonic.now += 20
    live.store.current()
    assert len(live.source.reads) == 2


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(None, id="missing"),
        pytest.param(b"", id="empty"),
        pytest.param(WITHOUT_ALICE[:-1], id="cut short"),
        pytest.param(b'{"version": 2, "users": {}}', id="another version"),
    ],
)
def test_an_unreadable_store_lets_nobody_in_pins_nothing_and_recovers(body: bytes | None) -> None:
    live = Live()
    assert live.knows_alice()
    live.source.body = body
    live.wall.now += 60
    for _ in range(2):
        with pytest.raises(StoreError, match="user store: "):
            live.store.current()
        live.wall.now += 2
    live.source.body = WITHOUT_ALICE
    assert not live.knows_alice()
    assert len(set(live.source.reads)) == 2  # every read after the first named the last ETag that was parsed


def test_a_cold_start_on_an_unreadable_store_recovers_too() -> None:
    live = Live()
    live.source.body = None
    with pytest.raises(StoreError, match="404"):
        live.store.current()
    live.source.body = user_store()
    live.monotonic.now += 2
    assert live.knows_alice()
    assert live.source.reads == [None, None]


@pytest.mark.parametrize("was_read", [False, True])
def test_a_read_that_failed_is_not_repeated_for_two_seconds(*, was_read: bool) -> None:
    live = Live()
    if was_read:
        live.store.current()
        live.wall.now += 60
    live.source.body = None
    before = len(live.source.reads)
    for number in range(50):
        with pytest.raises(StoreError, match="user store: S3 answered 404"):
            live.store.current()
        assert len(live.source.reads) - before == 1 + number // 16
        live.wall.now += 0.125
        live.monotonic.now += 0.125


@pytest.mark.parametrize("clock", ["wall", "monotonic"])
@pytest.mark.parametrize("jump", [50, 59.9, 3600])
def test_a_clock_that_jumps_to_and_fro_keeps_no_removed_user_in(clock: str, jump: float) -> None:
    """Though each time both clocks are close to what they said when the copy was read."""
    live = Live()
    moving: Clock = getattr(live, clock)
    assert live.knows_alice()
    live.source.body = WITHOUT_ALICE
    live.knows_alice()
    moving.now += jump
    live.knows_alice()
    moving.now -= jump
    assert not live.knows_alice()


def test_a_clock_that_ran_backwards_is_not_forgotten_when_the_read_after_it_fails() -> None:
    live = Live()
    assert live.knows_alice()
    live.source.body = None
    live.wall.now += 50
    assert live.knows_alice()
    live.wall.now -= 50
    with pytest.raises(StoreError):
        live.store.current()
    live.monotonic.now += 2
    with pytest.raises(StoreError):
        live.store.current()


def test_a_clock_that_runs_backwards_during_a_read_makes_its_copy_good_for_that_request_only() -> None:
    live = Live()

    def run_backwards() -> None:
        live.wall.now -= 40

    live.source.before = run_backwards
    live.store.current()
    live.source.before = lambda: None
    live.wall.now += 40
    live.store.current()
    assert len(live.source.reads) == 2


def test_a_store_said_to_be_unchanged_before_it_was_read_is_unreadable() -> None:
    class Lying(MemorySource):
        def read(self, etag: str | None) -> Document | None:
            self.reads.append(etag)
            return None

    live = Live()
    live.store._source = Lying()
    with pytest.raises(StoreError, match="never read"):
        live.store.current()


def test_what_was_remembered_goes_when_the_store_changes_and_stays_when_it_does_not() -> None:
    live = Live()
    first = live.store.current()
    live.wall.now += 60
    assert live.store.current() is first
    live.source.body = WITHOUT_ALICE
    live.wall.now += 60
    assert live.store.current() is not first


def test_records_that_are_left_out_are_named_in_the_log_once() -> None:
    live = Live()
    live.source.body = user_store({**USERS, "eve": {"password": "hunter2", "projects": []}})
    assert live.knows_alice()
    assert live.knows_alice()
    (line,) = live.log
    assert json.loads(line)["problems"][0].startswith("user 'eve' is left out: ")


def test_many_threads_cause_one_read() -> None:
    live = Live()
    live.source.before = lambda: time.sleep(0.05)
    with ThreadPoolExecutor(8) as pool:
        verifiers = set(pool.map(lambda _: live.store.current().verifier, range(8)))
    assert len(verifiers) == 1
    assert live.source.reads == [None]


class CountingLock:
    """A lock that knows how many have come to it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.comers = threading.Semaphore(0)

    def __enter__(self) -> None:
        self.comers.release()
        self.lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self.lock.release()


def test_threads_that_waited_for_a_read_that_failed_fail_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    live, lock = Live(), CountingLock()
    monkeypatch.setattr(live.store, "_reading", lock)
    live.source.body = None

    def wait_for_the_others() -> None:
        assert all(lock.comers.acquire(timeout=10) for _ in range(4))

    live.source.before = wait_for_the_others

    def attempt(_number: int) -> str:
        with pytest.raises(StoreError) as caught:
            live.store.current()
        return str(caught.value)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(attempt, range(4))) == {"user store: S3 answered 404"}
    assert live.source.reads == [None]


def test_closing_closes_the_source() -> None:
    live = Live()
    live.store.close()
    assert live.source.is_closed
