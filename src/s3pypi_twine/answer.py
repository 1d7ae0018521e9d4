"""What a command says at its end: a document for scripts; tables and sentences for people."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s3pypi_core.plan import SeveralErrors
from s3pypi_core.terminal import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TextIO

    from s3pypi_core.errors import Interruption, RepositoryError
    from s3pypi_twine.screen import Screen


@dataclass(frozen=True)
class Grid:
    """Rows of text under the names of their columns; ``numbers`` are the columns that are set to the right.

    A grid of one column has no head, so that a script can read it line by line; with ``bare_lines`` plain
    lines have none either. ``styles`` are those of rich for a cell, by its text up to a colon.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[str] = frozenset({"Files", "Size"})
    styles: Mapping[str, str] = field(default_factory=dict)
    bare_lines: bool = False


@dataclass(frozen=True)
class Answer:
    """``document`` is for scripts, ``parts`` are what people read, ``error`` is what went wrong."""

    document: Mapping[str, Any]
    parts: Sequence[Grid | str] = field(default_factory=tuple)
    error: RepositoryError | None = None


def to_json(answer: Answer) -> str:
    """The document, with what went wrong."""
    return to_document({**answer.document, "errors": errors_document([answer.error] if answer.error else [])})


def failure(error: RepositoryError | Interruption) -> str:
    """The document after what ended the command before it had an answer."""
    return to_document({"errors": errors_document([error])})


def to_document(content: Mapping[str, Any]) -> str:
    """What any command prints with ``--json``."""
    return json.dumps(content, indent=2) + "\n"


def errors_document(errors: Iterable[RepositoryError | Interruption]) -> list[dict[str, str]]:
    """What scripts are told of errors: each by itself, where several were refused at once."""
    return [{"message": error.message, "hint": error.hint} for error in _each(errors)]


def _each(errors: Iterable[RepositoryError | Interruption]) -> Iterator[RepositoryError | Interruption]:
    for error in errors:
        if isinstance(error, SeveralErrors):
            yield from _each(error.errors)
        else:
            yield error


def show(answer: Answer, screen: Screen) -> None:
    """Write the parts to ``screen.out``, with an empty line between a table and what follows it."""
    for number, part in enumerate(answer.parts):
        if number and isinstance(answer.parts[number - 1], Grid):
            screen.out.write("\n")
        if isinstance(part, Grid):
            show_grid(part, screen, screen.out, drawn=screen.table)
        else:
            screen.out.write(f"{printable(part)}\n")


def show_grid(grid: Grid, screen: Screen, stream: TextIO, *, drawn: bool) -> None:
    """Write a table: ``drawn`` by rich, or as plain lines."""
    if drawn:
        from s3pypi_twine.table import draw  # noqa: PLC0415  # rich takes long to load

        draw(grid, stream, color=screen.color)
    else:
        stream.write("".join(f"{line}\n" for line in _lines(grid)))


def _lines(grid: Grid) -> Iterator[str]:
    rows = [[one_line(cell) for cell in row] for row in grid.rows]
    if len(grid.columns) > 1 and not grid.bare_lines:
        rows.insert(0, list(grid.columns))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if name in grid.numbers else cell.ljust(width)
            for name, cell, width in zip(grid.columns, row, widths, strict=True)
        ]
        yield "  ".join(cells).rstrip()
