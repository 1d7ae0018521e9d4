"""Each fault as a client sees it, and whether the server ever saw the request."""

from __future__ import annotations

import http.client
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from s3pypi_core.bucket import PAGE_HEADERS, BucketError
from tests.faults import s3_faults
from tests.faults.s3_faults import Strike
from tests.proxy import Request, pass_on, proxy
from tests.waiting import until

if TYPE_CHECKING:
    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.faults.s3_faults import Reach
    from tests.proxy import Fault

pytestmark = pytest.mark.loopback

LARGE = b"x" * 5_000_000  # more than the buffers between client and server hold


def ask(endpoint: str, method: str = "GET", body: bytes = b"") -> tuple[int, bytes]:
    """Send one request without a signature, which a real server answers with 403; read the answer."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc)
    try:
        connection.request(method, "/bucket/key", body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [
        (pass_on, 403, b"AccessDenied"),
        (s3_faults.slow_down, 503, b"SlowDown"),
        (s3_faults.internal_error, 500, b"InternalError"),
        (s3_faults.access_denied, 403, b"AccessDenied"),
        (s3_faults.conflict, 409, b"ConditionalRequestConflict"),
        (s3_faults.cut_head, 403, b""),
        (s3_faults.cut_last_header, 403, b""),
    ],
)
def test_some_faults_are_answers(aws: str, fault: Fault, status: int, word: bytes) -> None:
    with proxy(aws, lambda _request: fault) as endpoint:
        answered, body = ask(endpoint)

        assert (answered, ask(endpoint, "HEAD")) == (status, (status, b""))
    assert word in body


@pytest.mark.parametrize(
    ("fault", "error", "forwarded"),
    [
        (s3_faults.drop, ConnectionError, 0),
        (s3_faults.reset, ConnectionError, 1),
        (s3_faults.lose_answer, http.client.RemoteDisconnected, 1),
        (s3_faults.cut_body, http.client.IncompleteRead, 1),
    ],
)
def test_other_faults_end_the_connection(
    aws: str, fault: Fault, error: type[Exception], forwarded: int
) -> None:
    seen: list[Request] = []
    with (
        proxy(aws, seen.append) as server,
        proxy(server, lambda _request: fault) as endpoint,
        pytest.raises(error),
    ):
        ask(endpoint, "PUT", LARGE)
    assert len(seen) == forwarded


def test_a_request_that_its_client_breaks_off_is_not_forwarded(aws: str) -> None:
    seen: list[Request] = []
    passed: list[Request] = []
    with proxy(aws, passed.append) as server, proxy(server, seen.append) as endpoint:
        with socket.create_connection(("127.0.0.1", urlsplit(endpoint).port or 0)) as connection:
            connection.sendall(b"PUT /bucket/key HTTP/1.1\r\nContent-Length: 100\r\n\r\n" + LARGE[:50])
        until(lambda: bool(seen))
    assert [request.line for request in seen] == ["PUT /bucket/key"]
    assert passed == []


def test_an_answer_without_a_body_is_cut_in_its_head(aws: str) -> None:
    with proxy(aws, lambda _request: s3_faults.cut_body) as endpoint:
        assert ask(endpoint, "HEAD") == (403, b"")


def test_a_late_answer_comes_when_its_client_may_have_gone(aws: str) -> None:
    begun = time.monotonic()
    with proxy(aws, lambda _request: s3_faults.late(0.2)) as endpoint:
        assert ask(endpoint)[0] == 403
    assert time.monotonic() - begun >= 0.2


def test_a_write_that_was_reset_leaves_nothing(s3_bucket: S3Bucket, aws: str) -> None:
    with proxy(aws, lambda _request: s3_faults.reset) as endpoint:
        through = type(s3_bucket).open(s3_bucket.name, endpoint_url=endpoint)
        with pytest.raises(BucketError, match="connection"):
            through.create("key", LARGE, PAGE_HEADERS)
    assert s3_bucket.get("key") is None


@pytest.mark.parametrize(
    ("reach", "struck"),
    [
        ("once", ["GET /a 1"]),
        ("this for good", ["GET /a 1", "GET /a 2"]),
        ("everything after", ["GET /a 1", "PUT /a 0", "GET /a 2", "GET /b 0"]),
    ],
)
def test_a_strike_reaches_as_far_as_it_says(reach: Reach, struck: list[str]) -> None:
    strike = Strike(s3_faults.drop, Request(1, "GET", "/a", 1), reach)
    requests = [
        Request(0, "GET", "/a", 0),
        Request(1, "GET", "/a", 1),
        Request(2, "PUT", "/a", 0),
        Request(3, "GET", "/a", 2),
        Request(4, "GET", "/b", 0),
    ]

    assert [f"{found.line} {found.before}" for found in requests if strike(found)] == struck
    assert strike.struck == len(struck)
