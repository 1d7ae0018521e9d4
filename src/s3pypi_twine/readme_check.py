"""twine's check of the README, before anything is sent, where twine is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.metadata import parse_email

from s3pypi_core.errors import RepositoryError
from s3pypi_core.plan import SeveralErrors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from s3pypi_core.distribution import Distribution


class CheckFailed(RepositoryError):
    """twine's check would not let this file pass."""

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(
            f"{path}: twine's check says: {fault}", "mend the README and build again, or give --no-check"
        )


def check_readmes(
    distributions: Iterable[Distribution],
    *,
    strict: bool,
    warn: Callable[[str], None],
    tell: Callable[[str], None],
) -> None:
    """Have twine check every file that has a README, and pass its warnings to ``warn``.

    Without a README there is nothing to check: an ordinary private package. Without twine ``tell`` hears so.
    Raises SeveralErrors with all failures; with ``strict``, a warning is one.
    """
    with_readme = [distribution.path for distribution in distributions if _has_readme(distribution)]
    if not with_readme:
        return
    try:
        errors = [error for path in with_readme for error in _check(path, strict=strict, warn=warn)]
    except ImportError as error:
        # Without a README nothing of twine is loaded, so that it is not missed either.
        if error.name == "twine":
            tell("READMEs are not checked: twine is not installed")
        else:
            warn(f"READMEs are not checked, because this twine is not one of version 7: {error}")
        return
    if errors:
        raise SeveralErrors(errors)


def _check(path: Path, *, strict: bool, warn: Callable[[str], None]) -> list[RepositoryError]:
    from s3pypi_twine.twine_adapter import check_file  # noqa: PLC0415  # twine may not be installed

    verdict = check_file(path)
    faults = [verdict.failure] if verdict.failure else []
    if strict:
        faults += verdict.warnings
    else:
        for warning in verdict.warnings:
            warn(f"{path}: twine's check says: {warning}")
    return [CheckFailed(path, fault) for fault in faults]


def _has_readme(distribution: Distribution) -> bool:
    """Whether there is one by twine's rule: distutils wrote UNKNOWN where there was none."""
    fields, _ = parse_email(distribution.metadata)
    return fields.get("description", "").rstrip() not in {"", "UNKNOWN"}
