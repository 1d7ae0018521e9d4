"""Taking a section out of a configuration file, and leaving the rest as a person wrote it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from s3pypi_core.config_file import ConfigError, parse_config

if TYPE_CHECKING:
    from pathlib import Path

_HEADER = re.compile(r"\s*\[")


def without_section(path: Path, body: bytes, name: str) -> bytes:
    """Return ``body``, the content of ``path``, without ``[repositories.NAME]``.

    Comments above the next section are taken for its own. Raises ConfigError where there is no such section,
    and where it is written in a way that leaves the choice to a person.
    """
    before = {each.name: each for each in parse_config(path, body)}
    if before.pop(name, None) is None:
        raise ConfigError(path, "is not there", "see: s3pypi-keyring status", section=name)
    after = _cut(body.decode(), name).encode()
    try:
        left = parse_config(path, after)
    except ConfigError:
        left = ()
    if left != tuple(before.values()):
        hint = "remove it with an editor"
        raise ConfigError(path, "is not written as a section of its own", hint, section=name)
    return after


def _cut(text: str, name: str) -> str:
    """Leave out the lines from the header of the section up to what belongs to the next."""
    lines = text.splitlines(keepends=True)
    own = re.compile(rf"\s*\[\s*repositories\s*\.\s*([\"']?){re.escape(name)}\1\s*\]")
    starts = [number for number, line in enumerate(lines) if own.match(line)]
    if not starts:
        return text
    start = starts[0]
    headers = (number for number in range(start + 1, len(lines)) if _HEADER.match(lines[number]))
    end = next(headers, len(lines))
    while lines[end - 1].lstrip().startswith("#") and end < len(lines):
        end -= 1
    return "".join([*lines[:start], *lines[end:]])
