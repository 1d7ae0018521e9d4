"""Asking before something goes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_twine.answer import show_grid
from s3pypi_twine.session import NotBegun

if TYPE_CHECKING:
    from s3pypi_twine.answer import Grid
    from s3pypi_twine.session import Session


class Declined(RepositoryError):
    """Whoever was asked did not say yes."""

    def __init__(self) -> None:
        super().__init__("nothing was changed, because the answer was not yes")


def confirm(session: Session, shown: Grid, question: str) -> None:
    """Show what goes, and ask, both on ``screen.err``; with ``--yes`` do neither.

    Nothing may have been changed before. Raises Declined or NotBegun, and UsageError where there is no
    terminal to ask on.
    """
    if session.options.yes:
        return
    screen = session.screen
    asked = sys.stdin is not None and sys.stdin.isatty() and screen.err.isatty()
    if not (session.interactive and asked):
        raise UsageError("there is no terminal to ask on whether this is meant", "give --yes if it is")
    show_grid(shown, screen, screen.err, drawn=screen.table)
    try:
        screen.err.write(f"{question} [y/N] ")
        screen.err.flush()  # who reads it may press Ctrl-C at once
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        screen.err.write("\n")  # the question has no end of line, and the terminal shows no other
        raise NotBegun from None
    if answer.strip().lower() not in {"y", "yes"}:
        raise Declined
