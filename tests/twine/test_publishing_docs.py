"""What docs/publishing.md shows is what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from s3pypi_twine.__main__ import parser
from s3pypi_twine.plugin import parser as plugin_parser
from tests.twine.uploads import options

PAGE = Path(__file__).parents[2].joinpath("docs", "publishing.md").read_text()


def shown(command: str) -> list[str]:
    """The arguments of every line of the page that runs the command."""
    return re.findall(rf"{command} ([^|`\n]*/\*)", PAGE)


def test_every_command_line_is_one_that_is_understood() -> None:
    uploads, plugged = shown("s3twine upload"), shown("twine s3-upload")
    assert len(uploads) >= 5
    assert len(plugged) == 1
    for arguments in uploads:
        parser().parse_args(["upload", *shlex.split(arguments)])
    plugin_parser().parse_args(shlex.split(plugged[0]))


@pytest.mark.parametrize("flag", sorted(set(re.findall(r"`(--[a-z-]+)`", PAGE))))
def test_every_option_that_it_names_is_there(flag: str) -> None:
    takes_a_value = {"--profile", "--region", "--endpoint-url", "--repository-url", "--config-file"}
    value = ["x"] if flag in {*takes_a_value, "--cert", "--comment"} else []
    assert options(flag, *value).files == ["file"]
