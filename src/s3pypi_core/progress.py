"""What an upload tells while it runs, for a progress bar."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from s3pypi_core.plan import Outcome


class Progress(Protocol):
    """An audience. ``sent`` and ``finished`` are called from any thread, several at once."""

    def begin(self, total: int) -> None:
        """Called once, before anything is sent: the bytes of all files that are going to be sent."""
        ...

    def sent(self, amount: int) -> None:
        """Bytes of files sent since the last call; negative when a request starts over.

        Once a file has finished, its bytes have been told exactly once, even if it was found in the bucket:
        when all files have finished, the amounts add up to the total.
        """
        ...

    def finished(self, filename: str, outcome: Outcome) -> None:
        """A file has reached the bucket, was found there, or was skipped; not called for one that failed."""
        ...


class Silent:
    """Nobody listens."""

    def begin(self, total: int) -> None:
        """See Progress.begin."""

    def sent(self, amount: int) -> None:
        """See Progress.sent."""

    def finished(self, filename: str, outcome: Outcome) -> None:
        """See Progress.finished."""


SILENT = Silent()


class Stopped(BaseException):
    """The command was interrupted: what is being sent need not arrive.

    Like asyncio's CancelledError it is no Exception, so that nobody takes it for a failure and tries again.
    """


class Tally:
    """Counts the bytes of one file for ``progress``; what is sent after ``stopped`` is set raises Stopped."""

    def __init__(self, progress: Progress, stopped: threading.Event) -> None:
        self._progress = progress
        self._stopped = stopped
        self._lock = threading.Lock()
        self._told = 0

    def count(self, amount: int) -> None:
        """Bytes sent since the last call; from any thread. Raises Stopped."""
        if self._stopped.is_set():
            raise Stopped
        with self._lock:
            self._told += amount
        self._progress.sent(amount)

    def complete(self, size: int) -> None:
        """The file has ``size`` bytes and is there: tell of those that were not sent this time."""
        if size != self._told:
            self._progress.sent(size - self._told)
