"""What everything that moves in shares: where it comes from and goes to, the report, and when to stop."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from s3pypi_core.bucket import NoAccess
from s3pypi_core.errors import RepositoryError
from s3pypi_core.progress import Stopped

if TYPE_CHECKING:
    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket
    from s3pypi_core.move_in.offer import Source
    from s3pypi_edge.keys import Project

Result = Literal["taken", "already there", "refused", "failed"]


class Row(NamedTuple):
    """A file and what became of it; ``filename`` is empty for what concerns a whole project.

    With a ``status`` it is about that: what the project is where it came from.
    """

    project: str
    filename: str
    size: int | None
    result: Result
    reason: str = ""
    status: str = ""

    @property
    def subject(self) -> str:
        """What of the project it is about; empty if it is about all of it."""
        return f"status {self.status}" if self.status else self.filename


class Watch(Protocol):
    """An audience; all of it is called from any thread."""

    def expect(self, amount: int | None) -> None:
        """So many bytes more are going to be read; None: nobody knows how many."""
        ...

    def read(self, amount: int) -> None:
        """So many bytes have been read since the last call."""
        ...

    def finished(self, row: Row) -> None:
        """This is what became of a file."""
        ...

    def stopping(self) -> None:
        """Called on Ctrl-C: nothing new is begun, and what is under way is waited for."""
        ...


@dataclass
class Moving:
    """An import, to be done and under way. Threads share it.

    ``now`` is the upload time of files whose source tells none. ``stop`` is set when nothing more is to be
    done. The rest is filled as it goes: ``filled`` are the projects that list or withhold a file by now,
    ``denied`` is why nothing further can succeed.
    """

    source: Source
    bucket: Bucket
    now: str
    backoff: Backoff
    watch: Watch
    dry_run: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    rows: list[Row] = field(default_factory=list)
    filled: list[Project] = field(default_factory=list)
    denied: NoAccess | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def say(self, row: Row) -> None:
        """Put a row on the report."""
        with self.lock:
            self.rows.append(row)
        self.watch.finished(row)

    def explain(self, error: Exception) -> str:
        """What to say in a row; where the repository's bucket lets us in no more, the rest is stopped."""
        if isinstance(error, NoAccess):
            self.denied = error
            self.stop.set()
        return sentence(error)

    def go_on(self) -> None:
        """Raise Stopped if there is no more to do."""
        if self.stop.is_set():
            raise Stopped


def sentence(error: Exception) -> str:
    """What is wrong, without what nobody could use."""
    if isinstance(error, RepositoryError):
        return error.message
    # The path of a temporary file tells nobody anything.
    return (isinstance(error, OSError) and error.strerror) or str(error)
