"""Running the command that the repository is there for."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError
from s3pypi_serve.signals import handled_by
from s3pypi_serve.terminal import go_on, take_back

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType

NOT_FOUND = 127  # as a shell reports it
_BY_SIGNAL = 128  # likewise, and the signal's number is added
_TICK = 0.02  # seconds
_PATIENCE = 4.0  # seconds for a command that has to end
_DEFAULT = [signal.SIGPIPE, signal.SIGXFSZ]  # Python ignores them; a command does not expect that


class CommandNotFound(RepositoryError):
    """There is no such program, or it cannot be run."""

    def __init__(self, program: str, reason: str | None) -> None:
        super().__init__(f"{program} cannot be run: {reason}", "check its name and your PATH")


def run_command(command: Sequence[str], environ: Mapping[str, str], check: Callable[[], object]) -> int:
    """Run a command, pass signals on to it, and return its exit status as a shell reports it.

    It has a process group of its own, and a signal reaches all of it. ``check`` is called while it runs;
    when that raises an exception, the command is ended. Raises CommandNotFound.
    """
    passing = _Passing()
    with handled_by(passing.on_signal, signal.SIGTSTP):
        try:
            # subprocess knows process groups from Python 3.11 on.
            group = os.posix_spawnp(command[0], [*command], environ, setpgroup=0, setsigdef=_DEFAULT)
        except OSError as error:
            raise CommandNotFound(command[0], error.strerror) from error
        passing.on_start(group)
        try:
            status = _wait(group, check)
        except BaseException:
            _end(group)
            raise
        finally:
            passing.on_end()
            take_back(group)
    return status if status >= 0 else _BY_SIGNAL - status


def _wait(group: int, check: Callable[[], object]) -> int:
    while True:
        ended, status = os.waitpid(group, os.WNOHANG | os.WUNTRACED)
        if not ended:
            check()
            time.sleep(_TICK)
        elif os.WIFSTOPPED(status):
            go_on(group, os.WSTOPSIG(status))
        else:
            return os.waitstatus_to_exitcode(status)


def _end(group: int) -> None:
    """End a group whose first process has not been collected: with SIGTERM, and 4 s later with SIGKILL."""
    _signal(group, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if os.waitpid(group, os.WNOHANG)[0]:
            return
        time.sleep(_TICK)
    _signal(group, signal.SIGKILL)
    os.waitpid(group, 0)


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


class _Passing:
    """Passes signals on to a process group; those that come before it is there, as soon as it is."""

    def __init__(self) -> None:
        self._group: int | None = None
        self._early: list[int] = []

    def on_start(self, group: int) -> None:
        self._group = group
        for number in self._early:
            _signal(group, number)

    def on_end(self) -> None:
        self._group = None  # its number may be somebody else's soon

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._group is None:
            self._early.append(number)
        else:
            _signal(self._group, number)
