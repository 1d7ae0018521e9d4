"""``s3twine status``, on the embedded server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pypi_simple import ProjectPage

from s3pypi_edge.keys import page_key, record_key
from tests.builders import build_wheel
from tests.repositories import assert_whole, body, record_of
from tests.twine.cares import DEMO, document, said

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket


pytestmark = pytest.mark.loopback


def test_a_status_is_shown_to_installers(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "status", "demo", "archived", "--reason", "use other")
    assert out == "demo: archived (use other), 2 releases\n"
    assert json.loads(body(filled, record_key(DEMO)))["project-status"] == {
        "status": "archived",
        "reason": "use other",
    }
    assert b'name="pypi:project-status" content="archived"' in body(filled, page_key(DEMO))
    told = document(capsys, "status", "demo", "active")
    assert (told["status"], told["status_reason"]) == ("active", None)
    out, _ = said(capsys, "status", "demo", "quarantined")
    assert "aws cloudfront create-invalidation" in out
    assert record_of(filled, "demo").files == ()
    assert "demo==2.0" in said(capsys, "show", "demo")[0]
    said(capsys, "status", "demo", "deprecated")
    assert len(record_of(filled, "demo").files) == 3
    assert_whole(filled, "demo", "other")


@pytest.mark.parametrize(
    ("status", "takes", "offers"),
    [("active", True, 3), ("deprecated", True, 3), ("archived", False, 3), ("quarantined", False, 0)],
)
def test_a_status_is_the_same_in_json_and_html_and_holds_for_uploads(
    filled: S3Bucket,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    status: str,
    takes: bool,  # noqa: FBT001  # as the table says
    offers: int,
) -> None:
    said(capsys, "status", "demo", status, "--reason", "see <other>")
    for page in (
        ProjectPage.from_json_data(json.loads(body(filled, record_key(DEMO)))),
        ProjectPage.from_html("demo", body(filled, page_key(DEMO))),
    ):
        assert page.status is not None
        assert (page.status.value, page.status_reason) == (status, "see <other>")
        assert len(page.packages) == offers
    wheel = build_wheel(tmp_path, version="4.0")
    _, err = said(capsys, "upload", str(wheel), code=0 if takes else 1)
    assert (f"demo is {status} and takes no uploads: see <other>" in err) is not takes
    assert (wheel.name in {file.filename for file in record_of(filled, "demo").all_files}) is takes
    assert_whole(filled, "demo", "other")
