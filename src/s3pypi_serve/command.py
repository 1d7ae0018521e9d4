"""Running the command that the repository is there for."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError
from s3pypi_serve.signals import handled_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

NOT_FOUND = 127  # as a shell reports it
_BY_SIGNAL = 128  # likewise, and the signal's number is added


class CommandNotFound(RepositoryError):
    """There is no such program, or it cannot be run."""

    def __init__(self, program: str, reason: str | None) -> None:
        super().__init__(f"{program} cannot be run: {reason}", "check its name and your PATH")


def run_command(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a command, pass signals on to it, and return its exit status as a shell reports it.

    Raises CommandNotFound.
    """
    passing = _Passing()
    with handled_by(passing.on_signal):
        try:
            process = subprocess.Popen(command, env=environ)  # noqa: S603  # what the user asked for
        except OSError as error:
            raise CommandNotFound(command[0], error.strerror) from error
        passing.on_start(process)
        status = process.wait()
    return status if status >= 0 else _BY_SIGNAL - status


class _Passing:
    """Passes signals on to a process; those that come before it has started, as soon as it has."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def on_start(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        for number in self._early:
            process.send_signal(number)

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._process is None:
            self._early.append(number)
        elif number != signal.SIGINT or not _is_in_foreground():
            self._process.send_signal(number)


def _is_in_foreground() -> bool:
    """Whether a Ctrl-C in the terminal, which goes to all of the foreground, reaches the command as well."""
    with contextlib.suppress(OSError), Path("/dev/tty").open("rb", buffering=0) as terminal:
        return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    return False
