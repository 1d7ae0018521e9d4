"""The command line of ``s3twine``."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, cast

from s3pypi_core.command_line import add_version, run
from s3pypi_twine.care_options import (
    add_delete_parser,
    add_list_parser,
    add_prune_parser,
    add_show_parser,
    add_status_parser,
    add_undelete_parser,
    add_unyank_parser,
    add_yank_parser,
)
from s3pypi_twine.import_options import add_import_parser
from s3pypi_twine.options import add_no_color, add_upload_parser
from s3pypi_twine.verify_options import add_verify_parser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s3pypi_twine.dispatch import Command

# In the order of the help.
_PARSERS = (
    add_upload_parser,
    add_list_parser,
    add_show_parser,
    add_yank_parser,
    add_unyank_parser,
    add_delete_parser,
    add_undelete_parser,
    add_status_parser,
    add_prune_parser,
    add_verify_parser,
    add_import_parser,
)


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands; each sets ``command``, which runs it."""
    top = argparse.ArgumentParser(
        prog="s3twine",
        description="Publish Python distributions to a private repository on S3, and look after it.",
    )
    add_no_color(top)
    add_version(top)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for add_parser in _PARSERS:
        add_parser(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 0, 1 for what a user can mend, 2 for usage."""
    return run(lambda: _perform(argv))


def _perform(argv: Sequence[str] | None) -> int:
    options = parser().parse_args(argv)
    return cast("Command", options.command)(options, os.environ, sys.stdout, sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
