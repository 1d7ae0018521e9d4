from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.aws import s3_parts
from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.aws.s3_parts import LARGE
from s3pypi_core.bucket import RECORD_HEADERS, BodyChanged, UnreadableBody
from s3pypi_core.progress import Stopped
from tests.proxy import proxy
from tests.repositories import unheard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.proxy import Request

KEY = "packages/demo/demo-1.0-py3-none-any.whl"

pytestmark = pytest.mark.loopback


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "demo-1.0-py3-none-any.whl"
    with path.open("wb") as file:
        file.truncate(LARGE + 1)
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def left_behind(bucket: S3Bucket) -> list[str]:
    """Uploads in parts that neither ended nor were aborted."""
    found = bucket.client.list_multipart_uploads(Bucket=bucket.name)
    return [upload["Key"] for upload in found.get("Uploads", [])]


def at_part(number: int, act: Callable[[], object]) -> Callable[[Request], None]:
    """A rule of the proxy that does something before a part is sent."""

    def rule(request: Request) -> None:
        if f"partNumber={number}" in request.path:
            act()

    return rule


def test_a_file_that_changes_on_its_way_is_not_stored(s3_bucket: S3Bucket, large: Path) -> None:
    promised = sha256(large)

    def change() -> None:
        with large.open("r+b") as file:
            file.write(b"changed")

    with proxy(s3_bucket.client.meta.endpoint_url, at_part(3, change)) as endpoint:
        bucket = S3Bucket.open(s3_bucket.name, endpoint_url=endpoint)
        with pytest.raises(BodyChanged, match=KEY):
            bucket.create_file(KEY, large, RECORD_HEADERS, sha256=promised, sent=unheard)

    assert s3_bucket.get(KEY) is None
    assert left_behind(s3_bucket) == []


def test_a_file_that_vanishes_on_its_way_is_named(s3_bucket: S3Bucket, large: Path) -> None:
    promised = sha256(large)
    with proxy(
        s3_bucket.client.meta.endpoint_url, at_part(3, lambda: large.unlink(missing_ok=True))
    ) as endpoint:
        bucket = S3Bucket.open(s3_bucket.name, endpoint_url=endpoint)
        with pytest.raises(UnreadableBody, match=large.name):
            bucket.create_file(KEY, large, RECORD_HEADERS, sha256=promised, sent=unheard)

    assert s3_bucket.get(KEY) is None
    assert left_behind(s3_bucket) == []


def test_an_upload_that_is_stopped_is_aborted(s3_bucket: S3Bucket, large: Path) -> None:
    told = 0

    def stop_half_way(amount: int) -> None:
        nonlocal told
        told += amount
        if told > LARGE / 2:
            raise Stopped

    with pytest.raises(Stopped):
        s3_bucket.create_file(KEY, large, RECORD_HEADERS, sha256=sha256(large), sent=stop_half_way)

    assert s3_bucket.get(KEY) is None
    assert left_behind(s3_bucket) == []


def test_who_waits_for_a_silent_server_is_asked_whether_to_go_on(
    s3_bucket: S3Bucket, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_parts, "_TICK", 0.01)
    asked: list[int] = []
    silent = threading.Event()

    def listen(amount: int) -> None:
        asked.append(amount)
        if asked.count(0) > 1:
            silent.set()

    with proxy(s3_bucket.client.meta.endpoint_url, at_part(1, lambda: silent.wait(10))) as endpoint:
        bucket = S3Bucket.open(s3_bucket.name, endpoint_url=endpoint)
        bucket.create_file(KEY, large, RECORD_HEADERS, sha256=sha256(large), sent=listen)

    assert silent.is_set()
    assert sum(asked) == LARGE + 1
