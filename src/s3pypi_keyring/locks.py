"""One at a time, among the threads of this process and among processes."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform == "win32":  # pragma: no cover - which branch runs depends on the system
    import msvcrt

    def _try_to_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_to_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_SHORTEST, _LONGEST = 0.005, 0.05  # seconds between two attempts
_BUSY = (BlockingIOError, PermissionError)  # what flock, and what Windows raises while another has it
_guard = threading.Lock()
_of_threads: dict[str, threading.Lock] = {}


@contextlib.contextmanager
def exclusive(path: Path, seconds: float) -> Iterator[None]:
    """Hold the lock that the file ``path`` stands for. Raises TimeoutError when it is not got in time.

    Where the file cannot be made or locked, only the threads of this process keep out of each other's way.
    """
    until = time.monotonic() + seconds
    with _guard:
        lock = _of_threads.setdefault(str(path), threading.Lock())
    if not lock.acquire(timeout=max(seconds, 0)):
        raise TimeoutError
    try:
        with contextlib.ExitStack() as stack:
            _lock_file(path, until, stack)
            yield
    finally:
        lock.release()


def _lock_file(path: Path, until: float, stack: contextlib.ExitStack) -> None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError:
        return
    stack.callback(os.close, descriptor)  # which also unlocks it
    pause = _SHORTEST
    while True:
        try:
            _try_to_lock(descriptor)
        except _BUSY:
            if time.monotonic() + pause > until:
                raise TimeoutError from None
        except OSError:  # some network file systems have no locks
            return
        else:
            return
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST)
