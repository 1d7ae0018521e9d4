"""One measured process: ``edge_child.py SCENARIO FOLDER MODULE FUNCTION``, with its events on standard input.

It imports nothing that a handler does not need, because its own CPU is what is measured. Writes JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time

TYPE_CHECKING = False  # importing typing would be measured too
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Answer = dict[str, Any]


def _peak_memory() -> float:
    """MB that this process has had resident at most."""
    with open("/proc/self/status") as status:  # noqa: PTH123  # importing pathlib would be measured too
        (line,) = (line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _cpu(function: Callable[..., object], *arguments: object) -> float:
    """Milliseconds of CPU that a call takes."""
    start = time.process_time_ns()
    function(*arguments)
    return (time.process_time_ns() - start) / 1e6


def _handler() -> Callable[[Any, None], Answer]:
    _, _, folder, module, function = sys.argv
    sys.path.insert(0, folder)
    return getattr(__import__(module, fromlist=[function]), function)


def _is_in(answer: Answer) -> bool:
    return "status" not in answer


def cold(events: list[Any]) -> Answer:
    """The first answer; the parent takes the CPU of the whole process."""
    handle = _handler()
    answers = [handle(event, None) for event in events]
    roots = {name.partition(".")[0] for name in sys.modules}
    return {"in": [_is_in(answer) for answer in answers], "memory": _peak_memory(), "modules": sorted(roots)}


def each(events: list[Any]) -> Answer:
    """The CPU of every answer, in milliseconds."""
    handle = _handler()
    answers = [handle(events[0], None)]

    def answer(event: object) -> None:
        answers[1:] = [handle(event, None)]

    spent = [_cpu(answer, event) for event in events[1:]]
    return {"in": _is_in(answers[0]), "cpu": spent, "last": answers[-1].get("status")}


def verify(events: list[Any]) -> Answer:
    """The CPU of every verification of ours, and of the same again, without the ration between them."""
    sys.path.insert(0, sys.argv[2])
    from s3pypi_edge.bounded import BoundedSet
    from s3pypi_edge.credentials import Credentials
    from s3pypi_edge.ration import Ration
    from s3pypi_edge.users import UserStore
    from s3pypi_edge.verifier import REMEMBERED_PAIRS, Verifier

    body, *pairs = events
    ration = Ration(rate=1e9, burst=1e9, monotonic=time.monotonic)
    store = UserStore.parse(json.dumps(body).encode())
    verifier = Verifier(store, os.urandom(32), ration, BoundedSet(REMEMBERED_PAIRS))
    credentials = [Credentials(*pair) for pair in pairs]
    first = [_cpu(verifier.verify, sent, time.time()) for sent in credentials]
    return {"cpu": first, "again": [_cpu(verifier.verify, sent, time.time()) for sent in credentials]}


def parse(events: list[Any]) -> Answer:
    """The CPU of reading a user store of ours, several times, each in a fresh state."""
    sys.path.insert(0, sys.argv[2])
    from s3pypi_edge.users import UserStore

    body = json.dumps(events[0]).encode()
    return {"cpu": [_cpu(UserStore.parse, body) for _ in range(9)]}


def parse_lines(events: list[Any]) -> Answer:
    """The same for the store of the authenticated fork: lines, read by its own reader."""
    _handler()
    users = sys.modules["users"]

    class Body:
        def iter_lines(self) -> Iterator[bytes]:
            return (line.encode() for line in events)

        def close(self) -> None: ...

    def read() -> None:
        dict(users.S3UserStore._user_hash_pairs(Body()))  # noqa: SLF001

    return {"cpu": [_cpu(read) for _ in range(3)]}


if __name__ == "__main__":
    events = json.load(sys.stdin)
    answer = {"cold": cold, "each": each, "verify": verify, "parse": parse, "parse_lines": parse_lines}[
        sys.argv[1]
    ](events)
    sys.stdout.write("\n" + json.dumps(answer))
