"""``s3twine show``, on the embedded server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core.bucket import METADATA_FILE_HEADERS
from s3pypi_edge.keys import metadata_key, normalize
from tests.builders import build_wheel
from tests.repositories import publish
from tests.twine.cares import SDIST, WHEEL, document, said
from tests.twine.uploads import build_with_readme

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket


pytestmark = pytest.mark.loopback


@pytest.mark.usefixtures("filled")
def test_a_project_is_shown_with_its_newest_release(
    tmp_path: Path, repository: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(repository, build_wheel(tmp_path, version="3.0rc1"))
    lines = said(capsys, "show", "demo")[0].splitlines()
    assert lines[:2] == ["demo: active, 3 releases", "demo==2.0:"]
    assert lines[2].split() == ["File", "Size", "Uploaded", "Python", "Yanked", "SHA-256"]
    assert lines[3].split()[0] == "demo-2.0-py3-none-any.whl"
    told = document(capsys, "show", "demo==1")
    assert (told["version"], told["releases"]) == ("1", ["3.0rc1", "2.0", "1.0"])
    assert [file["filename"] for file in told["files"]] == [WHEEL, SDIST]
    assert told["files"][0]["requires_python"] == ">=3.8"
    assert (told["deleted"], told["readme"]) == ({}, None)


def test_a_readme_is_shown(repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(
        repository, build_with_readme(tmp_path, "# Hello\n\n\x1b[31mworld\n"), build_wheel(tmp_path, "bare")
    )
    out, _ = said(capsys, "show", "demo", "--readme")
    assert out.endswith("\n\n# Hello\n\n\N{REPLACEMENT CHARACTER}[31mworld\n")
    assert "holds no README" in said(capsys, "show", "bare", "--readme", code=1)[1]
    repository.delete(metadata_key(normalize("demo"), WHEEL))
    assert "holds no README" in said(capsys, "show", "demo==1.0", "--readme", code=1)[1]
    repository.create(metadata_key(normalize("demo"), WHEEL), b"", METADATA_FILE_HEADERS)
    assert "holds no README" in said(capsys, "show", "demo==1.0", "--readme", code=1)[1]
