from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.bucket import CONFIG_HEADERS
from s3pypi_edge.connector import Connector
from s3pypi_edge.http1 import Connection
from s3pypi_edge.keys import USERS_KEY
from s3pypi_edge.s3 import LARGEST_OBJECT, S3Reader, object_url
from s3pypi_edge.sigv4 import AwsCredentials
from s3pypi_edge.store import Document, StoreError
from tests.edge.s3_double import (
    answer,
    cut_short,
    dripping,
    garbage,
    hanging,
    hanging_up,
    s3_double,
    without_length,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.edge.s3_double import S3Double, Script

KEYS = AwsCredentials("AKLOCAL", "secret", "token")
WHOLE = answer(200, b"users", ETag='"1"')


@pytest.fixture
def double() -> Iterator[S3Double]:
    with s3_double() as double:
        yield double


@contextlib.contextmanager
def reader_of(
    url: str,
    *,
    keys: AwsCredentials = KEYS,
    deadline: float = 2.5,
    connector: Connector | None = None,
) -> Iterator[S3Reader]:
    reader = S3Reader(
        url,
        region="us-east-1",
        credentials=keys,
        connector=connector or Connector(),
        wall=time.time,
        deadline=deadline,
    )
    try:
        yield reader
    finally:
        reader.close()


@pytest.mark.parametrize(
    ("bucket", "endpoint", "url"),
    [
        pytest.param(
            "acme-pypi", None, "https://acme-pypi.s3.eu-central-1.amazonaws.com/config/users.json", id="plain"
        ),
        pytest.param(
            "pypi.acme.com",
            None,
            "https://s3.eu-central-1.amazonaws.com/pypi.acme.com/config/users.json",
            id="dots",
        ),
        pytest.param(
            "acme-pypi",
            "http://127.0.0.1:8333",
            "http://127.0.0.1:8333/acme-pypi/config/users.json",
            id="endpoint",
        ),
    ],
)
def test_an_object_is_read_in_its_own_region_under_a_name_that_tls_can_verify(
    bucket: str, endpoint: str | None, url: str
) -> None:
    assert object_url(bucket, USERS_KEY, region="eu-central-1", endpoint=endpoint) == url


@pytest.mark.loopback
def test_the_real_server_gives_the_object_and_then_says_when_it_changed(
    s3_bucket: S3Bucket, aws: str
) -> None:
    keys = AwsCredentials.from_environ(os.environ)
    url = object_url(s3_bucket.name, USERS_KEY, region="us-east-1", endpoint=aws)
    with reader_of(url, keys=keys) as reader:
        with pytest.raises(StoreError, match="S3 answered 404"):
            reader.read(None)
        etag = s3_bucket.create(USERS_KEY, b"first", CONFIG_HEADERS)
        first = reader.read(None)
        assert first is not None
        assert first.body == b"first"
        assert reader.read(first.etag) is None
        s3_bucket.replace(USERS_KEY, b"second", CONFIG_HEADERS, etag=etag)
        second = reader.read(first.etag)
        assert second is not None
        assert second.body == b"second"
        assert second.etag != first.etag
    with (
        reader_of(url, keys=keys._replace(secret_key="wrong")) as reader,
        pytest.raises(StoreError, match="S3 answered 403"),
    ):
        reader.read(None)


@pytest.mark.loopback
def test_reads_are_signed_conditional_and_share_a_connection(double: S3Double) -> None:
    double.scripts += [WHOLE, answer(304), WHOLE]
    with reader_of(f"{double.endpoint}/acme/config/users.json") as reader:
        assert reader.read(None) == Document(b"users", '"1"')
        assert reader.read('"1"') is None
        assert reader.read('"0"') == Document(b"users", '"1"')
    assert [path for path, _ in double.requests] == ["/acme/config/users.json"] * 3
    assert [headers.get("if-none-match") for _, headers in double.requests] == [None, '"1"', '"0"']
    assert all(headers["x-amz-security-token"] == "token" for _, headers in double.requests)
    assert all("Signature=" in headers["authorization"] for _, headers in double.requests)
    assert double.connections == 1


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("script", "message"),
    [
        pytest.param(answer(403, b"<Error/>"), "S3 answered 403", id="forbidden"),
        pytest.param(answer(404), "S3 answered 404", id="missing"),
        pytest.param(answer(301, Location="http://127.0.0.1:1/"), "S3 answered 301", id="redirect"),
        pytest.param(answer(500), "S3 answered 500", id="broken"),
        pytest.param(answer(204, ETag='"1"'), "S3 answered 204", id="another success"),
        pytest.param(answer(200, b"users"), "no ETag", id="without ETag"),
        pytest.param(without_length(b"users"), "no length", id="without length"),
        pytest.param(
            answer(200, ETag='"1"', Content_Length=str(LARGEST_OBJECT + 1)), "too much", id="too large"
        ),
        pytest.param(cut_short(b"users"), "cut short", id="cut short"),
        pytest.param(hanging_up, "hung up", id="no answer"),
        pytest.param(garbage, "not HTTP", id="garbage"),
    ],
)
def test_a_bad_answer_is_an_error_and_the_next_good_one_is_read(
    double: S3Double, script: Script, message: str
) -> None:
    double.scripts += [script, WHOLE]
    with reader_of(f"{double.endpoint}/acme/config/users.json") as reader:
        with pytest.raises(StoreError, match=message):
            reader.read(None)
        assert reader.read(None) == Document(b"users", '"1"')


