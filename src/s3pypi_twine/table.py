"""Tables on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from s3pypi_core.terminal import one_line

if TYPE_CHECKING:
    from typing import TextIO

    from s3pypi_twine.answer import Grid


def draw(grid: Grid, stream: TextIO, *, color: bool) -> None:
    """Draw a grid on ``stream``; a single column has no head."""
    table = Table(box=None, show_header=len(grid.columns) > 1)
    for name in grid.columns:
        table.add_column(name, justify="right" if name in grid.numbers else "left", overflow="fold")
    for row in grid.rows:
        table.add_row(*(Text(one_line(cell), grid.styles.get(cell.partition(":")[0], "")) for cell in row))
    Console(file=stream, no_color=not color).print(table)
