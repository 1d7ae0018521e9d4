from __future__ import annotations

import argparse
import subprocess
import sys

import pytest

from s3pypi_core.command_line import add_aws_options, run
from s3pypi_core.errors import RepositoryError, UsageError


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
        (UsageError("which one?"), 2, "error: which one?\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
    ids=["with a hint", "without", "usage", "interrupted"],
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


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    code = (
        "import sys; from s3pypi_core.command_line import run; sys.exit(run(lambda: print('x' * 10**6) or 0))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        writer.stdout.close()
        assert writer.stderr.read() == b""
    assert writer.returncode == 1


def test_aws_options_have_the_names_of_the_aws_cli() -> None:
    parser = argparse.ArgumentParser()
    add_aws_options(parser)
    options = parser.parse_args(["--profile", "p", "--region", "r", "--endpoint-url", "e"])
    assert (options.profile, options.region, options.endpoint_url) == ("p", "r", "e")


def test_an_error_shows_its_hint() -> None:
    assert str(RepositoryError("what", "do")) == "what\ndo"
    assert str(RepositoryError("what")) == "what"
