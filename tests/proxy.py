"""A proxy on loopback, before a real S3 server: it counts requests, and lets a test decide on each.

A fault is a function of an ``Exchange``; what it does not do does not happen.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Fault = Callable[["Exchange"], None]
    Rule = Callable[["Request"], Fault | None]

# RFC 9110, 7.6.1: these are between two neighbours, and not forwarded.
_HOP_BY_HOP = {"connection", "expect", "keep-alive", "transfer-encoding"}
_NOT_COPIED = {*_HOP_BY_HOP, "content-length"}


class Request(NamedTuple):
    """A request: its number (from 0), and how many with the same method and path came before it."""

    number: int
    method: str
    path: str
    before: int

    @property
    def line(self) -> str:
        """What it asks for: ``PUT /bucket/key``."""
        return f"{self.method} {self.path}"


@contextlib.contextmanager
def proxy(endpoint: str, rule: Rule) -> Iterator[str]:
    """Forward to ``endpoint``; yield the proxy's own endpoint URL.

    ``rule`` is asked about each request, one at a time, before anything is forwarded: it returns the fault
    that is to strike, or None. At the end the proxy waits for the requests that are still under way.
    """
    server = _Server(urlsplit(endpoint).netloc, rule)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.settle()
        server.server_close()


class Exchange:
    """One request whose body is still to be read, and the client that waits for its answer."""

    def __init__(self, request: Request, handler: _Handler, upstream: str) -> None:
        self.request = request
        self._handler = handler
        self._upstream = upstream
        self._unread = int(handler.headers.get("Content-Length", 0))

    def forward(self) -> bytes:
        """Send the whole request on; return the server's answer as a client would read it."""
        with self._sent(self._unread) as connection:
            return _as_sent(connection.getresponse())

    def forward_half(self) -> None:
        """Send the head of the request and half of its body on, and break that connection off."""
        with self._sent(self._unread // 2) as connection:
            _break_off(connection.sock)

    def answer(self, answer: bytes) -> None:
        """Send bytes to the client, whose request is read to its end first."""
        self._read(self._unread)
        self._handler.connection.sendall(answer)

    def hang_up(self) -> None:
        """Close the client's connection, which is a reset if not all of its request has been read."""
        self._handler.close_connection = True

    def reset(self) -> None:
        """Break the client's connection off, in the middle of whatever it is doing."""
        _break_off(self._handler.connection)
        self.hang_up()

    def _read(self, amount: int) -> bytes:
        self._unread -= amount
        body = self._handler.rfile.read(amount)
        if len(body) < amount:
            raise ConnectionAbortedError
        return body

    @contextlib.contextmanager
    def _sent(self, amount: int) -> Iterator[http.client.HTTPConnection]:
        body = self._read(amount)
        with contextlib.closing(http.client.HTTPConnection(self._upstream)) as connection:
            connection.putrequest(
                self.request.method, self.request.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in self._handler.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    connection.putheader(name, value)
            connection.endheaders(body)
            yield connection


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, upstream: str, rule: Rule) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._upstream = upstream
        self._rule = rule
        self._seen: Counter[str] = Counter()
        self._under_way = 0
        self._changed = threading.Condition()

    def exchange(self, handler: _Handler) -> None:
        """Let the rule decide on a request, and do what it says."""
        with self._changed:
            line = f"{handler.command} {handler.path}"
            request = Request(self._seen.total(), handler.command, handler.path, self._seen[line])
            self._seen[line] += 1
            self._under_way += 1
            fault = self._rule(request) or pass_on
        try:
            fault(Exchange(request, handler, self._upstream))
        except ConnectionError:  # the client has given up, or was killed
            handler.close_connection = True
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def settle(self) -> None:
        """Wait until no request is under way."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close a connection without the farewell that would go before a reset."""
        self.close_request(request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle(self) -> None:
        """Stay quiet about a client that goes away between two requests: tests read standard error."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def _exchange(self) -> None:
        self.server.exchange(self)

    # The names that http.server calls.
    do_DELETE = do_GET = do_HEAD = do_POST = do_PUT = _exchange  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Stay quiet."""


def pass_on(exchange: Exchange) -> None:
    """Forward, and answer: no fault at all."""
    exchange.answer(exchange.forward())


def _as_sent(response: http.client.HTTPResponse) -> bytes:
    body = response.read()
    headers = [(name, value) for name, value in response.getheaders() if name.lower() not in _NOT_COPIED]
    headers.append(("Content-Length", response.headers.get("Content-Length", str(len(body)))))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {response.status} {response.reason}\r\n{head}\r\n".encode("latin-1") + body


def _break_off(connection: socket.socket) -> None:
    """Make the coming close of a connection a reset (RST)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
