"""What cannot be read is never taken for empty: nothing is written over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core.repository import create_repository
from s3pypi_edge.keys import ROOT_RECORD, normalize, record_key
from tests.builders import build_wheel
from tests.faults import s3_faults
from tests.faults.s3_faults import Strike
from tests.faults.uploads import Upload
from tests.proxy import proxy
from tests.repositories import assert_whole, file_names, publish

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.proxy import Fault, Request

pytestmark = [pytest.mark.loopback, pytest.mark.usefixtures("hasty")]

FAULTS = {
    "slow down": s3_faults.slow_down,
    "internal error": s3_faults.internal_error,
    "access denied": s3_faults.access_denied,
    "no connection": s3_faults.drop,
    "reset": s3_faults.reset,
    "lost answer": s3_faults.lose_answer,
    "body cut short": s3_faults.cut_body,
    "head cut short": s3_faults.cut_head,
    "last header cut off": s3_faults.cut_last_header,
}
by_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)


def contents(bucket: S3Bucket) -> Mapping[str, str]:
    """The ETag of every object in the bucket, by key."""
    listed = bucket.client.list_objects_v2(Bucket=bucket.name)["Contents"]
    return {found["Key"]: found["ETag"] for found in listed}


@by_fault
def test_an_upload_that_cannot_read_any_one_document_first_writes_nothing(
    s3_bucket: S3Bucket, aws: str, tmp_path: Path, fault: Fault
) -> None:
    create_repository(s3_bucket)
    model, upload = Upload.build(s3_bucket, tmp_path, 1), Upload.build(s3_bucket, tmp_path, 2)
    publish(s3_bucket, model.first, upload.first)
    requests = model.requests(aws)
    writing = [request.method for request in requests].index("PUT")
    before = contents(s3_bucket)

    for request in requests[:writing]:
        with proxy(aws, Strike(fault, upload.like(request, model), "this for good")) as endpoint:
            outcome = upload.run(endpoint)

        assert outcome.code == 1
        upload.assert_honest(outcome)
        assert contents(s3_bucket) == before
    assert writing == 6


@by_fault
@pytest.mark.parametrize("contended", ["record", "root"])
def test_what_a_rival_wrote_stays_when_it_cannot_be_read(
    s3_bucket: S3Bucket, aws: str, tmp_path: Path, fault: Fault, contended: str
) -> None:
    create_repository(s3_bucket)
    upload = Upload.build(s3_bucket, tmp_path)
    publish(s3_bucket, upload.first)
    key = ROOT_RECORD if contended == "root" else record_key(normalize(upload.old))
    path = f"/{s3_bucket.name}/{key}"
    rival = build_wheel(tmp_path, upload.old if contended == "record" else "rival", "3.0")

    def rule(request: Request) -> Fault | None:
        if request.line == f"PUT {path}" and not request.before:
            publish(s3_bucket, rival)
        return fault if request.line == f"GET {path}" and request.before else None

    with proxy(aws, rule) as endpoint:
        outcome = upload.run(endpoint)

    assert outcome.code == 1
    upload.assert_honest(outcome)
    upload.assert_nothing_lost()
    assert rival.name in file_names(s3_bucket, rival.name.partition("-")[0])
    publish(s3_bucket, *upload.files)
    assert_whole(s3_bucket, *{upload.old, upload.new, rival.name.partition("-")[0]})
