"""What the commands work on: AWS, the bucket, the console, the clock. A main makes the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.errors import UsageError
from s3pypi_deploy.watch import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import Console

    from s3pypi_core.bucket import Bucket
    from s3pypi_deploy.progress import Progress
    from s3pypi_deploy.stacks import Stacks
    from s3pypi_deploy.surroundings import Surroundings


class Ends(NamedTuple):
    """``out`` is standard output. ``ask`` reads an answer, and gives None where nobody is there.

    ``resolve`` gives the addresses of a host.
    """

    stacks_in: Callable[[str], Stacks]
    around: Surroundings
    open_bucket: Callable[[str], Bucket]
    out: Console
    progress: Progress
    ask: Callable[[str], str | None]
    sleep: Callable[[float], None]
    now: Callable[[], float]
    resolve: Callable[[str], list[str]]
    environ: Mapping[str, str]

    @property
    def watcher(self) -> Watcher:
        """How stacks are waited for."""
        return Watcher(self.progress, self.sleep)

    def agrees(self, question: str, *, hint: str = "--yes agrees beforehand") -> bool:
        """Ask, and return whether the answer is yes. Raises UsageError, with ``hint``, where nobody is."""
        answer = self.ask(f"{question} [y/N] ")
        if answer is None:
            raise UsageError("nobody can be asked here; nothing was changed", hint)
        return answer.strip().lower() in {"y", "yes"}

    def say(self, text: str) -> None:
        """Print a result, as it is."""
        self.out.file.write(f"{text}\n")
