"""A conditional write that ends in doubt is resolved by reading, whatever a rival did meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core.repository import create_repository
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, file_key, metadata_key, normalize, page_key, record_key
from tests.builders import build_wheel
from tests.faults import s3_faults
from tests.faults.s3_faults import Strike
from tests.faults.uploads import Upload
from tests.proxy import Request, proxy
from tests.repositories import assert_whole, file_names, publish, record_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.proxy import Exchange, Fault

pytestmark = [pytest.mark.loopback, pytest.mark.usefixtures("hasty")]

OLD, NEW = normalize("old000"), normalize("new000")
WHEEL = "old000-2.0-py3-none-any.whl"


@pytest.fixture
def upload(s3_bucket: S3Bucket, tmp_path: Path) -> Upload:
    """An upload into a repository that holds the first release of one of its projects."""
    create_repository(s3_bucket)
    upload = Upload.build(s3_bucket, tmp_path)
    publish(s3_bucket, upload.first)
    return upload


def write(upload: Upload, key: str, before: int = 0) -> Request:
    """The request of ``upload`` that writes ``key``, or the one that does so again."""
    return Request(0, "PUT", f"/{upload.bucket.name}/{key}", before)


def lose_answer_after(rival: Callable[[], object]) -> Fault:
    """The write happens, the rival changes what it wrote, and the answer is lost."""

    def strike(exchange: Exchange) -> None:
        exchange.forward()
        rival()
        exchange.hang_up()

    return strike


def conflict_with(rival: Callable[[], object]) -> Fault:
    """The rival wins while the write is under way: S3 refuses it with a 409."""

    def strike(exchange: Exchange) -> None:
        rival()
        s3_faults.conflict(exchange)

    return strike


@pytest.mark.parametrize("fault", [lose_answer_after, conflict_with])
@pytest.mark.parametrize(
    ("key", "before"),
    [
        (record_key(OLD), 0),
        (page_key(OLD), 0),
        (page_key(NEW), 0),
        (record_key(NEW), 0),
        (page_key(NEW), 1),
        (ROOT_RECORD, 0),
        (ROOT_PAGE, 0),
    ],
)
def test_an_index_document_that_a_rival_changed_meanwhile_keeps_both(
    upload: Upload,
    aws: str,
    tmp_path: Path,
    key: str,
    before: int,
    fault: Callable[[Callable[[], object]], Fault],
) -> None:
    rivals = [build_wheel(tmp_path, name, "3.0") for name in (OLD, NEW, "rival")]
    strike = Strike(fault(lambda: publish(upload.bucket, *rivals)), write(upload, key, before))

    with proxy(aws, strike) as endpoint:
        outcome = upload.run(endpoint)

    assert strike.struck == 1
    assert outcome.code == 0, outcome
    assert_whole(upload.bucket, OLD, NEW, "rival")
    assert file_names(upload.bucket, OLD) == {upload.first.name, WHEEL, rivals[0].name}
    assert file_names(upload.bucket, NEW) == {upload.files[1].name, rivals[1].name}


@pytest.mark.parametrize(
    ("requires", "code"), [(["other"], 1), ([], 0)], ids=["other bytes", "the same bytes"]
)
def test_a_conflict_over_a_file_is_decided_by_the_bytes_that_are_there(
    upload: Upload, aws: str, tmp_path: Path, requires: list[str], code: int
) -> None:
    rival = build_wheel(tmp_path / "rival", OLD, "2.0", requires=requires)
    fault = conflict_with(lambda: publish(upload.bucket, rival))
    strike = Strike(fault, write(upload, file_key(OLD, WHEEL)))

    with proxy(aws, strike) as endpoint:
        outcome = upload.run(endpoint)

    assert strike.struck == 1
    assert outcome.code == code, outcome
    upload.assert_honest(outcome)
    assert (WHEEL in outcome.err) == bool(code)
    assert_whole(upload.bucket, OLD, NEW)
    assert len(record_of(upload.bucket, OLD).files) == 2


@pytest.mark.parametrize(
    "key", [file_key(OLD, WHEEL), metadata_key(OLD, WHEEL)], ids=["distribution", "metadata"]
)
def test_a_lost_answer_that_cannot_be_resolved_by_reading_is_not_guessed(
    upload: Upload, aws: str, key: str
) -> None:
    lost = Strike(s3_faults.lose_answer, write(upload, key))

    def rule(request: Request) -> Fault | None:
        reads = request.path == write(upload, key).path and request.method in {"GET", "HEAD"}
        return s3_faults.internal_error if reads else lost(request)

    with proxy(aws, rule) as endpoint:
        outcome = upload.run(endpoint)

    assert lost.struck == 1
    assert outcome.code == 1
    upload.assert_honest(outcome)
    assert file_names(upload.bucket, OLD) == {upload.first.name}
    publish(upload.bucket, *upload.files)
    assert_whole(upload.bucket, OLD, NEW)
