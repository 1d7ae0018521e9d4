"""The configuration of a person's machine: which repositories there are, and how to reach them."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s3pypi_core.config.config_file import (
    ConfigError,
    Repository,
    check_variables,
    parse_config,
    token_variable,
    unknown_settings,
)
from s3pypi_core.config.config_paths import FILE_VARIABLE, config_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Config",
    "ConfigError",
    "Repository",
    "config_paths",
    "config_warnings",
    "find_section",
    "read_config",
    "remove_repository",
    "token_variable",
    "write_distribution",
    "write_repository",
]


@dataclass(frozen=True)
class Config:
    """All repositories, in the order in which they are written; ``path`` is where a new one goes."""

    path: Path
    repositories: tuple[Repository, ...] = ()

    def named(self, name: str) -> Repository | None:
        """Return the repository of that name, if there is one."""
        return next((repository for repository in self.repositories if repository.name == name), None)


def read_config(environ: Mapping[str, str]) -> Config:
    """Read the user's and the site's file, or the one that ``S3PYPI_CONFIG`` names.

    A section of the user's file wins over the site's of the same name. No file is no repositories.
    Raises ConfigError, also when the file that ``S3PYPI_CONFIG`` names is not there.
    """
    found = _sections(environ, required=bool(environ.get(FILE_VARIABLE)))
    return Config(config_paths(environ)[0], tuple(repository for _, repository in found.values()))


def find_section(environ: Mapping[str, str], name: str) -> tuple[Path, Repository] | None:
    """The section of a name that counts, with the file that has it; None where there is none.

    The file that ``S3PYPI_CONFIG`` names need not be there yet. Raises ConfigError.
    """
    return _sections(environ, required=False).get(name)


def _sections(environ: Mapping[str, str], *, required: bool) -> dict[str, tuple[Path, Repository]]:
    found: dict[str, tuple[Path, Repository]] = {}
    for path in config_paths(environ):
        for repository in parse_config(path, _read(path, required=required)):
            found.setdefault(repository.name, (path, repository))
        check_variables(path, found)
    return found


def config_warnings(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each thing that read_config passes over, for programs to print. Raises ConfigError."""
    return [
        warning
        for path in config_paths(environ)
        for warning in unknown_settings(path, _read(path, required=False))
    ]


def _read(path: Path, *, required: bool) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        if not required:
            return b""
        hint = f"make the file, or unset {FILE_VARIABLE}, which names it"
        raise ConfigError(path, "there is no such file", hint) from error
    except OSError as error:
        hint = "make it a file that you may read"
        raise ConfigError(path, f"cannot be read ({error.strerror})", hint) from error


def write_repository(path: Path, repository: Repository) -> None:
    """Append a section to the file, making it and its folder where they are missing.

    All or nothing; what stands in the file, comments included, stays as it is.
    Raises ConfigError for a name that is taken, and for a file that cannot be used or written.
    """
    from s3pypi_core.config.config_edit import with_section  # noqa: PLC0415  # not for every look-up

    path = path.resolve()  # a link that a dotfiles manager made stays a link
    before = _read(path, required=False)
    _write(path, with_section(path, before, repository))


def remove_repository(path: Path, name: str) -> None:
    """Take a section out of the file; everything else in it stays as it is.

    Raises ConfigError where it is not there, and for a file that cannot be used or written.
    """
    from s3pypi_core.config.config_edit import without_section  # noqa: PLC0415  # not for every look-up

    path = path.resolve()
    _write(path, without_section(path, _read(path, required=False), name))


def write_distribution(path: Path, name: str, distribution: str) -> None:
    """Write the distribution into a section of the file; everything else in it stays as it is.

    Raises ConfigError where the section is not there, and for a file that cannot be used or written.
    """
    from s3pypi_core.config.config_edit import with_distribution  # noqa: PLC0415  # not for every look-up

    path = path.resolve()
    _write(path, with_distribution(path, _read(path, required=False), name, distribution))


def _write(path: Path, body: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, body)
    except OSError as error:
        hint = "make it a file that you may write"
        raise ConfigError(path, f"cannot be written ({error.strerror})", hint) from error


def _replace(path: Path, body: bytes) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
        temporary = Path(folder, path.name)
        temporary.write_bytes(body)
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
