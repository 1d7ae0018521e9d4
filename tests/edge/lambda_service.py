"""Lambda's side of the Runtime API, on loopback: it hands out events, and keeps what the function says."""

from __future__ import annotations

import contextlib
import http.server
import json
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_API = "/2018-06-01/runtime"


class LambdaService(http.server.ThreadingHTTPServer):
    """Gives each of ``events`` to whoever asks for the next one; ``said`` has (path, answer) of each."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events = list(events)
        self.said: list[tuple[str, Any]] = []
        self.wanted = len(events)
        self.is_done = threading.Event()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LambdaService

    def do_GET(self) -> None:
        if not self.server.events:  # pragma: no cover - it is chance whether it asks before it is ended
            self.server.is_done.wait(30)  # no event comes any more: the runtime waits, and is ended
            self.close_connection = True
            return
        number = self.server.wanted - len(self.server.events)
        self._send(200, json.dumps(self.server.events.pop(0)).encode(), str(number))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.said.append((self.path.removeprefix(_API), json.loads(body)))
        if len(self.server.said) == self.server.wanted or "/init/" in self.path:
            self.server.is_done.set()
        self._send(202, b"{}", "0")

    def _send(self, status: int, body: bytes, request_id: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Lambda-Runtime-Aws-Request-Id", request_id)
        self.send_header("Lambda-Runtime-Deadline-Ms", "4000000000000")
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:1:function:edge:1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


def invoke(
    task: Path, handler: str, events: list[dict[str, Any]], environ: Mapping[str, str]
) -> tuple[list[tuple[str, Any]], str]:
    """Run AWS's runtime client on the function in ``task``; return what it said to Lambda, and its log."""
    with _serving(LambdaService(events)) as service:
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", handler],
            cwd=task,
            env={**environ, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{service.server_port}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        was_done = service.is_done.wait(30)
        process.terminate()
        log, _ = process.communicate(timeout=30)
    assert was_done, log
    return service.said, log


@contextlib.contextmanager
def _serving(service: LambdaService) -> Iterator[LambdaService]:
    with service:
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            service.is_done.set()
            service.shutdown()
            thread.join()
