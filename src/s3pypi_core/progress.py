"""What an upload tells while it runs, for a progress bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading

    from s3pypi_core.plan import Outcome


class Progress(Protocol):
    """An audience. ``sent`` and ``finished`` are called from any thread, several at once."""

    def begin(self, total: int) -> None:
        """Called once, before anything is sent: the bytes of all files that are going to be sent."""
        ...

    def sent(self, amount: int) -> None:
        """Bytes of a file sent since the last call; negative when a request starts over.

        Once a file has finished, its bytes have been told exactly once, even if it was found in the bucket:
        when all files have finished, the amounts add up to the total.
        """
        ...

    def finished(self, filename: str, outcome: Outcome) -> None:
        """A file has reached the bucket, was found there, or was skipped; not called for one that failed."""
        ...

    def stopping(self) -> None:
        """Called on Ctrl-C: nothing new is begun, and what is under way is waited for."""
        ...


class Silent:
    """Nobody listens."""

    def begin(self, total: int) -> None:
        """See Progress.begin."""

    def sent(self, amount: int) -> None:
        """See Progress.sent."""

    def finished(self, filename: str, outcome: Outcome) -> None:
        """See Progress.finished."""

    def stopping(self) -> None:
        """See Progress.stopping."""


SILENT = Silent()


def unheard(_amount: int) -> None:
    """The ``sent`` of those whom nobody watches."""


class Stopped(BaseException):
    """The command was interrupted, so what is being sent need not arrive.

    Like asyncio's CancelledError it is no Exception, so that nobody takes it for a failure and tries again.
    """


class Tally:
    """Counts the bytes of one file for ``progress``; for one thread."""

    def __init__(self, progress: Progress, stop: threading.Event) -> None:
        self._progress = progress
        self._stop = stop
        self._told = 0

    def count(self, amount: int) -> None:
        """Bytes sent since the last call. Raises Stopped once ``stop`` is set."""
        if self._stop.is_set():
            raise Stopped
        if amount:
            self._told += amount
            self._progress.sent(amount)

    def complete(self, size: int) -> None:
        """The file has ``size`` bytes and is there: tell of those that were not sent this time."""
        if size != self._told:
            self._progress.sent(size - self._told)
