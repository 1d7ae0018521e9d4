"""The table of docs/costs.md is what its own formulas give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2].joinpath("docs", "costs.md").read_text(encoding="utf-8")
DEVELOPERS = (10, 100, 1_000)
FORMULA_CELLS = 6  # line, grows with, formula, and three sums


def rows() -> dict[str, list[str]]:
    """The lines of the table, by their names."""
    cells = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("|")]
    return {
        row[0].strip(" *"): [cell.strip(" *") for cell in row[1:]]
        for row in cells
        if len(row) == FORMULA_CELLS
    }


def amount(name: str) -> float:
    """How much of something a developer uses."""
    found = re.search(rf"^\| {name}[^|]*\| ([0-9.,]+)", PAGE, re.MULTILINE)
    assert found
    return float(found[1].replace(",", ""))


def worked_out(formula: str, developers: int) -> float:
    """What a formula of the page comes to."""
    values = {
        "R": developers * amount("requests"),
        "S": 5 + developers * amount("stored"),
        "U": developers * amount("files uploaded"),
    }
    terms = re.sub(r"(?<=\d),(?=\d)", "", formula).replace("\N{MULTIPLICATION SIGN}", "*")
    assert re.fullmatch(r"[RSU0-9.*/+() -]+", terms)
    for name, value in values.items():
        terms = terms.replace(name, str(value))
    # No part of what is free is given back.
    return sum(max(0.0, float(eval(term))) for term in terms.split(" + "))  # noqa: S307  # numbers and operators


@pytest.mark.parametrize("line", [name for name, cells in rows().items() if re.match(r"[RSU0(]", cells[1])])
def test_a_line_is_what_its_formula_gives(line: str) -> None:
    _, formula, *shown = rows()[line]
    for developers, cell in zip(DEVELOPERS, shown, strict=True):
        assert float(cell) == pytest.approx(worked_out(formula, developers), abs=0.0051)


def test_the_sum_is_that_of_the_lines() -> None:
    lines = {name: cells for name, cells in rows().items() if re.match(r"[RSU0]", cells[1])}
    assert len(lines) == 8
    for place in range(2, 2 + len(DEVELOPERS)):
        shown = sum(float(cells[place]) for cells in lines.values())
        assert float(rows()["together"][place]) == pytest.approx(shown)
