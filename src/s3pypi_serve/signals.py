"""Being ended by signals, in order."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object]

_ALWAYS = (signal.SIGINT, signal.SIGTERM)
_ENDING = (*_ALWAYS, signal.SIGHUP)


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP (but under nohup) into KeyboardInterrupt; ignore what follows.

    So a second Ctrl-C does not interrupt the tidying up after the first.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        ignore_signals()
        raise KeyboardInterrupt

    with handled_by(end):
        yield


@contextlib.contextmanager
def handled_by(handler: Handler, *others: signal.Signals) -> Iterator[None]:
    """Have ``handler`` called for these signals, and for ``others``, within the block."""
    before = {number: signal.signal(number, handler) for number in _heeded(*others)}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def ignore_signals() -> None:
    """Let nothing interrupt what comes now."""
    for number in _heeded():
        signal.signal(number, signal.SIG_IGN)


def _heeded(*others: signal.Signals) -> list[signal.Signals]:
    # Under nohup, SIGHUP is ignored from the start; where there is no job control, SIGTSTP may be.
    return [n for n in (*_ENDING, *others) if n in _ALWAYS or signal.getsignal(n) != signal.SIG_IGN]
