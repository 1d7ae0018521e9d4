from __future__ import annotations

import contextlib
import http.server
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.origin import Origin
from s3pypi_deploy.web import DirectWeb, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.loopback


class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{self.path} {self.headers.get('X-Test')}".encode()
        self.send_response(418)
        self.send_header("X-Answer", "yes")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nobody reads a log."""


@contextlib.contextmanager
def serving() -> Iterator[int]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_path_goes_out_byte_for_byte() -> None:
    with serving() as port:
        answer = DirectWeb().get(Origin("http", "127.0.0.1", port), "/a/../%2e%2e/b", {"X-Test": "1"})
    assert (answer.status, answer.body) == (418, b"/a/../%2e%2e/b 1")
    assert answer.headers["x-answer"] == "yes"


def test_what_is_not_tls_is_not_believed() -> None:
    with serving() as port, pytest.raises(NoAnswer) as error:
        DirectWeb().get(Origin("https", "127.0.0.1", port), "/")
    assert error.value.is_tls


def test_nobody_is_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(NoAnswer, match=f"http://127.0.0.1:{port}: ") as error:
        DirectWeb().get(Origin("http", "127.0.0.1", port), "/")
    assert not error.value.is_tls


def test_a_name_that_no_host_can_have_is_not_answered() -> None:
    with pytest.raises(NoAnswer, match=r"https://x+\.example:443: .*label"):
        DirectWeb().get(Origin("https", f"{'x' * 64}.example", 443), "/")
