"""How long to wait before a compare-and-swap is tried again."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from s3pypi_core.bucket import PreconditionFailed
from s3pypi_core.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Contended(RepositoryError):
    """Others changed an object each time we tried to."""

    def __init__(self, what: str, attempts: int) -> None:
        super().__init__(
            f"{what} was changed by others {attempts} times in a row while this command tried to change it",
            "run the same command again: it finishes what is left to do",
        )


@dataclass(frozen=True)
class Backoff:
    """Exponential back-off with full jitter, as the AWS Architecture Blog measures it to be best.

    Times are in seconds. The sixteenth of sixteen writers of one object loses at most fifteen
    rounds if everybody makes progress, so a hundred attempts are far beyond an honest race.
    """

    first: float = 0.05
    longest: float = 3.0
    attempts: int = 100
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random

    def persist(self, what: str, attempt: Callable[[bool], T]) -> T:
        """Call ``attempt`` until it ends without PreconditionFailed; return what it returns.

        It is told whether it is called again, and so has to read again, after a wait.
        Raises Contended, naming ``what``, when the attempts are used up.
        """
        for number in range(self.attempts):
            if number:
                self.sleep(self.random() * min(self.longest, self.first * 2**number))
            try:
                return attempt(number > 0)
            except PreconditionFailed:
                continue
        raise Contended(what, self.attempts)
