"""What ``--projects`` is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.errors import UsageError
from s3pypi_edge.users import check_project_glob

if TYPE_CHECKING:
    from collections.abc import Sequence


def project_globs(globs: Sequence[str]) -> list[str]:
    """The globs in normal form, each once; an empty one stands for none. Raises UsageError."""
    return list(dict.fromkeys(_project_glob(glob) for glob in globs if glob))


def _project_glob(glob: str) -> str:
    try:
        return check_project_glob(glob)
    except ValueError as error:
        hint = "write names of projects, in which * stands for any text: --projects 'acme-*' demo"
        raise UsageError(f"{glob!r} matches no project: {error}", hint) from None


def in_words(projects: Sequence[str]) -> str:
    """What the globs open, for a sentence."""
    if "*" in projects:
        return "every project"
    return ", ".join(projects) or "no project"
