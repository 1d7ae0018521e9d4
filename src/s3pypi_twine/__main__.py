"""The command line of ``s3twine``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from s3pypi_core.command_line import add_aws_options, run

if TYPE_CHECKING:
    from collections.abc import Sequence

EPILOG = """\
Without -r and --repository-url the target is that of TWINE_REPOSITORY_URL or TWINE_REPOSITORY,
then the only repository with a bucket in config.toml or ~/.pypirc.
"""


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="s3twine", description="Publish Python distributions to a private repository on S3."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_upload(commands)
    return top


def _add_upload(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    upload = commands.add_parser(
        "upload",
        help="upload wheels and sdists",
        description="Upload wheels and sdists, and list them in the index. What is there already, byte for "
        "byte, is left alone; another file under the same name is refused.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    upload.add_argument("files", nargs="+", metavar="FILE", type=Path, help="a wheel or an sdist")
    upload.add_argument(
        "-r",
        "--repository",
        metavar="NAME",
        help="a repository of config.toml or .pypirc [env: TWINE_REPOSITORY]",
    )
    upload.add_argument(
        "--repository-url",
        metavar="s3://BUCKET",
        help="the bucket, without any configuration [env: TWINE_REPOSITORY_URL]",
    )
    upload.add_argument(
        "--skip-existing", action="store_true", help="skip a file whose name is taken by other contents"
    )
    upload.add_argument(
        "--create", action="store_true", help="make the repository if the bucket does not hold one yet"
    )
    upload.add_argument("--dry-run", action="store_true", help="say what would happen; write nothing")
    add_aws_options(upload)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 0, 1 for what a user can mend, 2 for usage."""
    options = parser().parse_args(argv)
    # Everything that takes long to load comes after the parser, so that --help is instant.
    from s3pypi_twine.upload_command import upload_command  # noqa: PLC0415

    return run(lambda: upload_command(options, os.environ, sys.stdout))


if __name__ == "__main__":
    sys.exit(main())
