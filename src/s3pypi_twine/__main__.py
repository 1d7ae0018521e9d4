"""The command line of ``s3twine``."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from s3pypi_core.command_line import add_version, run
from s3pypi_twine.import_options import add_import_parser
from s3pypi_twine.options import DESCRIPTION, EPILOG, add_no_color, add_upload_options
from s3pypi_twine.verify_options import add_verify_parser

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="s3twine", description="Publish Python distributions to a private repository on S3."
    )
    add_no_color(top)
    add_version(top)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    upload = commands.add_parser(
        "upload",
        help="upload wheels and sdists",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_upload_options(upload)
    upload.set_defaults(command=_upload)
    add_verify_parser(commands)
    add_import_parser(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 0, 1 for what a user can mend, 2 for usage."""
    return run(lambda: _perform(argv))


def _perform(argv: Sequence[str] | None) -> int:
    options = parser().parse_args(argv)
    return int(options.command(options, os.environ, sys.stdout, sys.stderr))


def _upload(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    # Everything that takes long to load comes after the parser, so that --help is instant.
    from s3pypi_twine.upload_command import upload_command  # noqa: PLC0415

    return upload_command(options, environ, out, err)


if __name__ == "__main__":
    sys.exit(main())
