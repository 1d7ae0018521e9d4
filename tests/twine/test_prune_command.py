"""``s3twine prune``, on the embedded server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_twine.__main__ import main
from tests.builders import build_wheel
from tests.care import Killed
from tests.proxy import proxy
from tests.repositories import assert_whole, publish, record_of
from tests.twine.cares import PRUNE, bury, document, said

if TYPE_CHECKING:
    from pathlib import Path

    from tests.proxy import Request
    from tests.twine.cloudfront import Invalidations

pytestmark = pytest.mark.loopback


def test_old_releases_are_pruned(
    filled: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(filled, *[build_wheel(tmp_path, version=f"3.0.dev{build}") for build in range(4)])
    command = ["prune", "demo", "--keep", "2", "--pre-releases-only"]
    gone = [f"demo-3.0.dev{build}-py3-none-any.whl" for build in (0, 1)]

    out, _ = said(capsys, *command, "--dry-run")
    assert out.splitlines() == [
        *[f"{name}: would be deleted" for name in gone],
        "dry run: nothing was written",
    ]
    assert document(capsys, *command, "--yes")["deleted"] == gone
    assert record_of(filled, "demo").versions == ["1.0", "2.0", "3.0.dev2", "3.0.dev3"]
    assert said(capsys, *command)[0] == "Nothing of demo has had its time.\n"
    publish(filled, build_wheel(tmp_path, version="0.1"), time="2020-01-01T00:00:00.000000Z")
    assert document(capsys, "prune", "demo", "--older-than", "99999d", "--yes")["deleted"] == []
    told = document(capsys, "prune", "demo", "--older-than", "1000d", "--yes")
    assert "demo-0.1-py3-none-any.whl" in told["deleted"]
    assert_whole(filled, "demo", "other")


def test_pruning_lets_cloudfront_drop_the_same_files_once(
    filled: S3Bucket, caches: Invalidations, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(filled, *[build_wheel(tmp_path, version=f"3.0.dev{build}") for build in (1, 2)])
    said(capsys, *PRUNE)
    assert len(caches) == 1
    for _ in range(3):
        out, _ = said(capsys, *PRUNE)
        assert out.startswith("Nothing of demo has had its time.\n")
    # The first of them could not know that the files were told; CloudFront knows that of the others.
    assert len(caches) == 2
    assert len(caches.references) == 4

    publish(filled, build_wheel(tmp_path, version="3.0.dev3"))
    for _ in range(3):
        said(capsys, *PRUNE)
    assert len(caches) == 4


@pytest.mark.parametrize("last", ["delete", "invalidation"])
def test_a_pruning_that_was_killed_is_finished_and_told_by_the_next(
    filled: S3Bucket,
    caches: Invalidations,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    last: str,
) -> None:
    publish(filled, *[build_wheel(tmp_path, version=f"3.0.dev{build}") for build in (1, 2)])

    def kill(*_: object, **__: object) -> None:
        raise Killed

    where = {"delete": "s3_bucket.S3Bucket.delete", "invalidation": "s3_invalidation.send_invalidation"}
    with monkeypatch.context() as killing:
        killing.setattr(f"s3pypi_core.{where[last]}", kill)
        with pytest.raises(Killed):
            main(list(PRUNE))
    assert caches == []

    told = document(capsys, *PRUNE)

    assert told["deleted"] == (["demo-3.0.dev1-py3-none-any.whl"] if last == "delete" else [])
    assert len(caches) == 1
    assert_whole(filled, "demo", "other")


def test_a_pruning_that_ended_early_tells_cloudfront_when_it_is_run_again(
    caches: Invalidations, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "prune", "demo", "--keep", "1", "--yes")
    caches.clear()  # as if the run had ended before it
    said(capsys, "prune", "demo", "--keep", "1", "--yes")
    assert len(caches) == 1


def test_what_was_pruned_more_than_a_year_ago_is_in_no_cache(
    filled: S3Bucket, caches: Invalidations, capsys: pytest.CaptureFixture[str]
) -> None:
    bury(filled, "demo-0.1.zip")
    told = document(capsys, *PRUNE)
    assert "invalidation" not in told
    assert caches.references == []


def test_pruning_asks_no_more_the_more_was_deleted_before(
    filled: S3Bucket, aws: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def requests() -> int:
        seen: list[Request] = []
        with proxy(aws, seen.append) as endpoint:
            said(capsys, *PRUNE, "--endpoint-url", endpoint)
        return len(seen)

    publish(filled, build_wheel(tmp_path, version="3.0.dev1"), build_wheel(tmp_path, version="3.0.dev2"))
    said(capsys, *PRUNE)
    few = requests()
    publish(filled, *[build_wheel(tmp_path, version=f"4.0.dev{build}") for build in range(8)])
    said(capsys, *PRUNE)
    assert len(record_of(filled, "demo").removed) == 9
    assert requests() == few


@pytest.mark.usefixtures("filled")
def test_a_wrong_clock_of_this_machine_prunes_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(S3Bucket, "last_heard", lambda _bucket: 0.0)
    told = document(capsys, "prune", "demo", "--older-than", "1d", "--yes")
    assert told["deleted"] == []


def test_a_yank_with_a_reason_is_not_pruned(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "yank", "demo==1.0", "--reason", "broken")
    assert said(capsys, "prune", "demo", "--keep", "1")[0] == "Nothing of demo has had its time.\n"
    assert len(record_of(filled, "demo").files) == 3
