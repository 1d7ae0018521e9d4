from __future__ import annotations

import contextlib
import http.client
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from s3pypi_core.bucket import Headers
from s3pypi_edge.sigv4 import AwsCredentials
from s3pypi_serve.gateway import Gateway
from s3pypi_serve.s3_origin import S3Origin
from s3pypi_serve.web_server import WebServer, listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from s3pypi_serve.cloudfront_rules import JsonObject

pytestmark = pytest.mark.loopback

KEY = "packages/demo/demo-1.0+local.whl"
URI = "/packages/demo/demo-1.0%2Blocal.whl"
BODY = bytes(range(256)) * 4000  # several chunks
CREDENTIALS = AwsCredentials("AK", "secret")


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Served(NamedTuple):
    """A gateway that is being served."""

    port: int
    complaints: list[str]
    web: WebServer

    def ask(self, method: str = "GET", uri: str = URI, **headers: str) -> Answer:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, uri, headers=names)
            response = connection.getresponse()
            return Answer(response.status, {n.lower(): v for n, v in response.getheaders()}, response.read())


@contextlib.contextmanager
def served(
    function: Callable[[JsonObject], object],
    origin: S3Origin,
    origin_function: Callable[[JsonObject], object] | None = None,
) -> Iterator[Served]:
    complaints: list[str] = []
    with listening(0) as listener:
        gateway = Gateway(function, origin, complaints.append, origin_function=origin_function)
        web = WebServer(gateway, listener)
        try:
            yield Served(listener.getsockname()[1], complaints, web)
        finally:
            web.begin_stop()
            web.join()


def pass_on(event: JsonObject) -> object:
    """A function that lets everyone in."""
    return event["Records"][0]["cf"]["request"]


@pytest.fixture
def repository(s3_bucket: S3Bucket, aws: str) -> Iterator[Served]:
    """A gateway in front of a bucket with one object, and a function that lets everyone in."""
    headers = Headers("application/zip", "max-age=31536000, immutable", {"sha256": "abc"})
    s3_bucket.create(KEY, BODY, headers)
    credentials = AwsCredentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    with served(pass_on, S3Origin(aws, s3_bucket.name, credentials, time.time)) as running:
        yield running


def test_an_object_comes_with_its_own_headers_and_none_of_the_servers(repository: Served) -> None:
    answer = repository.ask()
    assert answer.status == 200
    assert answer.body == BODY
    assert {
        name: answer.headers[name] for name in answer.headers.keys() - {"date", "etag", "last-modified"}
    } == {
        "accept-ranges": "bytes",
        "cache-control": "max-age=31536000, immutable",
        "content-length": str(len(BODY)),
        "content-type": "application/zip",
        "x-amz-meta-sha256": "abc",
    }


def test_head_says_what_get_would_and_sends_no_body(repository: Served) -> None:
    got, asked = repository.ask(), repository.ask("HEAD")
    assert asked.body == b""
    assert {**asked.headers, "date": ""} == {**got.headers, "date": ""}


def test_the_query_string_stays_behind(repository: Served) -> None:
    assert repository.ask(uri=f"{URI}?acl").body == BODY


def test_credentials_for_the_repository_are_not_sent_to_s3(repository: Served) -> None:
    assert repository.ask(Authorization="Basic eDp5").status == 200


@pytest.mark.parametrize(
    ("headers", "status", "length"),
    [
        pytest.param({"Range": "bytes=10-19"}, 206, 10, id="a range"),
        pytest.param({"Range": "bytes=9999999-"}, 416, None, id="a range beyond the end"),
        pytest.param({"If_None_Match": "{etag}"}, 304, 0, id="what the viewer has already"),
        pytest.param({"If_None_Match": '"other"'}, 200, len(BODY), id="what has changed"),
        pytest.param({"If_Match": '"other"'}, 412, None, id="what was expected to be unchanged"),
        pytest.param({"Range": "bytes=10-19", "If_Range": "{etag}"}, 206, 10, id="the rest of this file"),
        pytest.param({"Range": "bytes=10-19", "If_Range": '"other"'}, 200, len(BODY), id="of another file"),
        pytest.param({"Range": "bytes=10-19", "If_Range": 'W/"x"'}, 200, len(BODY), id="of something alike"),
        pytest.param({"If_Range": '"other"'}, 200, len(BODY), id="If-Range without a range"),
    ],
)
def test_ranges_and_conditions_are_s3s_to_judge(
    repository: Served, headers: dict[str, str], status: int, length: int | None
) -> None:
    etag = repository.ask("HEAD").headers["etag"]
    answer = repository.ask(**{name: value.replace("{etag}", etag) for name, value in headers.items()})
    assert answer.status == status
    assert length is None or len(answer.body) == length


