"""``s3twine unyank``."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from s3pypi_core import record_changes
from s3pypi_twine.session import perform
from s3pypi_twine.yank_command import mark

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping


def unyank_command(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Take a yank back; return 0."""
    return perform(lambda session: mark(session, record_changes.unyank), options, environ, out, err)
