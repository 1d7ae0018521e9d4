"""Writing which distribution serves a bucket into its section, and leaving the rest as a person wrote it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from s3pypi_core.config.config_file import ConfigError, Repository, parse_config
from s3pypi_core.config.config_removal import holds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_KEY = "distribution"
# The key as TOML lets it be written, its value in quotes of either kind, and what follows: a comment.
_LINE = re.compile(rf"""(\s*(?:{_KEY}|"{_KEY}"|'{_KEY}')\s*=\s*)(?:"[^"]*"|'[^']*')(.*)""", re.DOTALL)


def with_distribution(path: Path, body: bytes, name: str, distribution: str) -> bytes:
    """Return ``body``, the content of ``path``, with this ``distribution`` in ``[repositories.NAME]``.

    Raises ConfigError where the section is not there, or is written in a way that leaves it to a person.
    """
    wanted = [
        replace(each, distribution=distribution) if each.name == name else each
        for each in parse_config(path, body)
    ]
    after = "".join(_changed(path, body.decode().splitlines(keepends=True), name, distribution)).encode()
    if name not in {each.name for each in wanted} or not holds(path, after, wanted):
        hint = f'write {_KEY} = "{distribution}" there with an editor'
        raise ConfigError(path, "is not written as a section of its own", hint, section=name)
    return after


def _changed(path: Path, lines: Sequence[str], name: str, distribution: str) -> list[str]:
    """The lines, with the setting in the place of the one of before, or else below the section's header."""
    below = next((n for n, line in enumerate(lines, 1) if _begins(path, line, name, distribution)), None)
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


def _begins(path: Path, line: str, name: str, distribution: str) -> bool:
    """Whether a setting below this line is one of the section, and not of a table in it."""
    with_it = f'{line.rstrip()}\n{_KEY} = "{distribution}"\n'.encode()
    return line.lstrip("\ufeff \t").startswith("[") and holds(
        path, with_it, [Repository(name, distribution=distribution)]
    )
