"""What the pages of the documentation tell people to type."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).parents[1] / "docs"
MARK = "# needs AWS"
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_DATA = {"json", "toml", "ini", "text"}


class Command(NamedTuple):
    """A line for a shell, without the mark that may stand at its end."""

    page: str
    line: str
    needs_aws: bool

    def __str__(self) -> str:
        return f"{self.page}: {self.line[:60]}"


def commands(page: str) -> list[Command]:
    """Every command in the blocks of a page. Raises ValueError for a block that may hide some."""
    found = []
    for kind, block in _FENCE.findall((DOCS / page).read_text(encoding="utf-8")):
        if kind in _DATA:
            continue
        lines = block.splitlines()
        if kind != "console" or not all(line.startswith("$ ") for line in lines):
            raise ValueError(f"{page}: write commands as ```console, each after a $: {block}")
        found += [_command(page, line.removeprefix("$ ")) for line in lines]
    return found


def _command(page: str, line: str) -> Command:
    bare = line.removesuffix(MARK)
    return Command(page, bare.rstrip(), bare != line)


def mentioned(page: str, program: str) -> list[str]:
    """Every command of a program that stands in the text of a page, with its arguments."""
    text = _FENCE.sub("", (DOCS / page).read_text(encoding="utf-8"))
    return re.findall(rf"`({program} [^`]*)`", text)
