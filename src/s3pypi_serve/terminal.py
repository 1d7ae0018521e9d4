"""The terminal, which a command in a process group of its own gets when it asks for it, as from a shell."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASKING = (
    signal.SIGTTIN,
    signal.SIGTTOU,
)  # for a group that reads or sets up another's terminal


def go_on(group: int, number: int) -> None:
    """Deal with a group that the signal ``number`` has stopped.

    Where it asks for the terminal and this process has that, it gets it. Where somebody typed Ctrl-Z, this
    process stops as well, and both go on together. Any other stop is somebody else's business.
    """
    if number not in {*_ASKING, signal.SIGTSTP}:
        return
    if number == signal.SIGTSTP or not _pass_on(os.getpgrp(), group):
        take_back(group)
        _stop()
        _pass_on(os.getpgrp(), group)
    os.killpg(group, signal.SIGCONT)


def take_back(group: int) -> None:
    """Have the terminal again, where the group has it."""
    _pass_on(group, os.getpgrp())


def _pass_on(giver: int, taker: int) -> bool:
    """Hand over the terminal, and return True, if there is one and the group ``giver`` has it."""
    with contextlib.suppress(OSError), Path("/dev/tty").open("rb", buffering=0) as terminal:
        if os.tcgetpgrp(terminal.fileno()) == giver:
            with _handled(signal.SIGTTOU, signal.SIG_IGN):  # else who takes it back would be stopped
                os.tcsetpgrp(terminal.fileno(), taker)
            return True
    return False


def _stop() -> None:
    """Stop, with the rest of this process's group; return when somebody has it go on."""
    with _handled(signal.SIGTSTP, signal.SIG_DFL):
        os.killpg(os.getpgrp(), signal.SIGTSTP)


@contextlib.contextmanager
def _handled(number: signal.Signals, handler: signal.Handlers) -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)
