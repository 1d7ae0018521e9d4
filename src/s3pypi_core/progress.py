"""What an upload tells while it runs, for a progress bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from s3pypi_core.plan import Outcome


class Progress(Protocol):
    """An audience. ``sent`` and ``finished`` are called from any thread, several at once."""

    def begin(self, total: int) -> None:
        """Called once, before anything is sent: the bytes of all files that are going to be sent."""
        ...

    def sent(self, amount: int) -> None:
        """The bytes of a file that has been sent, or was found in the bucket; they add up to the total."""
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
