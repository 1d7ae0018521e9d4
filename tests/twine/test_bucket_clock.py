"""Times are those of the bucket's clock, whatever the clock of this machine says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.builders import build_wheel
from tests.proxy import proxy
from tests.repositories import record_of
from tests.twine.cares import WHEEL, document, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.proxy import Exchange, Fault, Request

pytestmark = pytest.mark.loopback


def years_ahead(exchange: Exchange) -> None:
    """Answer as the server does, in the year 2031."""
    head, end, body = exchange.forward().partition(b"\r\n\r\n")
    head, dates = re.subn(rb"(?im)^Date: [^\r]*", b"Date: Sun, 23 Nov 2031 10:00:00 GMT", head)
    assert dates == 1
    exchange.answer(head + end + body)


@pytest.fixture
def seen() -> list[Request]:
    """What the bucket was asked."""
    return []


@pytest.fixture
def ahead(aws: str, seen: list[Request]) -> Iterator[tuple[str, str]]:
    """The option for a bucket whose clock is years ahead."""

    def rule(request: Request) -> Fault:
        seen.append(request)
        return years_ahead

    with proxy(aws, rule) as endpoint:
        yield "--endpoint-url", endpoint


def test_what_is_uploaded_has_the_bucket_s_time_and_that_costs_no_request(
    repository: S3Bucket,
    tmp_path: Path,
    ahead: tuple[str, str],
    seen: list[Request],
    capsys: pytest.CaptureFixture[str],
) -> None:
    said(capsys, "upload", str(build_wheel(tmp_path)), *ahead)
    assert [file.upload_time for file in record_of(repository, "demo").files] == [
        "2031-11-23T10:00:00.000000Z"
    ]
    assert len(seen) == 11  # 4 reads, the file, its metadata, two pages, the record, the root pair


def test_what_is_deleted_and_pruned_goes_by_the_bucket_s_time(
    filled: S3Bucket, tmp_path: Path, ahead: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    prune = ["prune", "demo", "--older-than", "9d", "--yes"]
    said(capsys, "delete", "demo==1.0", "--yes", *ahead)
    assert record_of(filled, "demo").removed[WHEEL].date == "2031-11-23T10:00:00Z"
    said(capsys, "upload", *(str(build_wheel(tmp_path, version=each)) for each in ("0.1", "0.2")), *ahead)
    assert document(capsys, *prune, *ahead)["deleted"] == []  # 2.0 is older, and the newest final release
    said(capsys, "upload", str(build_wheel(tmp_path, version="3.0")))
    assert document(capsys, *prune, *ahead)["deleted"] == ["demo-2.0-py3-none-any.whl"]
