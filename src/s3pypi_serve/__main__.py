"""``python -m s3pypi_serve``: a repository for newcomers, for tests, and for teams without a cloud."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from s3pypi_core.command_line import complain, run
from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_core.target import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

_HIGHEST_PORT = 65_535
_LONGEST_REFRESH = 60.0  # seconds; nobody may rely on an older copy of the user store
_TICK = 0.5  # seconds

_DESCRIPTION = """
Run a whole repository on this machine: an S3 server, and in front of it what CloudFront and
Lambda@Edge do, on 127.0.0.1 only. With a COMMAND, run that command against it, and end with its exit
status; without one, serve until Ctrl-C.
"""

_EPILOG = """
The command finds everything in its environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, S3PYPI_CONFIG, S3PYPI_URL, S3PYPI_TOKEN and
TWINE_REPOSITORY=local are set for it alone. For example:

  s3pypi-serve --data repository -- s3twine upload dist/*
  s3pypi-serve --data repository -- sh -c 'pip install --index-url "$S3PYPI_URL" acme-lib'

The log of the edge goes to standard error; while a command runs, to the file edge.log in the data
folder. Whoever can run programs on this machine can reach the S3 server's inner ports: this is a
repository for machines that you trust.
"""


def parser() -> argparse.ArgumentParser:
    """Describe the options; what follows ``--`` is not among them."""
    parser = argparse.ArgumentParser(
        prog="s3pypi-serve",
        usage="%(prog)s [options] [-- COMMAND ...]",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="keep everything in this folder, also for the next time (default: a temporary one)",
    )
    parser.add_argument(
        "--port", type=_port, default=8080, help="serve on this port, 0 for any free one (default: 8080)"
    )
    parser.add_argument(
        "--bucket", default="s3pypi-local", metavar="NAME", help="the bucket (default: s3pypi-local)"
    )
    parser.add_argument(
        "--refresh",
        type=_seconds,
        default=_LONGEST_REFRESH,
        metavar="SECONDS",
        help="how soon a change of users or tokens holds (default: 60, which is also the most)",
    )
    parser.add_argument("--json", action="store_true", help="when ready, print one line of JSON")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Serve; return the exit status."""
    options, command = _split(sys.argv[1:] if argv is None else argv)
    arguments = parser().parse_args(options)
    return run(lambda: _serve(arguments, command))


def _split(argv: Sequence[str]) -> tuple[Sequence[str], Sequence[str] | None]:
    """Part the options from the command, which is None where there is no ``--``."""
    if "--" not in argv:
        return argv, None
    end = argv.index("--")
    return argv[:end], argv[end + 1 :]


def _serve(arguments: argparse.Namespace, command: Sequence[str] | None) -> int:
    if command is not None and not command:
        raise UsageError("there is no command after --", "leave out the --, or name a command")
    bucket = Target.from_address(f"s3://{arguments.bucket}").bucket
    if importlib.util.find_spec("uvicorn") is None:
        raise RepositoryError("the web server is not installed", "pip install 's3twine[serve]'")
    # Help and usage errors do not wait for a web server and boto3.
    from s3pypi_serve.announcement import as_json, as_text  # noqa: PLC0415
    from s3pypi_serve.command import NOT_FOUND, CommandNotFound, run_command  # noqa: PLC0415
    from s3pypi_serve.local_repository import serving  # noqa: PLC0415
    from s3pypi_serve.signals import ended_by_signals  # noqa: PLC0415

    with (
        ended_by_signals(),
        serving(
            arguments.data,
            port=arguments.port,
            bucket=bucket,
            refresh=arguments.refresh,
            environ=os.environ,
            quiet=command is not None,
        ) as local,
    ):
        said = as_json(local) if arguments.json else as_text(local)
        if command is None:
            return _wait(said)
        sys.stdout.write(said if arguments.json else "")
        sys.stdout.flush()
        try:
            return run_command(command, os.environ)
        except CommandNotFound as error:
            complain(error)
            return NOT_FOUND


def _wait(said: str) -> int:
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdout.write(said)
        sys.stdout.flush()
        while True:
            # Not signal.pause: a signal that comes just before it would only be seen after another one.
            time.sleep(_TICK)
    return 0


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is not a port: 0 to {_HIGHEST_PORT}")
    return port


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= _LONGEST_REFRESH:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 0 to {_LONGEST_REFRESH:g}")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
