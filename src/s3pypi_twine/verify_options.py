"""The options of ``s3twine verify``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from s3pypi_core.command_line import add_aws_options, filled
from s3pypi_twine.options import add_non_interactive, add_presentation, add_target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

_DESCRIPTION = """\
Compare the record, the page and the objects of each project, and the list of projects, and name every
disagreement with its remedy. Ends with 1 if there is any.
"""
_EPILOG = """\
--repair guesses nothing: what the bytes in the bucket, or its old versions, do not prove is left and named.
"""


def add_verify_parser(commands: argparse._SubParsersAction[Any]) -> None:
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
        "--deep", action="store_true", help="read every object as well, and check its hash and its metadata"
    )
    parser.add_argument("--repair", action="store_true", help="mend what can be mended")
    parser.add_argument(
        "--now",
        action="store_true",
        help="take what was stored in the last 24 hours for left over, too: nobody is uploading",
    )
    add_target(parser)
    add_non_interactive(parser)
    add_presentation(parser)
    add_aws_options(parser)
    parser.set_defaults(command=_verify)


def _verify(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    from s3pypi_twine.verify_command import verify_command  # noqa: PLC0415  # after the parser: --help is instant

    return verify_command(options, environ, out, err)
