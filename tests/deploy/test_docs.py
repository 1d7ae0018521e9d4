"""What docs/deploying.md says is what the program does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from s3pypi_deploy.arguments import parser
from s3pypi_deploy.commands import COMMANDS
from s3pypi_deploy.settings import Settings

TEXT = (Path(__file__).parents[2] / "docs" / "deploying.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\$ s3pypi-deploy (.*)$", TEXT, re.MULTILINE)
INLINE = re.findall(r"`s3pypi-deploy ([^`]*)`", TEXT)


@pytest.mark.parametrize("line", [*LINES, *INLINE])
def test_every_command_is_one(line: str) -> None:
    options = parser().parse_args(shlex.split(line, comments=True))
    assert options.command in COMMANDS
    if options.command in {"up", "plan", "export"}:
        Settings.parse(options)


def test_every_command_of_the_program_is_described() -> None:
    assert {line.split()[0] for line in LINES} == set(COMMANDS)


def test_what_asks_aws_says_so() -> None:
    for line in LINES:
        asks = line.split()[0] not in {"config", "export", "doctor"} or "--probe" in line
        assert line.endswith("# AWS") == asks, line
