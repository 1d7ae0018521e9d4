"""``s3pypi-keyring``: give pip, uv, poetry and the others credentials for your repositories."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from s3pypi_core.command_line import add_version, run
from s3pypi_core.config.config_file import AUTH_KINDS
from s3pypi_core.config.snippets import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

EPILOG = """\
Without a log-in, credentials come from the environment: S3PYPI_<NAME>_TOKEN for the repository NAME,
or S3PYPI_TOKEN for the address in S3PYPI_URL, or for the only repository that is configured.
"""


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    main_parser = argparse.ArgumentParser(
        prog="s3pypi-keyring",
        description="Give pip, uv, poetry and the others credentials for your repositories.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_version(main_parser)
    commands = main_parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    login = commands.add_parser("login", help="check credentials, and store them in the system's keyring")
    _add_repository(login, nargs="?")
    login.add_argument("--username", metavar="U", help="who the password belongs to; a token needs none")
    login.add_argument(
        "--password-stdin", action="store_true", help="read the password or token from standard input"
    )
    login.add_argument(
        "--tool",
        choices=("uv", "netrc"),
        help="store them where uv or most other clients look for them instead",
    )
    logout = commands.add_parser("logout", help="forget what login stored, wherever it is")
    _add_repository(logout, nargs="?")
    logout.add_argument("--all", action="store_true", help="of every repository")
    token = commands.add_parser("token", help="print what a client would send as the password")
    _add_repository(token)
    _add_sections(commands)
    status = commands.add_parser("status", help="show where the credentials of each repository come from")
    status.add_argument("--json", action="store_true", help="print it as a document for programs")
    return main_parser


def _add_sections(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    add = commands.add_parser("add", help="configure a repository")
    add.add_argument("url", metavar="URL", help="its address, such as https://pypi.example.com/simple/")
    add.add_argument(
        "--auth",
        choices=AUTH_KINDS,
        default="stored",
        help="where credentials come from: AWS's, or the system's keyring (default: %(default)s)",
    )
    add.add_argument("--name", metavar="N", help="what to call it (default: after its host)")
    remove = commands.add_parser("remove", help="take a repository out of the configuration")
    _add_repository(remove)
    snippet = commands.add_parser("snippet", help="print the lines that make a client use a repository")
    snippet.add_argument("client", choices=CLIENTS, metavar="CLIENT", help=", ".join(CLIENTS))
    _add_repository(snippet, nargs="?")


def _add_repository(command: argparse.ArgumentParser, *, nargs: str | None = None) -> None:
    command.add_argument(
        "repository",
        nargs=nargs,
        metavar="NAME|URL",
        help="a repository of the configuration [env: S3PYPI_CONFIG], or its address",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    return run(lambda: _perform(argv))


def _perform(argv: Sequence[str] | None) -> int:
    args = parser().parse_args(argv)
    # These load requests, and every backend of keyring that is installed: only for a command that runs.
    from s3pypi_keyring.login import log_in  # noqa: PLC0415
    from s3pypi_keyring.logout import log_out  # noqa: PLC0415
    from s3pypi_keyring.sections import add, remove, show_snippet  # noqa: PLC0415
    from s3pypi_keyring.status import show_status  # noqa: PLC0415
    from s3pypi_keyring.token_command import show_token  # noqa: PLC0415

    commands = {
        "add": add,
        "login": log_in,
        "logout": log_out,
        "remove": remove,
        "snippet": show_snippet,
        "status": show_status,
        "token": show_token,
    }
    return commands[args.command](args, os.environ)


if __name__ == "__main__":
    sys.exit(main())