def test_a_missing_object_is_a_404_without_the_names_of_bucket_and_key(repository: Served) -> None:
    answer, asked = (repository.ask(method, "/packages/none") for method in ("GET", "HEAD"))
    assert (answer.status, answer.body) == (404, b"there is no such file\n")
    assert (asked.status, asked.body) == (404, b"")
    assert answer.headers["content-type"] == asked.headers["content-type"] == "text/plain; charset=utf-8"


def test_several_viewers_are_served_at_once(repository: Served) -> None:
    bodies: list[bytes] = []
    threads = [threading.Thread(target=lambda: bodies.append(repository.ask().body)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == [BODY] * 8


def test_headers_of_up_to_32_kb_reach_the_function_and_larger_ones_do_not(repository: Served) -> None:
    assert repository.ask(X_Large="x" * 30_000).status == 200
    assert repository.ask(X_Large="x" * 33_000).status == 494


NOWHERE = S3Origin("http://127.0.0.1:1", "bucket", CREDENTIALS, time.time)


@pytest.mark.parametrize(
    ("made", "status", "body"),
    [
        pytest.param({"status": "401", "body": "who?"}, 401, b"who?", id="401"),
        pytest.param({"status": "204"}, 204, b"", id="204"),
    ],
)
def test_what_the_function_answers_itself_never_goes_to_s3(
    made: dict[str, str], status: int, body: bytes
) -> None:
    with served(lambda _: made, NOWHERE) as running:
        answer = running.ask()
    assert (answer.status, answer.body, running.complaints) == (status, body, [])


def test_the_function_cannot_change_the_event_behind_cloudfronts_back() -> None:
    def change(event: JsonObject) -> object:
        event["Records"][0]["cf"]["request"]["method"] = "DELETE"
        return pass_on(event)

    with served(change, NOWHERE) as running:
        answer = running.ask()
    assert answer.status == 502
    assert b"CloudFront refuses the function's answer: method is read-only" in answer.body
    assert "method is read-only" in running.complaints[0]


def test_a_function_that_fails_is_a_503_and_its_traceback_is_told() -> None:
    def fail(_: JsonObject) -> object:
        raise RuntimeError("oh")

    with served(fail, NOWHERE) as running:
        assert running.ask().status == 503
    assert "RuntimeError: oh" in running.complaints[0]


def test_an_s3_server_that_does_not_answer_is_a_502() -> None:
    with served(pass_on, NOWHERE) as running:
        answer = running.ask()
    assert answer.status == 502
    assert b"the S3 server does not answer" in answer.body
    assert len(running.complaints) == 1


def response_of(event: JsonObject) -> dict[str, Any]:
    response: dict[str, Any] = event["Records"][0]["cf"]["response"]
    return response


@pytest.fixture
def filled(s3_bucket: S3Bucket, aws: str) -> S3Origin:
    """A bucket with one object, as CloudFront asks it."""
    s3_bucket.create(KEY, BODY, Headers("application/zip", "no-cache"))
    credentials = AwsCredentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    return S3Origin(aws, s3_bucket.name, credentials, time.time)


@pytest.mark.parametrize(
    ("uri", "status", "body"),
    [(URI, 200, BODY), ("/packages/none", 404, b"there is no such file\n")],
    ids=str,
)
def test_what_the_origin_function_leaves_alone_is_the_origins(
    filled: S3Origin, uri: str, status: int, body: bytes
) -> None:
    with served(pass_on, filled, response_of) as running:
        answer = running.ask(uri=uri)
    assert (answer.status, answer.body, running.complaints) == (status, body, [])
    assert answer.headers["content-length"] == str(len(body))
    assert "transfer-encoding" not in answer.headers


def test_the_origin_function_sees_each_answer_of_the_origin_and_no_credentials(filled: S3Origin) -> None:
    events: list[JsonObject] = []

    def look(event: JsonObject) -> object:
        events.append(event)
        return response_of(event)

    with served(pass_on, filled, look) as running:
        running.ask(Authorization="Basic eDp5")
        running.ask("HEAD", uri="/packages/none")
        running.ask(If_None_Match=running.ask("HEAD").headers["etag"])

    parts = [event["Records"][0]["cf"] for event in events]
    assert [part["response"]["status"] for part in parts] == ["200", "404", "200", "304"]
    assert parts[1]["request"]["uri"] == "/packages/none"
    assert parts[1]["response"]["headers"]["transfer-encoding"][0]["value"] == "chunked"
    assert "Basic" not in str(events)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_origin_function_makes_takes_the_place_of_the_origins_answer(
    filled: S3Origin, method: str
) -> None:
    def send_away(event: JsonObject) -> object:
        response = response_of(event)
        headers = {**response["headers"], "location": [{"key": "Location", "value": "https://x.example/"}]}
        return {**response, "status": "302", "headers": headers, "body": "over there"}

    with served(pass_on, filled, send_away) as running:
        answer = running.ask(method, uri="/packages/none")

    assert (answer.status, answer.headers["location"]) == (302, "https://x.example/")
    assert answer.body == (b"over there" if method == "GET" else b"")
    assert (answer.headers["content-length"], running.complaints) == ("10", [])


def test_the_origin_function_can_change_the_head_of_an_object(filled: S3Origin) -> None:
    def label(event: JsonObject) -> object:
        response = response_of(event)
        return {**response, "headers": {**response["headers"], "x-test": [{"value": "1"}]}}

    with served(pass_on, filled, label) as running:
        answer = running.ask()

    assert (answer.status, answer.headers["x-test"], answer.body) == (200, "1", BODY)


def test_an_origin_function_that_fails_is_a_503(filled: S3Origin) -> None:
    def fail(_: JsonObject) -> object:
        raise RuntimeError("oh")

    with served(pass_on, filled, fail) as running:
        answer = running.ask()
    assert (answer.status, answer.body) == (503, b"the origin-response function failed\n")
    assert "RuntimeError: oh" in running.complaints[0]


def test_an_origin_function_that_breaks_cloudfronts_rules_is_a_502(filled: S3Origin) -> None:
    with served(pass_on, filled, lambda _: {"status": "302", "headers": {}}) as running:
        answer = running.ask(uri="/packages/none")
    assert answer.status == 502
    assert b"header transfer-encoding is read-only" in answer.body


@contextlib.contextmanager
def s3_that(answers: Callable[[socket.socket], None]) -> Iterator[S3Origin]:
    """An S3 server that answers one request in its own way."""

    def answer_one() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            answers(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer_one)
        thread.start()
        yield S3Origin(f"http://127.0.0.1:{listener.getsockname()[1]}", "bucket", CREDENTIALS, time.time)
        thread.join()


def test_a_body_that_s3_does_not_finish_is_not_passed_off_as_whole() -> None:
    def break_off(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")

    with s3_that(break_off) as origin, served(pass_on, origin) as running:
        with pytest.raises(http.client.IncompleteRead):
            running.ask()
        assert "the S3 server broke off: ConnectionError('7 bytes are missing')" in running.complaints


def test_a_viewer_who_leaves_ends_the_request_to_s3() -> None:
    ended = threading.Event()

    def send_for_ever(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(b"x" * 65_536)
        ended.set()

    with s3_that(send_for_ever) as origin, served(pass_on, origin) as running:
        with socket.create_connection(("127.0.0.1", running.port)) as viewer:
            viewer.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert viewer.recv(1000)
            assert not ended.is_set()
        assert ended.wait(5)
    assert running.complaints == []


def test_what_is_being_sent_at_the_end_has_a_second_left() -> None:
    def send_half(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        stop.wait(10)

    stop = threading.Event()
    with s3_that(send_half) as origin, served(pass_on, origin) as running:
        with socket.create_connection(("127.0.0.1", running.port)) as viewer:
            viewer.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert viewer.recv(1, socket.MSG_PEEK)
            running.web.begin_stop()
            started = time.monotonic()
            assert b"".join(iter(lambda: viewer.recv(1000), b"")).startswith(b"HTTP/1.1 200 OK\r\n")
            assert 0.9 < time.monotonic() - started < 3
        stop.set()
