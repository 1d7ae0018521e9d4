from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.errors import RepositoryError
from s3pypi_serve import command
from s3pypi_serve.command import CommandNotFound, run_command
from tests.serve.processes import wait_for_the_end_of
from tests.waiting import until_it_says

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATH = {"PATH": os.environ["PATH"]}


def carry_on() -> None:
    """Nothing is wrong."""


def test_a_command_runs_in_the_environment_it_is_given(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["sh", "-c", 'echo "$NAME"'], {**PATH, "NAME": "value"}, carry_on) == 0
    assert capfd.readouterr().out == "value\n"


@pytest.mark.parametrize(
    ("script", "status"), [("exit 7", 7), ("kill -KILL $$", 137)], ids=["exit", "killed"]
)
def test_its_exit_status_is_returned_as_a_shell_would(script: str, status: int) -> None:
    assert run_command(["sh", "-c", script], PATH, carry_on) == status


def test_a_command_that_is_not_there_gets_a_sentence() -> None:
    with pytest.raises(CommandNotFound, match="no-such-command cannot be run: No such file"):
        run_command(["no-such-command"], PATH, carry_on)


PASSING = """
import os, sys
from s3pypi_serve.command import run_command
script = "trap 'exit 9' $0; sleep 0.2; kill -$0 $PPID; while :; do sleep 0.02; done"
sys.exit(run_command(["sh", "-c", script, sys.argv[1]], os.environ, check=lambda: None))
"""


@pytest.mark.parametrize("name", ["INT", "TERM"])
def test_a_signal_is_passed_on_to_the_command(name: str) -> None:
    # In a session of its own, there is no terminal that could have sent it to both.
    program = [sys.executable, "-c", PASSING, name]
    assert subprocess.run(program, start_new_session=True, timeout=30, check=False).returncode == 9


def test_a_signal_that_comes_before_the_command_has_started_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = os.posix_spawnp

    def signalled_before(*arguments: object, **options: object) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        return start(*arguments, **options)  # type: ignore[arg-type]  # whatever run_command passes

    monkeypatch.setattr(os, "posix_spawnp", signalled_before)
    assert run_command(["sleep", "60"], PATH, carry_on) == 128 + signal.SIGTERM


PROGRAM = """
import fcntl, os, termios
from s3pypi_serve.command import run_command
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
script = "trap 'echo interrupted' INT; echo up; sleep 0.5; sleep 0.5; echo end"
print("status", run_command(["sh", "-c", script], os.environ, check=lambda: None), flush=True)
"""


@contextlib.contextmanager
def typed(*program: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a Python program in a terminal; yield it and the end that a person sits at."""
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", *program],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    ) as process:
        os.close(terminal)
        timer = threading.Timer(30, process.kill)
        timer.start()
        try:
            yield process, keyboard
        finally:
            timer.cancel()
            process.kill()
            os.close(keyboard)


def read_until(keyboard: int, end: bytes) -> bytes:
    said = b""
    while end not in said:
        said += os.read(keyboard, 1000)
    return said


def test_a_ctrl_c_in_the_terminal_reaches_the_command_once() -> None:
    with typed(PROGRAM) as (_, keyboard):
        read_until(keyboard, b"up\r\n")
        os.write(keyboard, b"\x03")
        assert read_until(keyboard, b"status 0\r\n").count(b"interrupted") == 1


ASKING = """
import fcntl, os, termios
from s3pypi_serve.command import run_command
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
run_command(["sh", "-c", "read line; echo got $line"], os.environ, check=lambda: None)
print("mine again:", input())
"""


def test_a_command_that_reads_from_the_terminal_gets_it_and_gives_it_back() -> None:
    with typed(ASKING) as (_, keyboard):
        os.write(keyboard, b"hello\n")
        read_until(keyboard, b"got hello\r\n")
        os.write(keyboard, b"bye\n")
        read_until(keyboard, b"mine again: bye\r\n")


SHELL = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
program = [sys.executable, "-c", sys.argv[1], sys.argv[2]]
job = os.posix_spawn(program[0], program, os.environ, setpgroup=0, setsigdef=[signal.SIGTTOU])
os.tcsetpgrp(0, job)
_, status = os.waitpid(job, os.WUNTRACED)
os.tcsetpgrp(0, os.getpgrp())
print("stopped", os.WIFSTOPPED(status), flush=True)
os.tcsetpgrp(0, job)
os.killpg(job, signal.SIGCONT)
_, status = os.waitpid(job, 0)
print("ended", os.waitstatus_to_exitcode(status), flush=True)
"""

JOB = """
import os, sys
from s3pypi_serve.command import run_command
sys.exit(run_command(["sh", "-c", sys.argv[1]], os.environ, check=lambda: None))
"""


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("echo up; sleep 1; exit 7", id="that works"),
        pytest.param("echo up; read line; exit 7", id="that has the terminal"),
    ],
)
def test_ctrl_z_stops_the_command_and_us_and_both_go_on_together(script: str) -> None:
    with typed(SHELL, JOB, script) as (_, keyboard):
        read_until(keyboard, b"up\r\n")
        time.sleep(0.3)  # until the one that reads has asked for the terminal
        os.write(keyboard, b"\x1a")
        read_until(keyboard, b"stopped True\r\n")
        os.write(keyboard, b"go on\n")
        read_until(keyboard, b"ended 7\r\n")


def test_a_command_that_is_stopped_otherwise_goes_on_when_somebody_says_so() -> None:
    script = "(sleep 0.3; kill -CONT $$) & kill -STOP $$; wait; exit 5"
    assert run_command(["sh", "-c", script], PATH, carry_on) == 5


def test_a_signal_reaches_what_the_command_has_started_as_well(tmp_path: Path) -> None:
    script = f"echo $$ > {tmp_path}/group; sleep 60; echo x"

    def signal_when_up() -> None:
        with contextlib.suppress(FileNotFoundError, ValueError):  # it is not up yet
            int((tmp_path / "group").read_text())
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGTERM)

    assert run_command(["sh", "-c", script], PATH, signal_when_up) == 128 + signal.SIGTERM
    wait_for_the_end_of(int((tmp_path / "group").read_text()))


@pytest.mark.parametrize("script", ["", "trap '' TERM; "], ids=["obedient", "stubborn"])
def test_a_command_that_cannot_go_on_is_ended(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_PATIENCE", 0.3)

    def fail() -> None:
        until_it_says(tmp_path / "group", "\n")
        raise RepositoryError("it is over")

    with pytest.raises(RepositoryError, match="it is over"):
        run_command(["sh", "-c", f"{script}echo $$ > {tmp_path}/group; sleep 60; echo x"], PATH, fail)
    wait_for_the_end_of(int((tmp_path / "group").read_text()))
