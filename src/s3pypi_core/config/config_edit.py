"""Changing a section of a configuration file, and leaving the rest as a person wrote it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from s3pypi_core.config.config_file import ConfigError, Repository, parse_config

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_KEY = "distribution"
# The key as TOML lets it be written, its value in quotes of either kind, and what follows: a comment.
_LINE = re.compile(rf"""(\s*(?:{_KEY}|"{_KEY}"|'{_KEY}')\s*=\s*)(?:"[^"]*"|'[^']*')(.*)""", re.DOTALL)


def with_section(path: Path, body: bytes, repository: Repository) -> bytes:
    """Return ``body``, the content of ``path``, with a section for the repository at its end.

    Raises ConfigError for a name that is taken, and for a file that cannot be used.
    """
    if any(repository.name == other.name for other in parse_config(path, body)):
        hint = "edit that section, or choose another name"
        raise ConfigError(path, "is there already", hint, section=repository.name)
    gap = b"" if not body else b"\n" if body.endswith(b"\n") else b"\n\n"
    after = body + gap + repository.to_toml().encode()
    parse_config(path, after)
    return after


def without_section(path: Path, body: bytes, name: str) -> bytes:
    """Return ``body``, the content of ``path``, without ``[repositories.NAME]``.

    Comments above the next section are taken for its own. Raises ConfigError where there is no such section,
    and where it is written in a way that leaves the choice to a person.
    """
    before = {each.name: each for each in parse_config(path, body)}
    if before.pop(name, None) is None:
        raise ConfigError(path, "is not there", "see: s3pypi-keyring status", section=name)
    after = _cut(path, body.decode(), name).encode()
    if not _holds(path, after, before.values()):
        hint = "remove it with an editor"
        raise ConfigError(path, "is not written as a section of its own", hint, section=name)
    return after


def with_distribution(path: Path, body: bytes, name: str, distribution: str) -> bytes:
    """Return ``body``, the content of ``path``, with this ``distribution`` in ``[repositories.NAME]``.

    Raises ConfigError where the section is not there, or is written in a way that leaves it to a person.
    """
    wanted = [
        replace(each, distribution=distribution) if each.name == name else each
        for each in parse_config(path, body)
    ]
    after = "".join(_changed(path, body.decode().splitlines(keepends=True), name, distribution)).encode()
    if name not in {each.name for each in wanted} or not _holds(path, after, wanted):
        hint = f'write {_KEY} = "{distribution}" there with an editor'
        raise ConfigError(path, "is not written as a section of its own", hint, section=name)
    return after


def _cut(path: Path, text: str, name: str) -> str:
    """Leave out the lines from a header of the section up to the next header, and the comments above that."""
    kept: list[str] = []
    comments: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            inside = _begins_part_of(path, line, name)
            kept += comments
        if not inside:
            kept.append(line)
        comments = [*comments, line] if inside and line.lstrip().startswith("#") else []
    return "".join(kept)


def _changed(path: Path, lines: Sequence[str], name: str, distribution: str) -> list[str]:
    """The lines with the setting, in place of an earlier one, or else right below the section's header."""
    headers = (n for n, line in enumerate(lines, 1) if _begins_section(path, line, name, distribution))
    below = next(headers, None)
    if below is None:
        return [*lines]
    for number, line in enumerate(lines[below:], below):
        if line.lstrip().startswith("["):
            break
        if match := _LINE.fullmatch(line):
            return [*lines[:number], f'{match[1]}"{distribution}"{match[2]}', *lines[number + 1 :]]
    header = lines[below - 1].rstrip("\r\n")
    end = lines[below - 1].removeprefix(header) or "\n"
    return [*lines[: below - 1], f'{header}{end}{_KEY} = "{distribution}"{end}', *lines[below:]]


def _begins_part_of(path: Path, line: str, name: str) -> bool:
    """Whether the line, as TOML of its own, is the header of the section, or of a table in it."""
    try:
        return [each.name for each in parse_config(path, line.encode())] == [name]
    except ConfigError:
        return False


def _begins_section(path: Path, line: str, name: str, distribution: str) -> bool:
    """Whether a setting below this line is one of the section, and not of a table in it."""
    with_it = f'{line.rstrip()}\n{_KEY} = "{distribution}"\n'.encode()
    return line.lstrip("\ufeff \t").startswith("[") and _holds(
        path, with_it, [Repository(name, distribution=distribution)]
    )


def _holds(path: Path, body: bytes, repositories: Iterable[Repository]) -> bool:
    """Whether ``body`` can be used, and means exactly these repositories, in this order."""
    try:
        return parse_config(path, body) == tuple(repositories)
    except ConfigError:
        return False
