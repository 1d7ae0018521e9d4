"""The options of ``s3twine verify``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from s3pypi_core.command_line import add_aws_options, filled
from s3pypi_twine.dispatch import late
from s3pypi_twine.options import add_non_interactive, add_presentation_options, add_target_options

if TYPE_CHECKING:
    from s3pypi_twine.dispatch import Commands

_DESCRIPTION = """\
Compare the record, the page and the objects of each project, and the list of projects, and name every
disagreement with its remedy. Ends with 1 if there is any.
"""
_EPILOG = """\
--repair guesses nothing: what the bytes in the bucket, or its old versions, do not prove is left and named.
"""


def add_verify_parser(commands: Commands) -> None:
    """Add the command to those of s3twine."""
    parser = commands.add_parser(
        "verify",
        help="look for damage, and repair it",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "projects", nargs="*", type=filled, metavar="PROJECT", help="a project [default: all]"
    )
    parser.add_argument(
        "--deep",
        action="store_true",
        help="read every object too, and check its hash, metadata and headers",
    )
    parser.add_argument("--repair", action="store_true", help="mend what can be mended")
    parser.add_argument(
        "--now",
        action="store_true",
        help="take what was stored in the last 24 hours for left over, too: nobody is uploading",
    )
    add_target_options(parser)
    add_non_interactive(parser)
    add_presentation_options(parser)
    add_aws_options(parser)
    parser.set_defaults(command=late("verify_command"))
