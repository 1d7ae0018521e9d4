"""Lists: a table for people, tab-separated lines for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO


def write_list(headings: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> None:
    """Write one line for each row; with the headings, and aligned, where ``out`` is a terminal."""
    if not out.isatty():
        out.writelines("\t".join(row) + "\n" for row in rows)
    elif rows:
        _write_table(headings, rows, out)


def _write_table(headings: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    # A name in square brackets is a name, not markup.
    Console(file=out, markup=False, emoji=False, highlight=False).print(table)
