"""What people see who sit at a terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.builders import build_wheel
from tests.twine.typing_person import at_a_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket

pytestmark = pytest.mark.loopback


def test_there_is_a_bar_and_a_table(repository: S3Bucket, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, files={"data": os.urandom(100_000)})
    code, said = at_a_terminal("upload", "-r", "acme", str(wheel))
    assert code == 0
    assert "Uploading" in said
    assert "━" in said
    kilobytes = f"{wheel.stat().st_size / 1000:.1f}"
    assert f"{kilobytes}/{kilobytes} kB" in said
    assert said.index("Result") < said.index(wheel.name) < said.index("pip install")
    assert "\x1b[32mnew" in said
    assert repository.name not in said


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [([], {"CI": "true"}), (["--disable-progress-bar"], {"TERM": "dumb"})],
    ids=["in CI", "dumb"],
)
@pytest.mark.usefixtures("repository")
def test_nothing_but_plain_lines_where_nobody_looks(
    tmp_path: Path, arguments: list[str], environ: dict[str, str]
) -> None:
    code, said = at_a_terminal("upload", *arguments, str(build_wheel(tmp_path)), **environ)
    assert code == 0
    assert "\x1b" not in said
    assert "Uploading" not in said
    assert said.splitlines()[0].endswith("  new")


@pytest.mark.usefixtures("repository")
def test_colors_can_be_switched_off(tmp_path: Path) -> None:
    for arguments, environ in ((["--no-color"], {}), ([], {"NO_COLOR": "1"})):
        code, said = at_a_terminal("upload", *arguments, str(build_wheel(tmp_path)), **environ)
        assert code == 0
        assert "\x1b[3" not in said
