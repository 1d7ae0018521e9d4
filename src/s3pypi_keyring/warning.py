"""Lines on standard error, for the person who runs a client."""

from __future__ import annotations

import contextlib
import sys


def warn(advice: str) -> None:
    """Write a line, where that can be done."""
    # Standard error may be closed, or None under pythonw, and a look-up never fails over that.
    with contextlib.suppress(AttributeError, OSError, ValueError):
        sys.stderr.write(f"s3pypi-keyring: {advice}\n")
