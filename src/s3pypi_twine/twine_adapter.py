"""The only importer of twine, none of which is a public API: what is relied on here has a contract test."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import rich
from twine.exceptions import InvalidConfiguration, TwineException

from s3pypi_core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.errors import RepositoryError


class UploadFailed(TwineException):
    """What a user can mend; twine prints the name of this class, and the sentence."""


class Verdict(NamedTuple):
    """What ``twine check`` says of a file: why it fails, if it does, and what it warns of."""

    failure: str | None
    warnings: list[str]


def check_file(path: Path) -> Verdict:
    """Let twine check that a README can be shown. Raises ImportError where twine is not the one expected."""
    # It brings docutils along, which takes long to load.
    from twine.commands.check import _check_file, _WarningStream  # noqa: PLC0415

    said = _WarningStream()
    try:
        warnings, passed = _check_file(str(path), said)
    except TwineException as error:
        return Verdict(str(error), [])
    return Verdict(None if passed else f"its README has syntax errors in markup: {said}", warnings)


def as_twine_reports(error: RepositoryError) -> TwineException:
    """The error as one of twine's, which it prints in its own way."""
    kind = InvalidConfiguration if isinstance(error, UsageError) else UploadFailed
    return kind(f"{error.message}\nhint: {error.hint}" if error.hint else error.message)


def wants_no_color() -> bool:
    """Whether ``--no-color`` stands before the command: twine has set up rich's console accordingly."""
    return rich.get_console().no_color
