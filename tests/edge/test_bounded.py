from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from s3pypi_edge.bounded import BoundedSet


def test_what_was_added_is_in_it() -> None:
    memory = BoundedSet(3)
    assert b"a" not in memory
    memory.add(b"a")
    memory.add(b"a")
    assert b"a" in memory


def test_what_was_used_last_is_forgotten_last() -> None:
    memory = BoundedSet(3)
    for entry in (b"a", b"b", b"c"):
        memory.add(entry)
    assert b"a" in memory
    memory.add(b"d")
    assert [entry for entry in (b"a", b"b", b"c", b"d") if entry in memory] == [b"a", b"c", b"d"]


def test_many_threads_leave_it_whole() -> None:
    memory = BoundedSet(10)

    def use(number: int) -> None:
        entry = str(number % 20).encode()
        memory.add(entry)
        assert (entry in memory) in (True, False)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, range(2000)))
    assert len(memory._entries) == 10
