from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.progress import SILENT, Silent, Stopped, Tally

if TYPE_CHECKING:
    from s3pypi_core.plan import Outcome


class Noted(Silent):
    """Writes down the amounts."""

    def __init__(self) -> None:
        self.amounts: list[int] = []

    def sent(self, amount: int) -> None:
        self.amounts.append(amount)


def test_nobody_need_listen() -> None:
    outcome: Outcome = "uploaded"
    SILENT.begin(3)
    SILENT.sent(3)
    SILENT.finished("demo-1.0.tar.gz", outcome)
    SILENT.stopping()


@pytest.mark.parametrize(
    ("amounts", "missing"),
    [([4, 6], []), ([4, -4, 4], [6]), ([], [10]), ([10, 10], [-10])],
    ids=["sent", "sent again", "found there", "sent in vain once more"],
)
def test_a_file_that_is_complete_has_been_told_exactly_once(amounts: list[int], missing: list[int]) -> None:
    progress = Noted()
    tally = Tally(progress, threading.Event())
    for amount in amounts:
        tally.count(amount)

    tally.complete(10)

    assert progress.amounts == amounts + missing


def test_nothing_is_sent_after_the_stop() -> None:
    progress, stopped = Noted(), threading.Event()
    tally = Tally(progress, stopped)
    tally.count(4)

    stopped.set()

    with pytest.raises(Stopped):
        tally.count(4)
    assert progress.amounts == [4]
