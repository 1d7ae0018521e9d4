"""What docs/migrating.md says of a bucket that s3pypi filled is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from s3pypi_twine.__main__ import main
from tests.builders import build_sdist, build_wheel
from tests.repositories import assert_whole, file_names

if TYPE_CHECKING:
    from s3pypi_core.s3_bucket import S3Bucket

PAGE = Path(__file__).parents[2].joinpath("docs", "migrating.md").read_text(encoding="utf-8")
UPLOADS = [shlex.split(words) for words in re.findall(r"\$ s3twine (upload .*)", PAGE)]


@pytest.fixture
def moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The distributions that ``aws s3 sync`` brought, in a folder for each project."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "moved"
    for version in ("1.0", "1.1"):
        build_wheel(folder / "acme-lib", "acme-lib", version)
    build_sdist(folder / "acme-tools", "acme-tools")
    return folder


@pytest.mark.loopback
@pytest.mark.usefixtures("moved")
def test_the_commands_move_every_project(repository: S3Bucket) -> None:
    look, move = UPLOADS
    assert main(look) == 0
    assert_whole(repository)
    assert main(move) == 0
    assert_whole(repository, "acme-lib", "acme-tools")
    assert file_names(repository, "acme-lib") == {
        "acme_lib-1.0-py3-none-any.whl",
        "acme_lib-1.1-py3-none-any.whl",
    }


@pytest.mark.loopback
def test_what_cannot_move_is_named_and_nothing_is_written(
    repository: S3Bucket, moved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = ["acme_lib-0.1.tar.bz2", "acme_lib-0.2-py3-none-any.whl"]
    for name in bad:
        moved.joinpath("acme-lib", name).write_bytes(b"not a distribution")
    assert main(UPLOADS[1]) == 1
    said = capsys.readouterr().err
    assert [name for name in bad if name not in said] == []
    assert_whole(repository)
