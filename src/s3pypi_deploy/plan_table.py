"""The plan for people: one table, and what is new on the bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from s3pypi_deploy.costs import cost_lines
from s3pypi_deploy.stacks import VERBS

if TYPE_CHECKING:
    from rich.console import Console

    from s3pypi_deploy.plan import Plan

_STYLES = {"add": "green", "adopt": "green", "replace": "bold red", "replace?": "red", "remove": "bold red"}


def show_plan(plan: Plan, console: Console) -> None:
    """Print the changes as a table in a terminal, elsewhere as tab-separated lines; then the costs."""
    if plan.changes:
        _show_changes(plan, console)
    for stack in plan.stacks:
        if stack.note:
            console.print(Text(f"{stack.stack}: {stack.note}", style="yellow"), soft_wrap=True)
    counts = [(verb, sum(change.verb == verb for change in plan.changes)) for verb in VERBS]
    told = ", ".join(f"{count} to {verb}" for verb, count in counts if count)
    console.print(Text(told or "nothing to change"), soft_wrap=True)
    for line in cost_lines(plan.changes):
        console.print(Text(f"new on the bill: {line}"), soft_wrap=True)


def _show_changes(plan: Plan, console: Console) -> None:
    rows = [
        (change.verb, stack.stack, stack.region, change.logical_id, change.type)
        for stack in plan.stacks
        for change in stack.changes
    ]
    if not console.is_terminal:
        for row in rows:
            console.file.write("\t".join(row) + "\n")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("change", "stack", "region", "resource", "type"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row), style=_STYLES.get(row[0], ""))
    console.print(table)
