"""``twine s3-upload``: the same upload, as a command of twine's."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from s3pypi_core.command_line import FAILED, complain, run
from s3pypi_core.errors import RepositoryError
from s3pypi_twine.options import DESCRIPTION, EPILOG, add_upload_options
from s3pypi_twine.twine_adapter import as_twine_reports, wants_no_color

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> argparse.ArgumentParser:
    """Make the parser of what follows ``twine s3-upload``."""
    upload = argparse.ArgumentParser(
        prog="twine s3-upload",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_upload_options(upload)
    return upload


def main(args: Sequence[str]) -> int:
    """Upload; return 0. Raises TwineException for what a user can mend: twine prints it and ends with 1.

    With ``--json``, standard output, which twine would print it on, belongs to the document: the error goes
    to standard error, and 1 is returned.
    """
    options = parser().parse_args(args, argparse.Namespace(no_color=wants_no_color()))

    def upload() -> int:
        from s3pypi_twine.upload_command import upload_command  # noqa: PLC0415  # after the parser: --help is instant

        try:
            return upload_command(options, os.environ, sys.stdout, sys.stderr)
        except RepositoryError as error:
            if not options.json:
                raise as_twine_reports(error) from error
            complain(error)
            return FAILED

    return run(upload)
