from __future__ import annotations

import pytest

from s3pypi_twine.screen import is_set
from tests.twine.uploads import screen, written


@pytest.mark.parametrize(
    ("terminal", "arguments", "environ", "expected"),
    [
        (True, [], {}, (True, True)),
        (True, ["--disable-progress-bar"], {}, (False, True)),
        (True, [], {"CI": "true"}, (False, False)),
        (True, [], {"CI": "false"}, (True, True)),
        (True, [], {"TERM": "dumb"}, (False, False)),
        (False, [], {}, (False, False)),
    ],
    ids=["terminal", "no bar", "CI", "no CI", "dumb terminal", "file"],
)
def test_bar_and_table_are_for_terminals(
    terminal: bool,  # noqa: FBT001  # a column of the table
    arguments: list[str],
    environ: dict[str, str],
    expected: tuple[bool, bool],
) -> None:
    drawn = screen(*arguments, terminal=terminal, **environ)
    assert (drawn.bar, drawn.table) == expected


def test_colors_can_be_switched_off() -> None:
    assert screen().color
    assert screen(NO_COLOR="").color
    assert not screen(NO_COLOR="1").color
    assert not screen("--no-color").color


def test_what_is_told_is_for_who_wants_to_hear_everything() -> None:
    for arguments, said in (((), "a\nwarning: b\n"), (("--verbose",), "a\nwarning: b\nc\n")):
        shown = screen(*arguments)
        shown.note("a")
        shown.warn("b")
        shown.tell("c")
        assert (written(shown.out), written(shown.err)) == ("", said)


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("true", True), ("0", False), ("No", False), ("", False)]
)
def test_a_variable_says_yes_or_no_as_with_twine(value: str, *, expected: bool) -> None:
    assert is_set({"CI": value}, "CI") is expected
    assert not is_set({}, "CI")
