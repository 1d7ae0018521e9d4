"""Each fault, at each request of an upload in turn: nothing is lost, nothing is claimed that is not so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, get_args

import pytest

from s3pypi_core.aws.s3_client import ANSWER_WITHIN
from s3pypi_core.repository import create_repository
from s3pypi_edge.keys import file_key, normalize
from tests.faults import s3_faults
from tests.faults.s3_faults import Reach, Strike
from tests.faults.uploads import Upload
from tests.proxy import proxy
from tests.repositories import assert_whole, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mypy_boto3_s3.type_defs import MultipartUploadTypeDef

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.faults.uploads import Outcome
    from tests.proxy import Fault, Request

pytestmark = [pytest.mark.loopback, pytest.mark.slow, pytest.mark.usefixtures("hasty")]


def everywhere(_request: Request) -> bool:
    """A fault that knows no exception."""
    return True


def nowhere(_request: Request) -> bool:
    """A fault that is not tried again, or not in every case."""
    return False


def conditional(request: Request) -> bool:
    """Only what If-Match or If-None-Match guards: neither the begin nor the parts of a multipart upload."""
    return request.method != "GET" and not re.search(r"\?uploads|partNumber", request.path)


class Kind(NamedTuple):
    """A fault, which requests it can strike, and which of them succeed all the same if it strikes once.

    ``patience`` is how long the client waits for each answer, in seconds.
    """

    fault: Fault
    strikes: Callable[[Request], bool] = everywhere
    resolved: Callable[[Request], bool] = everywhere
    patience: float = ANSWER_WITHIN


PATIENCE = 0.3  # seconds until the client gives a late answer up
KINDS = {
    "slow down": Kind(s3_faults.slow_down),
    "internal error": Kind(s3_faults.internal_error),
    "no connection": Kind(s3_faults.drop),
    "reset in the middle": Kind(s3_faults.reset),
    "lost answer": Kind(s3_faults.lose_answer),
    "late": Kind(s3_faults.late(1.3 * PATIENCE), patience=PATIENCE),
    "body cut short": Kind(s3_faults.cut_body, resolved=nowhere),
    "head cut short": Kind(s3_faults.cut_head, resolved=nowhere),
    "access denied": Kind(s3_faults.access_denied, resolved=nowhere),
    "conflict": Kind(s3_faults.conflict, strikes=conditional),
}
by_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
by_reach = pytest.mark.parametrize("reach", get_args(Reach))


class Ordeal(NamedTuple):
    """An upload, the request at which the fault struck, and how the run ended."""

    upload: Upload
    request: Request
    outcome: Outcome


def suffer(
    model: Upload, endpoint: str, kind: Kind, reach: Reach, requests: Sequence[Request]
) -> list[Ordeal]:
    """Let the fault strike at each of these requests of ``model``, each time in another upload like it."""
    ordeals = []
    requests = [request for request in requests if kind.strikes(request)]
    folder, bucket = model.first.parent, model.bucket
    uploads = [Upload.build(bucket, folder, number) for number in range(1, len(requests) + 1)]
    publish(bucket, *(upload.first for upload in uploads))

    for upload, request in zip(uploads, requests, strict=True):
        strike = Strike(kind.fault, upload.like(request, model), reach)
        with proxy(endpoint, strike) as faulty:
            outcome = upload.run(faulty)

        assert strike.struck
        upload.assert_honest(outcome)
        upload.assert_nothing_lost()
        assert reach != "once" or not kind.resolved(request) or outcome.code == 0, (request, outcome)
        again = upload.run(endpoint)
        assert again.code == 0, (request, again)
        upload.assert_finished()
        ordeals.append(Ordeal(upload, request, outcome))
    assert_whole(bucket, *(name for upload in [model, *uploads] for name in (upload.old, upload.new)))
    return ordeals


@pytest.fixture
def model(s3_bucket: S3Bucket, tmp_path: Path) -> Upload:
    """An upload into a repository that holds the first release of one of its projects."""
    create_repository(s3_bucket)
    model = Upload.build(s3_bucket, tmp_path)
    publish(s3_bucket, model.first)
    return model


@by_kind
@by_reach
def test_a_fault_at_any_request_loses_nothing_and_the_same_command_completes(
    model: Upload, aws: str, monkeypatch: pytest.MonkeyPatch, kind: Kind, reach: Reach
) -> None:
    wait_for_answers(monkeypatch, kind.patience)

    suffer(model, aws, kind, reach, model.requests(aws))


@by_kind
@by_reach
def test_a_fault_while_a_file_is_streamed_loses_nothing(
    model: Upload, aws: str, monkeypatch: pytest.MonkeyPatch, kind: Kind, reach: Reach
) -> None:
    wait_for_answers(monkeypatch, kind.patience)
    monkeypatch.setattr("s3pypi_core.aws.s3_bucket.SMALL", 0)

    (sending,) = [found for found in model.requests(aws) if found.path.endswith(f"/{model.files[0].name}")]
    suffer(model, aws, kind, reach, [sending])


@by_kind
@by_reach
def test_a_fault_while_a_file_is_sent_in_parts_loses_nothing(
    model: Upload, aws: str, monkeypatch: pytest.MonkeyPatch, kind: Kind, reach: Reach
) -> None:
    wait_for_answers(monkeypatch, kind.patience)
    monkeypatch.setattr("s3pypi_core.aws.s3_bucket.LARGE", 0)
    monkeypatch.setattr("s3pypi_core.aws.s3_bucket.SMALL", 0)

    sending = [found for found in model.requests(aws) if f"/{model.files[0].name}?" in found.path]
    assert [found.method for found in sending] == ["POST", "PUT", "POST"]
    ordeals = suffer(model, aws, kind, reach, sending)

    left = {found["Key"] for found in begun(model.bucket)}
    for upload, request, _ in ordeals:
        # Nobody can abort an upload whose very name was in an answer that got lost, or when nothing works.
        if reach != "everything after" and "uploadId=" in request.path:
            assert file_key(normalize(upload.old), upload.files[0].name) not in left, request


def begun(bucket: S3Bucket) -> list[MultipartUploadTypeDef]:
    """The multipart uploads that are neither complete nor removed."""
    return bucket.client.list_multipart_uploads(Bucket=bucket.name).get("Uploads", [])


def wait_for_answers(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the program wait so long for each answer."""
    monkeypatch.setattr("s3pypi_core.aws.s3_client.ANSWER_WITHIN", seconds)
