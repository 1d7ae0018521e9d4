"""The sections of twine's ``.pypirc`` that name a bucket."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.errors import RepositoryError

if TYPE_CHECKING:
    from pathlib import Path


class Section(NamedTuple):
    """A section whose ``repository`` is an s3:// address; the other keys are ours, not twine's."""

    address: str
    region: str | None
    profile: str | None
    endpoint_url: str | None


class UnreadablePypirc(RepositoryError):
    """The file is there, and cannot be used."""

    def __init__(self, path: Path, error: Exception) -> None:
        # Not the parser's message: it quotes the line, which may hold a password.
        super().__init__(
            f"{path} cannot be read as a .pypirc ({type(error).__name__})", "mend the file, or move it away"
        )


def bucket_sections(path: Path) -> dict[str, Section]:
    """Read ``path``; return by name the sections that name a bucket. No file is no section.

    Raises UnreadablePypirc.
    """
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise UnreadablePypirc(path, error) from None
    return {
        name: Section(
            section["repository"], section.get("region"), section.get("profile"), section.get("endpoint_url")
        )
        for name, section in parser.items()
        if section.get("repository", "").startswith("s3://")
    }
