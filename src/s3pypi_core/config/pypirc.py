"""The sections of twine's ``.pypirc`` that name a bucket."""

from __future__ import annotations

import configparser
import errno
import os.path
from pathlib import Path
from typing import NamedTuple

from s3pypi_core.errors import RepositoryError

DEFAULT_PYPIRC = "~/.pypirc"


class Section(NamedTuple):
    """A section whose ``repository`` is an s3:// address; the other keys are ours, not twine's."""

    address: str
    region: str | None
    profile: str | None
    endpoint_url: str | None


class UnreadablePypirc(RepositoryError):
    """The file cannot be used, or is not there although it was asked for."""

    def __init__(self, path: Path, error: Exception, hint: str = "mend the file, or move it away") -> None:
        # Not the parser's message: it quotes the line, which may hold a password.
        reason = error.strerror if isinstance(error, OSError) else type(error).__name__
        super().__init__(f"{path} cannot be read as a .pypirc ({reason})", hint)


def find_pypirc(named: str = DEFAULT_PYPIRC) -> Path:
    """The path of the file; only the default one may be missing, as with twine. Raises UnreadablePypirc."""
    path = Path(os.path.expanduser(named))  # noqa: PTH111  # Path's raises where nobody has a home
    if named != DEFAULT_PYPIRC:
        try:
            path.stat()
        except OSError as error:
            raise UnreadablePypirc(path, error, "name a file that is there with --config-file") from None
    return path


def bucket_sections(path: Path) -> dict[str, Section]:
    """Read ``path``; return by name the sections that name a bucket. No file is no section.

    Neither ``index-servers`` nor any other section needs to be there. Raises UnreadablePypirc.
    """
    parser = configparser.RawConfigParser()
    if path.is_fifo():  # reading would wait for whoever writes into it
        raise UnreadablePypirc(path, OSError(errno.EINVAL, "it is a pipe"))
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