@pytest.mark.loopback
@pytest.mark.parametrize("script", [hanging, dripping])
def test_a_slow_answer_ends_at_the_deadline_and_the_next_good_one_is_read(
    double: S3Double, script: Script
) -> None:
    double.scripts += [script, WHOLE]
    with reader_of(f"{double.endpoint}/acme/config/users.json", deadline=0.3) as reader:
        start = time.monotonic()
        with pytest.raises(StoreError, match=r"no answer within 0\.3 s"):
            reader.read(None)
        assert time.monotonic() - start < 1.5
        assert reader.read(None) == Document(b"users", '"1"')


@pytest.mark.loopback
@pytest.mark.parametrize("script", [hanging_up, hanging, garbage])
def test_a_connection_that_went_stale_is_replaced_without_anybody_noticing(
    double: S3Double, script: Script
) -> None:
    double.scripts += [WHOLE, script, WHOLE]
    with reader_of(f"{double.endpoint}/acme/config/users.json") as reader:
        reader.read(None)
        assert reader.read(None) == Document(b"users", '"1"')
    assert double.connections == 2


@pytest.mark.loopback
def test_a_name_look_up_that_hangs_ends_at_the_deadline(double: S3Double) -> None:
    resolved = threading.Event()

    class SlowToResolve(Connection):
        def connect(self) -> None:
            resolved.wait(10)
            super().connect()

    class ToIt(Connector):
        def connection(self, _url: str, *, timeout: float) -> Connection:
            return SlowToResolve("127.0.0.1", double.server_port, timeout=timeout)

    double.scripts += [WHOLE]
    with reader_of(f"{double.endpoint}/acme/x", deadline=0.2, connector=ToIt()) as reader:
        with pytest.raises(StoreError, match="no answer within"):
            reader.read(None)
        others = [thread for thread in threading.enumerate() if thread.name == "deadline"]
        resolved.set()
        for thread in others:
            thread.join(10)
    assert len(others) == 1
    assert len(double.requests) == 1


@pytest.mark.loopback
def test_a_server_that_refuses_is_an_error() -> None:
    with s3_double() as double:
        url = f"{double.endpoint}/acme/config/users.json"
    with reader_of(url) as reader, pytest.raises(StoreError, match="ConnectionRefusedError"):
        reader.read(None)


def test_an_error_never_shows_a_header() -> None:
    keys = KEYS._replace(session_token="a\r\nb")
    with (
        reader_of("http://127.0.0.1:1/acme/x", keys=keys) as reader,
        pytest.raises(StoreError) as caught,
    ):
        reader.read(None)
    assert "a\\r" not in str(caught.value)
