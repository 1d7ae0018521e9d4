"""What the commands of ``s3pypi-admin`` work on, and how they speak."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from s3pypi_admin.store import Edit, Stored
    from s3pypi_admin.where import Where
    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket

# An instance of the edge trusts its copy of the user store for 60 s, and no longer.
WITHIN = "within 60 s"
IN_FORCE = f"This holds everywhere {WITHIN}."


class Ends(NamedTuple):
    """What a command works on. ``ask(prompt)`` reads a line without an echo.

    What time it is, the bucket says: a revocation, or a key, from a slow clock would not do what it should.
    ``where`` holds the options that named the bucket, for the next command to repeat.
    """

    bucket: Bucket
    backoff: Backoff
    stdin: TextIO
    ask: Callable[[str], str]
    where: Where


def say(text: str) -> None:
    """Print a result, to standard output."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """Print what a person wants to know about a result, to standard error."""
    sys.stderr.write(f"{text}\n")


def note_doubt(edit: Edit) -> None:
    """Say so where it is not known whose write did what was asked."""
    if not edit.confirmed:
        note("Another administrator changed the store at the same moment, and may have done this.")


def note_problems(stored: Stored) -> None:
    """Name what the edge leaves out of the store that was listed."""
    for problem in stored.users.problems:
        note(f"warning: {problem}")
