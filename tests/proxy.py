"""A proxy on loopback, before a real S3 server: it counts requests, and lets a test stop one."""

from __future__ import annotations

import contextlib
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# RFC 9110, 7.6.1: these are between two neighbours, and not forwarded.
_HOP_BY_HOP = {"connection", "expect", "keep-alive", "transfer-encoding"}


class Dropped(Exception):
    """Raised by a test's hook: the request is not forwarded, and its connection is closed."""


@contextlib.contextmanager
def proxy(endpoint: str, before: Callable[[int, str], None]) -> Iterator[str]:
    """Forward to ``endpoint``; yield the proxy's own endpoint URL.

    ``before`` is called with the number of each request (from 0) and its line (``PUT /bucket/key``), one
    request at a time, before it is forwarded.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(urlsplit(endpoint).netloc, before))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(upstream: str, before: Callable[[int, str], None]) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()
    numbers = iter(range(1_000_000))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                with lock:
                    before(next(numbers), f"{self.command} {self.path}")
            except Dropped:
                self.close_connection = True
                return
            with contextlib.closing(http.client.HTTPConnection(upstream)) as connection:
                connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in _HOP_BY_HOP:
                        connection.putheader(name, value)
                connection.endheaders(body)
                self._answer(connection.getresponse())

        def _answer(self, response: http.client.HTTPResponse) -> None:
            body = response.read()
            self.send_response_only(response.status, response.reason)
            for name, value in response.getheaders():
                if name.lower() not in {*_HOP_BY_HOP, "content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", response.headers.get("Content-Length", str(len(body))))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # a client that was killed does not read on
                self.wfile.write(body)

        do_GET = do_HEAD = do_PUT = _forward  # noqa: N815  # the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            """Stay quiet."""

    return Handler
