"""Where a command writes, and what may be shown there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping


@dataclass(frozen=True)
class Screen:
    """Results go to ``out``, all else to ``err``.

    ``bar`` and ``table`` say whether rich may draw on ``err`` and ``out``; ``color``, in which manner.
    """

    out: TextIO
    err: TextIO
    bar: bool
    table: bool
    color: bool
    verbose: bool

    @classmethod
    def of(cls, options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> Screen:
        """Draw on terminals only, and not in CI, whose logs look like terminals to some programs."""
        plain = is_set(environ, "CI") or environ.get("TERM") == "dumb"
        return cls(
            out,
            err,
            bar=err.isatty() and not plain and not options.disable_progress_bar,
            table=out.isatty() and not plain,
            # https://no-color.org: "when present and not an empty string (regardless of its value)".
            color=not options.no_color and not environ.get("NO_COLOR"),
            verbose=options.verbose,
        )

    def note(self, line: str) -> None:
        """Say a line."""
        self.err.write(f"{line}\n")

    def warn(self, line: str) -> None:
        """Say a line that deserves attention."""
        self.note(f"warning: {line}")

    def tell(self, line: str) -> None:
        """Say a line to who wants to hear everything."""
        if self.verbose:
            self.note(line)


def is_set(environ: Mapping[str, str], name: str) -> bool:
    """Whether a variable says yes; ``0``, ``false`` and ``no`` do not, as with twine."""
    return environ.get(name, "").lower() not in {"", "0", "false", "no"}
