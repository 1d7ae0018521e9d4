from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys

import pytest

from s3pypi_serve.command import CommandNotFound, run_command

PATH = {"PATH": os.environ["PATH"]}


def test_a_command_runs_in_the_environment_it_is_given(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["sh", "-c", 'echo "$NAME"'], {**PATH, "NAME": "value"}) == 0
    assert capfd.readouterr().out == "value\n"


@pytest.mark.parametrize(
    ("script", "status"), [("exit 7", 7), ("kill -KILL $$", 137)], ids=["exit", "killed"]
)
def test_its_exit_status_is_returned_as_a_shell_would(script: str, status: int) -> None:
    assert run_command(["sh", "-c", script], PATH) == status


def test_a_command_that_is_not_there_gets_a_sentence() -> None:
    with pytest.raises(CommandNotFound, match="no-such-command cannot be run: No such file"):
        run_command(["no-such-command"], PATH)


PASSING = """
import os, sys
from s3pypi_serve.command import run_command
script = "trap 'exit 9' $0; sleep 0.2; kill -$0 $PPID; while :; do sleep 0.02; done"
sys.exit(run_command(["sh", "-c", script, sys.argv[1]], os.environ))
"""


@pytest.mark.parametrize("name", ["INT", "TERM"])
def test_a_signal_is_passed_on_to_the_command(name: str) -> None:
    # In a session of its own, there is no terminal that could have sent it to both.
    program = [sys.executable, "-c", PASSING, name]
    assert subprocess.run(program, start_new_session=True, check=False).returncode == 9


def test_a_signal_that_comes_before_the_command_has_started_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = subprocess.Popen

    def signalled_before(*arguments: object, **options: object) -> object:
        os.kill(os.getpid(), signal.SIGTERM)
        return start(*arguments, **options)  # type: ignore[call-overload]  # whatever run_command passes

    monkeypatch.setattr(subprocess, "Popen", signalled_before)
    assert run_command(["sleep", "60"], PATH) == 128 + signal.SIGTERM


PROGRAM = """
import fcntl, os, termios
from s3pypi_serve.command import run_command
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
script = "trap 'echo interrupted' INT; echo up; sleep 0.5; sleep 0.5; echo end"
print("status", run_command(["sh", "-c", script], os.environ), flush=True)
"""


def test_a_ctrl_c_in_the_terminal_reaches_the_command_once() -> None:
    keyboard, terminal = pty.openpty()
    program = [sys.executable, "-c", PROGRAM]
    said = b""
    with subprocess.Popen(program, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True):
        while b"status 0\r\n" not in said:
            said += os.read(keyboard, 1000)
            if said.endswith(b"up\r\n"):
                os.write(keyboard, b"\x03")
    os.close(keyboard)
    os.close(terminal)
    assert said.count(b"interrupted") == 1
