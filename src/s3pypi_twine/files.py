"""Which files the arguments mean, as twine reads them."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.distribution import Distribution
from s3pypi_core.errors import RepositoryError
from s3pypi_core.plan import SeveralErrors

if TYPE_CHECKING:
    from collections.abc import Iterable

_BESIDE = (".asc", ".attestation")  # what twine would send along with a distribution


class NothingThere(RepositoryError):
    """An argument names no file, and no pattern that matches one."""

    def __init__(self, argument: str) -> None:
        super().__init__(
            f"{argument}: there is no such file, and no file matches it", "build first: python -m build"
        )


class Selection(NamedTuple):
    """What to upload; the signatures and attestations among the arguments; and what could not be found."""

    paths: list[Path]
    passed_over: list[Path]
    errors: list[RepositoryError]


def select(arguments: Iterable[str]) -> Selection:
    """Expand the patterns that the shell left alone; a path that is there is none, whatever it looks like."""
    selection = Selection([], [], [])
    for argument in arguments:
        found = _expand(argument)
        if not found:
            selection.errors.append(NothingThere(argument))
        for path in found:
            (selection.passed_over if path.suffix in _BESIDE else selection.paths).append(path)
    return selection


def read_all(selection: Selection) -> list[Distribution]:
    """Check every file. Raises SeveralErrors, naming all that cannot be found or uploaded."""
    distributions, errors = [], list(selection.errors)
    for path in selection.paths:
        try:
            distributions.append(Distribution.read(path))
        except RepositoryError as error:
            errors.append(error)
    if errors:
        raise SeveralErrors(errors)
    if not distributions:
        raise RepositoryError(
            "signatures and attestations alone cannot be uploaded", "name the wheels and sdists: dist/*"
        )
    return distributions


def _expand(argument: str) -> list[Path]:
    if Path(argument).exists():
        return [Path(argument)]
    matches = glob.glob(argument)  # noqa: PTH207  # Path.glob takes no absolute pattern
    return sorted(Path(match) for match in matches)
