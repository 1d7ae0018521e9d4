"""What the command lines of all programs share."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from typing import TYPE_CHECKING

from s3pypi_core.errors import Interruption, RepositoryError, UsageError
from s3pypi_core.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from _typeshed import ReadableBuffer

FAILED = 1
USAGE = 2
INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it


class CannotWrite(RepositoryError):
    """Standard output takes nothing."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"cannot write to standard output: {problem}")


class _StandardOutput(io.FileIO):
    """Standard output, whose errors cannot be taken for another file's."""

    def write(self, data: ReadableBuffer, /) -> int:
        """See io.FileIO. Raises CannotWrite, or BrokenPipeError where the reader has gone."""
        try:
            return super().write(data)
        except OSError as error:
            # What is left in the buffer would fail once more when the interpreter ends: let it go nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            if isinstance(error, BrokenPipeError):
                raise
            raise CannotWrite(str(error.strerror)) from error


def run(command: Callable[[], int]) -> int:
    """Run ``command``; return its exit code, or 1 (2 for usage) after printing what a user can mend.

    What it prints is written when this returns. Anything but a RepositoryError is a bug and keeps its
    traceback.
    """
    try:
        return _run_and_flush(command)
    except CannotWrite as error:
        complain(error)
        return FAILED
    except Interruption as interruption:
        return _end_interrupted(interruption)
    except KeyboardInterrupt:
        return _end_interrupted(Interruption())
    except BrokenPipeError:
        # The reader of our output has gone: nothing is left to say.
        return FAILED


def _end_interrupted(interruption: Interruption) -> int:
    end_at_ctrl_c()
    _print(interruption.message, interruption.hint)
    return INTERRUPTED


def end_at_ctrl_c() -> None:
    """From here on Ctrl-C ends the program at once, without a traceback; for the main thread."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def flush_output() -> None:
    """Write what was printed. Raises CannotWrite, or BrokenPipeError where the reader has gone."""
    sys.stdout.flush()


def complain(error: RepositoryError) -> None:
    """Print an error and its hint to standard error."""
    _print(f"error: {error.message}", error.hint)


def _run_and_flush(command: Callable[[], int]) -> int:
    _open_output()
    _unset_empty_variables()
    try:
        return command()
    except RepositoryError as error:
        complain(error)
        return USAGE if isinstance(error, UsageError) else FAILED
    finally:
        # Not left to the end of the interpreter, also where argparse ends the command.
        flush_output()


def _open_output() -> None:
    """Let everything be printed, in any encoding. Raises CannotWrite where standard output is closed."""
    if sys.stderr is None:  # Python's word for a closed one
        sys.stderr = io.StringIO()
    if sys.stdout is None:
        raise CannotWrite("it is closed")
    given = sys.__stdout__
    if given is not None and sys.stdout is given:  # and not what a program that called us put there
        raw = _StandardOutput(given.fileno(), "w", closefd=False)
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), given.encoding, line_buffering=given.isatty())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _unset_empty_variables() -> None:
    """Take an empty AWS variable for none: boto3 would look for a profile without a name."""
    for name in [name for name, value in os.environ.items() if name.startswith("AWS_") and not value]:
        del os.environ[name]


def _print(sentence: str, hint: str) -> None:
    said = f"{sentence}\nhint: {hint}\n" if hint else f"{sentence}\n"
    sys.stderr.write(printable(said))


def filled(text: str) -> str:
    """The type of an option or argument that may not be empty, as an unset variable of a script is."""
    if not text:
        raise argparse.ArgumentTypeError("is empty; give it a value, or leave it out")
    return text


def add_aws_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that the AWS CLI has, under its names."""
    group = parser.add_argument_group("AWS options, as in the AWS CLI")
    group.add_argument("--profile", type=filled, help="a profile of the AWS configuration [env: AWS_PROFILE]")
    group.add_argument(
        "--region", type=filled, help="the region of the bucket [env: AWS_REGION, AWS_DEFAULT_REGION]"
    )
    group.add_argument(
        "--endpoint-url", type=filled, metavar="URL", help="another S3 endpoint [env: AWS_ENDPOINT_URL_S3]"
    )


class _ShowVersion(argparse.Action):
    """Prints the version of the installed distribution, and ends the program."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        _namespace: argparse.Namespace,
        _values: str | Sequence[Any] | None,
        _option_string: str | None = None,
    ) -> None:
        """See argparse.Action."""
        from importlib.metadata import version  # noqa: PLC0415  # takes long to load

        sys.stdout.write(f"{parser.prog} {version('s3twine')}\n")
        parser.exit()


def add_version(parser: argparse.ArgumentParser) -> None:
    """Add ``--version``."""
    parser.add_argument(
        "--version",
        action=_ShowVersion,
        nargs=0,
        dest=argparse.SUPPRESS,
        default=argparse.SUPPRESS,
        help="show the version and exit",
    )
