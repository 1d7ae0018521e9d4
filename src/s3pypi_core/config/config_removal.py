"""Taking a section out of a configuration file, and leaving the rest as a person wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.config.config_file import ConfigError, parse_config

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from s3pypi_core.config.config_file import Repository


def without_section(path: Path, body: bytes, name: str) -> bytes:
    """Return ``body``, the content of ``path``, without ``[repositories.NAME]``.

    Comments above the next section are taken for its own. Raises ConfigError where there is no such section,
    and where it is written in a way that leaves the choice to a person.
    """
    before = {each.name: each for each in parse_config(path, body)}
    if before.pop(name, None) is None:
        raise ConfigError(path, "is not there", "see: s3pypi-keyring status", section=name)
    after = _cut(path, body.decode(), name).encode()
    if not holds(path, after, before.values()):
        hint = "remove it with an editor"
        raise ConfigError(path, "is not written as a section of its own", hint, section=name)
    return after


def _cut(path: Path, text: str, name: str) -> str:
    """Leave out the lines from a header of the section up to the next header, and the comments above that."""
    kept: list[str] = []
    comments: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            inside = _begins(path, line, name)
            kept += comments
        if not inside:
            kept.append(line)
        comments = [*comments, line] if inside and line.lstrip().startswith("#") else []
    return "".join(kept)


def _begins(path: Path, line: str, name: str) -> bool:
    """Whether the line, as TOML of its own, is the header of the section, or of a table in it."""
    try:
        return [each.name for each in parse_config(path, line.encode())] == [name]
    except ConfigError:
        return False


def holds(path: Path, body: bytes, repositories: Iterable[Repository]) -> bool:
    """Whether ``body`` can be used, and means exactly these repositories, in this order."""
    try:
        return parse_config(path, body) == tuple(repositories)
    except ConfigError:
        return False
