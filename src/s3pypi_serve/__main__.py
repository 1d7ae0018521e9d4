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

from s3pypi_core.command_line import add_version, complain, run
from s3pypi_core.config.bucket_name import check_bucket_name
from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_edge.upstream import parse_upstream
from s3pypi_edge.users import check_project_glob

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s3pypi_serve.local_repository import LocalRepository

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
    _add_place(parser)
    parser.add_argument(
        "--refresh",
        type=_seconds,
        default=_LONGEST_REFRESH,
        metavar="SECONDS",
        help="how soon a change of users or tokens holds (default: 60, which is also the most)",
    )
    _add_upstream(parser)
    parser.add_argument("--json", action="store_true", help="when ready, print one line of JSON")
    add_version(parser)
    return parser


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=_folder,
        metavar="DIR",
        help="keep everything in this folder, also for the next time (default: a temporary one)",
    )
    parser.add_argument(
        "--port", type=_port, default=8080, help="serve on this port, 0 for any free one (default: 8080)"
    )
    parser.add_argument(
        "--bucket",
        type=_bucket,
        default="s3pypi-local",
        metavar="NAME",
        help="the name of the bucket (default: %(default)s)",
    )


def _add_upstream(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--upstream",
        type=_upstream,
        metavar="URL",
        help="send requests for projects that are not here to this index, like https://pypi.org/simple/ "
        "(default: nowhere)",
    )
    parser.add_argument(
        "--reserve",
        type=_glob,
        action="append",
        default=[],
        metavar="GLOB",
        help="names that are never sent there, like 'acme-*'; may be repeated",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Serve; return the exit status."""
    options, command = _split(sys.argv[1:] if argv is None else argv)
    return run(lambda: _serve(parser().parse_args(options), command))


def _split(argv: Sequence[str]) -> tuple[Sequence[str], Sequence[str] | None]:
    """Part the options from the command, which is None where there is no ``--``."""
    if "--" not in argv:
        return argv, None
    end = argv.index("--")
    return argv[:end], argv[end + 1 :]


def _serve(arguments: argparse.Namespace, command: Sequence[str] | None) -> int:
    if command is not None and not command:
        raise UsageError("there is no command after --", "leave out the --, or name a command")
    if importlib.util.find_spec("uvicorn") is None:
        raise RepositoryError("the web server is not installed", "pip install 's3twine[serve]'")
    # Help and usage errors do not wait for a web server and boto3.
    from s3pypi_serve.announcement import as_json, as_text  # noqa: PLC0415
    from s3pypi_serve.command import NOT_FOUND, CommandNotFound, run_command  # noqa: PLC0415
    from s3pypi_serve.local_repository import EdgeSettings, serving  # noqa: PLC0415
    from s3pypi_serve.signals import ended_by_signals  # noqa: PLC0415

    with (
        ended_by_signals(),
        serving(
            arguments.data,
            port=arguments.port,
            bucket=arguments.bucket,
            edge=EdgeSettings(arguments.refresh, arguments.upstream, tuple(arguments.reserve)),
            environ=os.environ,
            quiet=command is not None,
        ) as local,
    ):
        said = as_json(local) if arguments.json else as_text(local)
        if command is None:
            return _wait(said, local)
        sys.stdout.write(said if arguments.json else "")
        sys.stdout.flush()
        try:
            return run_command(command, os.environ, local.check)
        except CommandNotFound as error:
            complain(error)
            return NOT_FOUND


def _wait(said: str, local: LocalRepository) -> int:
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdout.write(said)
        sys.stdout.flush()
        while True:
            local.check()
            # Not signal.pause: a signal that comes just before it would only be seen after another one.
            time.sleep(_TICK)
    return 0


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("the name of the folder is empty; for the current directory write .")
    return Path(text)


def _bucket(text: str) -> str:
    try:
        return check_bucket_name(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(f"{text!r} cannot be: {fault}") from None


def _port(text: str) -> int:
    with contextlib.suppress(ValueError):
        if 0 <= (port := int(text)) <= _HIGHEST_PORT:
            return port
    raise argparse.ArgumentTypeError(f"{text} is not a port: 0 to {_HIGHEST_PORT}")


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= (seconds := float(text)) <= _LONGEST_REFRESH:
            return seconds
    raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 0 to {_LONGEST_REFRESH:g}")


def _upstream(text: str) -> str:
    try:
        return parse_upstream(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


def _glob(text: str) -> str:
    try:
        return check_project_glob(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


if __name__ == "__main__":
    sys.exit(main())
