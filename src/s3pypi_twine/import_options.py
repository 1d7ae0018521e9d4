"""The options of ``s3twine import``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from s3pypi_core.command_line import add_aws_options, filled
from s3pypi_twine.dispatch import late
from s3pypi_twine.options import add_non_interactive, add_presentation_options, add_target_options

if TYPE_CHECKING:
    from s3pypi_twine.dispatch import Commands

_DESCRIPTION = """\
Take the files of another index, of a bucket that s3pypi filled, or of a folder. Files that are here already
stay as they are, but are yanked if the source yanks them by now. Running it again goes on where it stopped,
and brings what is new. Ends with 1 if anything is not taken.
"""
_EPILOG = """\
An index that asks for credentials gets those that keyring knows for its address, or that stand in it; a token
may stand there alone: https://TOKEN@HOST/simple/. Logins of .netrc are not used.
"""
MOST_JOBS = 64


def add_import_parser(commands: Commands) -> None:
    """Add the command to those of s3twine."""
    parser = commands.add_parser(
        "import",
        help="take the files of another index, bucket or folder",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "source",
        type=filled,
        metavar="SOURCE",
        help="https://HOST/simple/, s3://BUCKET[/PREFIX] that s3pypi filled, or a folder",
    )
    parser.add_argument(
        "projects", nargs="*", type=filled, metavar="PROJECT", help="a project [default: all of them]"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be taken; write nothing")
    parser.add_argument(
        "--jobs", type=_jobs, default=8, metavar="N", help="files at a time [default: %(default)s]"
    )
    _add_source_options(parser)
    add_target_options(parser)
    add_non_interactive(parser)
    add_presentation_options(parser)
    add_aws_options(parser)
    parser.set_defaults(command=late("import_command"))


def _add_source_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where the source is a bucket")
    group.add_argument("--source-profile", type=filled, metavar="PROFILE", help="the profile to read it with")
    group.add_argument("--source-region", type=filled, metavar="REGION", help="its region")
    group.add_argument("--source-endpoint-url", type=filled, metavar="URL", help="its S3 endpoint")


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"is not a number from 1 to {MOST_JOBS}")
    return int(text)
