"""An S3 server on loopback that answers as it is told, well or badly."""

from __future__ import annotations

import contextlib
import http.server
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Script = Callable[["_Handler"], None]


class S3Double(http.server.ThreadingHTTPServer):
    """Answers each request with the next of its scripts; keeps ``requests`` as (path, headers)."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scripts: list[Script] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.connections = 0
        self.is_over = threading.Event()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: S3Double

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers.items())))
        with contextlib.suppress(ConnectionError):  # the reader gave up, as it should
            self.server.scripts.pop(0)(self)

    def log_message(self, *_arguments: object) -> None:
        pass


@contextlib.contextmanager
def s3_double() -> Iterator[S3Double]:
    """Run a double; end it, and all that hangs in it, at the end."""
    with S3Double() as double:
        thread = threading.Thread(target=double.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield double
        finally:
            double.is_over.set()
            double.shutdown()
            thread.join()


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Script:
    """A whole answer, with a length; ``headers`` are written with underscores."""

    def script(handler: _Handler) -> None:
        _send_head(handler, status, {"Content_Length": str(len(body)), **headers})
        handler.wfile.write(body)

    return script


def without_length(body: bytes) -> Script:
    """An answer that ends when the connection does."""

    def script(handler: _Handler) -> None:
        _send_head(handler, 200, {"ETag": '"1"', "Connection": "close"})
        handler.wfile.write(body)

    return script


def cut_short(body: bytes) -> Script:
    """An answer that breaks off in the middle."""

    def script(handler: _Handler) -> None:
        _send_head(handler, 200, {"ETag": '"1"', "Content_Length": str(2 * len(body))})
        handler.wfile.write(body)
        handler.close_connection = True

    return script


def dripping(handler: _Handler) -> None:
    """An answer that never stands still for long, and never ends."""
    _send_head(handler, 200, {"ETag": '"1"', "Content_Length": "10000"})
    while not handler.server.is_over.wait(0.02):
        handler.wfile.write(b" ")


def hanging(handler: _Handler) -> None:
    """No answer at all."""
    handler.server.is_over.wait(10)
    handler.close_connection = True


def hanging_up(handler: _Handler) -> None:
    """The end of the connection instead of an answer."""
    handler.close_connection = True


def garbage(handler: _Handler) -> None:
    """Not HTTP."""
    handler.wfile.write(b"\x00\x01\x02\r\n\r\n")
    handler.close_connection = True


def _send_head(handler: _Handler, status: int, headers: dict[str, str]) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
