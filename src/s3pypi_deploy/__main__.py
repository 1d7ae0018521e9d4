"""``s3pypi-deploy``: from a domain name to a working repository, and back."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from s3pypi_core.command_line import run
from s3pypi_deploy.arguments import parser

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main", "parser"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 0, 1 for what a user can mend, 2 for usage."""
    return run(lambda: _perform(argv))


def _perform(argv: Sequence[str] | None) -> int:
    options = parser().parse_args(argv)
    # Everything that takes long to load comes after the parser, so that --help is instant.
    from s3pypi_deploy.commands import perform  # noqa: PLC0415

    return perform(options, os.environ)


if __name__ == "__main__":
    sys.exit(main())
