"""``s3twine yank`` and ``unyank``, on the embedded server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_edge.keys import page_key
from tests.builders import build_sdist
from tests.repositories import assert_whole, body, publish, record_of
from tests.twine.cares import DEMO, document, said

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket


pytestmark = pytest.mark.loopback


def test_a_release_is_yanked_and_back(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "yank", "demo==1.0")[0] == "demo==1.0 (2 files) is yanked\n"
    out, _ = said(capsys, "yank", "demo==1.0", "--reason", "breaks <logins>")
    assert out == "demo==1.0 (2 files) is yanked: breaks <logins>\n"
    assert said(capsys, "yank", "demo==1.0") == (out, "")
    assert b'data-yanked="breaks &lt;logins&gt;"' in body(filled, page_key(DEMO))
    assert_whole(filled, "demo", "other")
    told = document(capsys, "yank", "demo==1.0")
    assert {file["yanked"] for file in told["files"]} == {"breaks <logins>"}
    assert said(capsys, "unyank", "demo==1.0")[0] == "demo==1.0 (2 files) is not yanked\n"
    assert not any(file.yanked for file in record_of(filled, "demo").files)
    assert "does not say which release" in said(capsys, "yank", "demo", code=2)[1]


def test_a_file_that_is_added_to_a_yanked_release_is_told_apart(
    filled: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "yank", "demo==2.0", "--reason", "broken")
    publish(filled, build_sdist(tmp_path, version="2.0"))
    assert "broken (1 of 2 files)" in said(capsys, "list", "demo")[0]
