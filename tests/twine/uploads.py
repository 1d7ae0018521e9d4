"""Options, plans and outcomes of uploads that never happened."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from s3pypi_core.config.target import Target
from s3pypi_core.distribution import Distribution
from s3pypi_core.plan import Plan
from s3pypi_core.upload import Report
from s3pypi_twine.__main__ import parser
from s3pypi_twine.result import Uploaded
from s3pypi_twine.screen import Screen
from tests.builders import build_metadata, build_wheel

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from s3pypi_core.errors import RepositoryError
    from s3pypi_core.plan import Outcome

ACME = Target("acme-pypi", url="https://pypi.acme.com/simple/")


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self) -> bool:
        """Whether it is one: yes."""
        return True


def options(*arguments: str) -> argparse.Namespace:
    """What ``s3twine upload`` makes of its arguments."""
    return parser().parse_args(["upload", *arguments, "file"])


def screen(*arguments: str, terminal: bool = False, **environ: str) -> Screen:
    """A screen in memory."""
    make = Terminal if terminal else io.StringIO
    return Screen.of(options(*arguments), environ, make(), make())


def written(stream: object) -> str:
    """What a screen's stream was given."""
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def plan_of(*paths: Path) -> Plan:
    """The plan to upload these files."""
    return Plan.of(Distribution.read(path) for path in paths)


def uploaded(
    plan: Plan,
    outcomes: dict[str, Outcome],
    *errors: RepositoryError,
    target: Target = ACME,
    dry_run: bool = False,
) -> Uploaded:
    """What an upload of ``plan`` did."""
    return Uploaded(plan, Report(outcomes, errors), target, dry_run)


def build_with_readme(
    folder: Path,
    readme: str,
    content_type: str | None = "text/x-rst",
    name: str = "demo",
) -> Path:
    """Build a wheel whose metadata holds a README."""
    headers = [] if content_type is None else [f"Description-Content-Type: {content_type}"]
    return build_wheel(folder, name, metadata=build_metadata(name, headers=headers, description=readme))
