from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from s3pypi_serve.guarded_process import guarded_process
from tests.serve.processes import wait_for_the_end_of
from tests.waiting import until_it_says

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = {"PATH": os.defpath}
PARENT = """
import sys, time
from s3pypi_serve.guarded_process import guarded_process
with open("log", "wb") as log:
    with guarded_process(["sh", "-c", sys.argv[1]], log=log, env={"PATH": "/bin:/usr/bin"}, patience=9):
        time.sleep(60)
"""

HANDING = """
import os, sys
from s3pypi_serve.guarded_process import guarded_process
os.dup2(os.open("given", os.O_WRONLY | os.O_CREAT), 3)
program = [sys.executable, "-c", "import os; os.write(3, b'hello')"]
with open("log", "wb") as log, guarded_process(program, log=log, env={}, patience=9, pass_fds=[3]) as process:
    process.wait()
"""


def test_a_process_is_asked_to_end_and_leaves_nothing_behind(tmp_path: Path) -> None:
    script = "trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.02; done"
    with (
        (tmp_path / "log").open("wb") as log,
        guarded_process(["sh", "-c", script], log=log, env=ENVIRONMENT, patience=10) as process,
    ):
        until_it_says(tmp_path / "log", "up")
        assert process.poll() is None
    assert process.returncode == 5
    assert (tmp_path / "log").read_text() == "up\nbye\n"
    wait_for_the_end_of(process.pid)


def test_a_process_that_does_not_end_in_time_is_killed(tmp_path: Path) -> None:
    script = "trap '' TERM; echo up; while :; do sleep 0.02; done"
    with (
        (tmp_path / "log").open("wb") as log,
        guarded_process(["sh", "-c", script], log=log, env=ENVIRONMENT, patience=0.1) as process,
    ):
        until_it_says(tmp_path / "log", "up")
    assert process.returncode == -signal.SIGKILL
    wait_for_the_end_of(process.pid)


def test_a_process_that_ended_by_itself_is_no_trouble(tmp_path: Path) -> None:
    with (
        (tmp_path / "log").open("wb") as log,
        guarded_process(["sh", "-c", "exit 3"], log=log, env=ENVIRONMENT, patience=1) as process,
    ):
        assert process.wait(10) == 3
    wait_for_the_end_of(process.pid)


def test_open_files_can_be_handed_to_a_process(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", HANDING], cwd=tmp_path, check=True)
    assert (tmp_path / "given").read_text() == "hello"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT], ids=["killed", "quit"])
def test_a_process_does_not_outlive_a_parent_that_had_no_chance_to_stop_it(
    tmp_path: Path, number: signal.Signals
) -> None:
    script = "trap 'echo bye; exit' TERM; echo up; echo group=$$; while :; do sleep 0.02; done"
    with (
        subprocess.Popen([sys.executable, "-c", PARENT, script], cwd=tmp_path) as parent,
        contextlib.ExitStack() as last,
    ):
        last.callback(parent.kill)
        until_it_says(tmp_path / "log", "group=")
        parent.send_signal(number)
    until_it_says(tmp_path / "log", "bye")
    wait_for_the_end_of(int((tmp_path / "log").read_text().partition("group=")[2].split()[0]))
