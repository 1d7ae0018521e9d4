from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.command_line import add_aws_options, add_version, filled, run
from s3pypi_core.errors import Interruption, RepositoryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = "import sys, os, signal, time; from s3pypi_core.command_line import run; sys.exit(run(lambda: {}))"


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """An interrupted program changes what the next Ctrl-C does."""
    yield
    signal.signal(signal.SIGINT, signal.default_int_handler)


def program(command: str, *redirection: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run ``command``, an expression, as a program does, under a shell's redirection."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {" ".join(redirection)}', "sh", sys.executable, "-c", RUN.format(command)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
    )


def fail_with(error: BaseException) -> int:
    """Raise what a command may raise."""
    raise error


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            RepositoryError("the disk is full", "rm -r /tmp/x"),
            1,
            "error: the disk is full\nhint: rm -r /tmp/x\n",
        ),
        (RepositoryError("the disk is full"), 1, "error: the disk is full\n"),
        (
            RepositoryError("moved \x1b[2J", "to \x07"),
            1,
            "error: moved \N{REPLACEMENT CHARACTER}[2J\nhint: to \N{REPLACEMENT CHARACTER}\n",
        ),
        (UsageError("which one?"), 2, "error: which one?\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (KeyboardInterrupt("of another's"), 130, "interrupted\n"),
        (Interruption(), 130, "interrupted\n"),
        (Interruption("half of it is there", "begin again"), 130, "half of it is there\nhint: begin again\n"),
    ],
    ids=[
        *("with a hint", "without", "words of others", "usage"),
        *("interrupted", "with others' words", "without a sentence", "with a sentence"),
    ],
)
def test_what_a_user_can_mend_is_printed_and_becomes_an_exit_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, said: str
) -> None:
    assert run(lambda: fail_with(error)) == code
    assert capsys.readouterr().err == said


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 // 0)


def test_the_exit_code_of_a_command_is_its_own() -> None:
    assert run(lambda: 7) == 7


@pytest.mark.parametrize("size", [1, 10**6])
def test_a_reader_that_goes_away_is_no_traceback(size: int) -> None:
    code = RUN.format(f"time.sleep(0.3) or print('x' * {size}) or 0")
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        writer.stdout.close()
        assert writer.stderr.read() == b""
    assert writer.returncode == 1


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("size", [1, 10**6])
def test_a_full_disk_is_a_sentence(size: int, unbuffered: str) -> None:
    done = program(f"print('x' * {size}) or 0", ">/dev/full", PYTHONUNBUFFERED=unbuffered)
    said = "error: cannot write to standard output: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, said)


def test_what_the_command_says_of_itself_is_said_before_that() -> None:
    done = program(
        "print() or __import__('s3pypi_core.config.target').config.target.Target.from_address('x')",
        ">/dev/full",
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: 'x' is not the address of a bucket\n")
    assert "cannot write to standard output" in done.stderr


def test_a_closed_output_is_a_sentence_before_anything_is_done() -> None:
    done = program("print('done', file=sys.stderr)", ">&-")
    assert (done.returncode, done.stderr) == (1, "error: cannot write to standard output: it is closed\n")


def test_a_closed_standard_error_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert run(lambda: fail_with(RepositoryError("what"))) == 1


def test_an_empty_aws_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert run(lambda: 0) == 0
    assert "AWS_PROFILE" not in os.environ
    assert os.environ["AWS_REGION"] == "us-east-1"


def test_another_error_of_the_system_is_a_bug_and_keeps_its_traceback() -> None:
    with pytest.raises(FileNotFoundError):
        run(lambda: fail_with(FileNotFoundError()))


def test_what_the_encoding_does_not_have_is_escaped() -> None:
    done = program(r"print('\xfc \udcff') or 0", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout) == (0, "\\xfc \\udcff\n")


def test_whoever_cannot_wait_for_the_end_of_an_interrupted_program_ends_it() -> None:
    code = "[os.kill(os.getpid(), signal.SIGINT), time.sleep(9)]"
    slow_end = "import atexit, time; atexit.register(lambda: time.sleep(60)); "
    with subprocess.Popen(
        [sys.executable, "-c", slow_end + RUN.format(code)], stderr=subprocess.PIPE, text=True
    ) as interrupted:
        stderr = interrupted.stderr
        assert stderr is not None
        assert stderr.readline() == "interrupted\n"
        interrupted.send_signal(signal.SIGINT)
        assert stderr.read() == ""
    assert interrupted.returncode == -signal.SIGINT


def test_an_empty_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_aws_options(parser)
    parser.add_argument("--bucket", type=filled)
    for option in ("--profile", "--region", "--endpoint-url", "--bucket"):
        with pytest.raises(SystemExit) as ended:
            parser.parse_args([option, ""])
        assert ended.value.code == 2
        assert f"argument {option}: is empty; give it a value" in capsys.readouterr().err


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser(prog="s3twine")
    add_version(parser)
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["--version"])
    assert not ended.value.code
    assert capsys.readouterr().out == f"s3twine {version('s3twine')}\n"
    assert parser.parse_args([]) == argparse.Namespace()


def test_aws_options_have_the_names_of_the_aws_cli() -> None:
    parser = argparse.ArgumentParser()
    add_aws_options(parser)
    options = parser.parse_args(["--profile", "p", "--region", "r", "--endpoint-url", "e"])
    assert (options.profile, options.region, options.endpoint_url) == ("p", "r", "e")


def test_an_error_shows_its_hint() -> None:
    assert str(RepositoryError("what", "do")) == "what\ndo"
    assert str(RepositoryError("what")) == "what"
