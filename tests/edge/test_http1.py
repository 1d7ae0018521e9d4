from __future__ import annotations

import contextlib
import http.server
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_edge.http1 import Connection, HttpError

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 5\r\n\r\nusers'


class Wire(Connection):
    """A connection over which ``said`` comes, and then the end; what is sent goes to ``other``."""

    def __init__(self, said: bytes) -> None:
        super().__init__("s3.example", 80, timeout=5)
        self.said = said
        self.opened = 0
        self.other = socket.socket(socket.AF_UNIX)

    def connect(self) -> None:
        self.opened += 1
        self.other.close()
        self.sock, self.other = socket.socketpair()
        self.other.sendall(self.said)
        self.other.shutdown(socket.SHUT_WR)
        self._stream = self.sock.makefile("rb")


@contextlib.contextmanager
def wire(said: bytes) -> Iterator[Wire]:
    connection = Wire(said)
    try:
        yield connection
    finally:
        connection.close()
        connection.other.close()


def _read(said: bytes) -> tuple[int, bytes]:
    with wire(said) as connection:
        head = connection.get("/x", {})
        return head.status, connection.body(head)


def test_what_is_asked_is_what_is_sent() -> None:
    with wire(WHOLE) as connection:
        head = connection.get("/acme/a%20b?x=1", {"host": "s3.example", "x-tab": "a\tb"})
        assert connection.other.recv(1000) == (
            b"GET /acme/a%20b?x=1 HTTP/1.1\r\nhost: s3.example\r\nx-tab: a\tb\r\n\r\n"
        )
        assert (head.status, head.headers["etag"], head.length) == (200, '"1"', 5)
        assert connection.body(head) == b"users"


@pytest.mark.parametrize(
    ("said", "read"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", (200, b""), id="nothing"),
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nxyz", (200, b"x"), id="no reason, and more"),
        pytest.param(b"HTTP/1.0 200 OK\ncontent-length:2\n\nxy", (200, b"xy"), id="bare line ends"),
        pytest.param(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", (304, b""), id="unchanged"),
        pytest.param(b"HTTP/1.1 204 None\r\n\r\n", (204, b""), id="no content"),
        pytest.param(
            b"HTTP/1.1 404 \xe9\r\nX: \xe9\r\nx: 2\r\nContent-Length: 1\r\n\r\nx", (404, b"x"), id="odd bytes"
        ),
    ],
)
def test_an_answer_is_read(said: bytes, read: tuple[int, bytes]) -> None:
    assert _read(said) == read


@pytest.mark.parametrize(
    ("said", "message"),
    [
        pytest.param(b"", "hung up", id="nothing"),
        pytest.param(b"HTTP/1.1 200", "broke off", id="half a line"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", "hung up", id="half a head"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nuser", "cut short", id="half a body"),
        pytest.param(b"HTTP/2 200\r\n\r\n", "not HTTP", id="another version"),
        pytest.param(b"HTTP/1.1 2000 OK\r\n\r\n", "not HTTP", id="four digits"),
        pytest.param(b" HTTP/1.1 200 OK\r\n\r\n", "not HTTP", id="a space in front"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", "not HTTP", id="another protocol"),
        pytest.param(b"x" * 70_000, "broke off", id="an endless line"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 101 + b"\r\n", "too many", id="too many"),
        pytest.param(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "bad header", id="no colon"),
        pytest.param(b"HTTP/1.1 200 OK\r\n: x\r\n\r\n", "bad header", id="no name"),
        pytest.param(b"HTTP/1.1 200 OK\r\nA: b\r\n c: d\r\n\r\n", "bad header", id="folded"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\nusers", "no length", id="no length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "no length", id="negative length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n", "no length", id="length in hex"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
            "no length",
            id="two lengths",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "no length",
            id="chunks",
        ),
    ],
)
def test_anything_else_is_an_error(said: bytes, message: str) -> None:
    with pytest.raises(HttpError, match=message):
        _read(said)


@given(st.binary(max_size=80), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", WHOLE[:-5], WHOLE]))
def test_no_bytes_at_all_break_it(said: bytes, beginning: bytes) -> None:
    with contextlib.suppress(HttpError):
        assert _read(beginning + said)[0] in range(1000)


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "\x00", "\xe9", "\u20ac"], ids=ascii)
def test_a_header_that_would_become_two_is_not_sent(value: str) -> None:
    with wire(WHOLE) as connection:
        with pytest.raises(HttpError, match="cannot be sent"):
            connection.get("/", {"x": value})
        with pytest.raises(HttpError, match="cannot be sent"):
            connection.get(f"/{value}", {})
        assert connection.opened == 0


@pytest.mark.parametrize(
    ("said", "opened"),
    [
        pytest.param(WHOLE + WHOLE, 1, id="kept"),
        pytest.param(WHOLE.replace(b"ETag", b"Connection: Close\r\nETag"), 2, id="closed by the server"),
        pytest.param(WHOLE.replace(b"1.1", b"1.0"), 2, id="of an old server"),
    ],
)
def test_a_connection_is_kept_when_the_server_keeps_it(said: bytes, opened: int) -> None:
    with wire(said) as connection:
        for _ in range(2):
            assert connection.body(connection.get("/", {})) == b"users"
        assert connection.opened == opened


def test_a_body_is_not_read_from_a_connection_that_is_closed() -> None:
    with wire(WHOLE) as connection:
        head = connection.get("/", {})
        connection.close()
        connection.close()
        with pytest.raises(HttpError, match="cut short"):
            connection.body(head)


def test_hanging_up_ends_it_for_whoever_reads() -> None:
    with wire(WHOLE) as connection:
        connection.hang_up()  # which does nothing to what is not open
        head = connection.get("/", {})
        assert connection.sock is not None
        connection.hang_up()
        assert connection.sock.recv(1) == b""
        connection.sock.close()
        connection.hang_up()  # nor to what was closed at the same moment
        assert head.status == 200


class _Users(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.wfile.write(WHOLE)


@contextlib.contextmanager
def _tls_server(authority: trustme.CA, name: str) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Users) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # whom the client did not trust
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("name", "is_trusted", "is_read"),
    [
        pytest.param("127.0.0.1", True, True, id="itself"),
        pytest.param("127.0.0.2", True, False, id="another name"),
        pytest.param("127.0.0.1", False, False, id="another authority"),
    ],
)
def test_over_tls_the_server_has_to_be_who_it_should_be(
    name: str, *, is_trusted: bool, is_read: bool
) -> None:
    authority, context = trustme.CA(), ssl.create_default_context()
    (authority if is_trusted else trustme.CA()).configure_trust(context)
    with _tls_server(authority, name) as port:
        connection = Connection("127.0.0.1", port, timeout=5, context=context)
        expectation = contextlib.nullcontext() if is_read else pytest.raises(ssl.SSLCertVerificationError)
        with expectation, contextlib.closing(connection):
            assert connection.body(connection.get("/", {})) == b"users"
