from __future__ import annotations

import io
from typing import TYPE_CHECKING

from s3pypi_admin.listing import write_list

if TYPE_CHECKING:
    import pytest

ROWS = [("alice", "*"), ("[bold]", "acme-*,demo")]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_program_gets_tab_separated_lines() -> None:
    out = io.StringIO()
    write_list(("name", "projects"), ROWS, out)
    assert out.getvalue() == "alice\t*\n[bold]\tacme-*,demo\n"


def test_a_person_gets_a_table_with_headings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    out = Terminal()
    write_list(("name", "projects"), ROWS, out)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert lines == [["name", "projects"], ["alice", "*"], ["[bold]", "acme-*,demo"]]


def test_a_table_without_rows_is_not_drawn() -> None:
    out = Terminal()
    write_list(("name", "projects"), [], out)
    assert out.getvalue() == ""
