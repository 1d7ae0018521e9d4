"""What the tests of the commands that look and withdraw share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s3pypi_core.bucket import RECORD_HEADERS
from s3pypi_edge.keys import normalize, record_key
from s3pypi_twine.__main__ import main

if TYPE_CHECKING:
    import pytest

    from s3pypi_core.aws.s3_bucket import S3Bucket

DEMO = normalize("demo")
COMMAND = (
    "aws cloudfront create-invalidation --distribution-id DISTRIBUTION_ID "
    "--paths '/packages/demo/*' '/simple/demo/*' '/demo/*'"
)
WHEEL, SDIST = "demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"
WHEEL2 = "demo-2.0-py3-none-any.whl"
PRUNE = ("prune", "demo", "--keep", "1", "--pre-releases-only", "--yes")


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    """Run a command; return what it wrote to both streams."""
    assert main(list(arguments)) == code
    out, err = capsys.readouterr()
    return out, err


def document(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    """Run a command with ``--json``; return its document."""
    told: dict[str, Any] = json.loads(said(capsys, *arguments, "--json", code=code)[0])
    return told


def bury(bucket: S3Bucket, filename: str) -> None:
    """Write a tombstone by hand, of a time long ago."""
    found = bucket.get(record_key(DEMO))
    assert found is not None
    tombstone = {"sha256": "0" * 64, "date": "2020-01-01T00:00:00Z"}
    record = {**json.loads(found.body), "_removed": {filename: tombstone}}
    bucket.replace(record_key(DEMO), json.dumps(record).encode(), RECORD_HEADERS, etag=found.etag)
