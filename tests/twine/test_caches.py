"""CloudFront is told of what was withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.repositories import assert_whole
from tests.twine.cares import WHEEL, document, said

if TYPE_CHECKING:
    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.twine.cloudfront import Invalidations

pytestmark = pytest.mark.loopback


def test_what_is_withdrawn_leaves_the_caches(
    filled: S3Bucket, caches: Invalidations, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (
        ["delete", "demo==1.0", "--yes"],
        ["prune", "demo", "--keep", "0", "--yes"],  # of what is gone already: it may not have been told
        ["status", "other", "quarantined"],
    ):
        said(capsys, *command)
    paths = ["/packages/demo/*", "/simple/demo/*", "/demo/*"]
    others = [path.replace("demo", "other") for path in paths]
    assert caches == [("E2EXAMPLE1ABCD", gone) for gone in (paths, paths, others)]
    assert_whole(filled, "demo", "other")
    told = document(capsys, "delete", "demo==1.0", "--yes")
    assert told["invalidation"]["sent"] is True


def test_caches_that_could_not_be_told_are_an_error_with_the_command(
    filled: S3Bucket,
    caches: Invalidations,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caches.known = "another"
    out, err = said(capsys, "delete", "demo==1.0", "--yes", code=1)
    assert f"{WHEEL}: deleted" in out
    assert "NoSuchDistribution: it does not exist" in err
    assert "hint: the bucket is in order; send this once it can be: aws cloudfront" in err
    assert_whole(filled, "demo", "other")
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", "http://127.0.0.1:9")
    told = document(capsys, "delete", "demo==1.0", "--yes", code=1)
    assert told["invalidation"]["sent"] is False
    assert "cannot reach http://127.0.0.1:9" in told["errors"][0]["message"]
