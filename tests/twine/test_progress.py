from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from s3pypi_twine.progress import shown
from tests.builders import build_sdist, build_wheel
from tests.twine.uploads import plan_of, screen, written

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.plan import Plan
    from s3pypi_core.progress import Progress

WHEEL = "demo-1.0-py3-none-any.whl"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A wheel of 2 MB and an sdist."""
    return plan_of(build_wheel(tmp_path, files={"data": bytes(range(256)) * 8000}), build_sdist(tmp_path))


def play(progress: Progress, plan: Plan) -> None:
    """Tell what an upload of the plan would tell, with one request that starts over."""
    progress.begin(sum(distribution.size for distribution in plan))
    for distribution in plan:
        progress.sent(distribution.size)
        progress.sent(-distribution.size)
        progress.sent(distribution.size)
        progress.finished(distribution.filename, "uploaded")


def test_without_a_terminal_nothing_is_shown(plan: Plan) -> None:
    quiet = screen()
    with shown(quiet, plan) as progress:
        play(progress, plan)
    assert written(quiet.err) == ""


@pytest.mark.parametrize("terminal", [False, True], ids=["plain", "terminal"])
def test_after_an_interruption_it_says_what_it_waits_for(plan: Plan, *, terminal: bool) -> None:
    shown_on = screen(terminal=terminal)
    with shown(shown_on, plan) as progress:
        progress.stopping()
    assert "waiting for what is under way" in written(shown_on.err)
    assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL


def test_without_a_terminal_verbose_is_a_plain_line_a_file(plan: Plan) -> None:
    verbose = screen("--verbose")
    with shown(verbose, plan) as progress:
        play(progress, plan)
    lines = written(verbose.err).splitlines()
    assert re.fullmatch(rf"{WHEEL} \([0-9.]+ (bytes|kB)\): new", lines[0])
    assert lines[1].startswith("demo-1.0.tar.gz (")
    assert len(lines) == 2


def test_a_terminal_has_one_bar_in_bytes(plan: Plan) -> None:
    terminal = screen(terminal=True, NO_COLOR="1")
    with shown(terminal, plan) as progress:
        play(progress, plan)
    said = written(terminal.err)
    total = sum(distribution.size for distribution in plan)
    assert said.count("Uploading") >= 1
    assert re.search(r"([0-9.]+)/\1 (bytes|kB)", said), total
    assert WHEEL not in said


def test_a_verbose_terminal_has_a_line_a_file_above_the_bar(plan: Plan) -> None:
    terminal = screen("--verbose", terminal=True)
    with shown(terminal, plan) as progress:
        play(progress, plan)
    said = written(terminal.err)
    assert said.index(WHEEL) < said.rindex("Uploading")
    assert "demo-1.0.tar.gz" in said


def test_where_nothing_is_sent_there_is_no_bar(plan: Plan) -> None:
    terminal = screen(terminal=True)
    with shown(terminal, plan) as progress:
        progress.begin(0)
        progress.finished(WHEEL, "already there")
    assert written(terminal.err) == ""


def test_the_cursor_comes_back_after_an_interruption(plan: Plan) -> None:
    terminal = screen(terminal=True)

    def interrupted() -> None:
        with shown(terminal, plan) as progress:
            progress.begin(1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert written(terminal.err).rstrip().endswith("\x1b[?25h")
