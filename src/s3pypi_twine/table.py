"""The table of files, on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s3pypi_twine.screen import Screen

_STYLES = {"new": "green", "already there": "dim", "skipped": "yellow", "failed": "red"}


def draw(cells: Iterable[tuple[str, str, str]], screen: Screen) -> None:
    """Draw file, size and result of each row on ``screen.out``."""
    table = Table(box=None)
    table.add_column("File", overflow="fold")
    table.add_column("Size", justify="right", no_wrap=True)
    table.add_column("Result")
    for name, size, said in cells:
        table.add_row(Text(name), size, Text(said, _STYLES.get(said.partition(":")[0], "")))
    Console(file=screen.out, no_color=not screen.color).print(table)
