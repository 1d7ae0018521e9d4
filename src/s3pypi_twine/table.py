"""Tables on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from s3pypi_core.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from s3pypi_twine.answer import Grid
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


def draw_grid(grid: Grid, stream: TextIO, *, color: bool) -> None:
    """Draw a grid on ``stream``; a single column has no head."""
    table = Table(box=None, show_header=len(grid.columns) > 1)
    for name in grid.columns:
        table.add_column(name, justify="right" if name in grid.numbers else "left", overflow="fold")
    for row in grid.rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    Console(file=stream, no_color=not color).print(table)
