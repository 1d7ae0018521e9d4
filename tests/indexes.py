"""Indexes on this machine, for programs that read one: a bucket of ours, or pages written by hand."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from s3pypi_core.bucket import RECORD_HEADERS
from s3pypi_edge.keys import ROOT_RECORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from s3pypi_core.bucket import Bucket


class Answer(NamedTuple):
    """What a server says; ``headers`` are further ones, or another Content-Length."""

    body: bytes
    content_type: str = "application/octet-stream"
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})


JSON = RECORD_HEADERS.content_type
HTML = "text/html"
ABSENT = Answer(b"", HTML, 404)


@contextlib.contextmanager
def serving(answer: Callable[[str, str | None], Answer]) -> Iterator[str]:
    """Serve what ``answer`` gives for a path and an Authorization header; yield the address of the host."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = answer(unquote(self.path), self.headers["Authorization"])
            self.send_response(given.status)
            headers = {"Content-Type": given.content_type, "Content-Length": str(len(given.body))}
            for name, value in {**headers, **given.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(given.body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def index_of(bucket: Bucket) -> Iterator[str]:
    """Serve a repository in JSON, to whoever asks; yield the address of its index."""

    def answer(path: str, _authorization: str | None) -> Answer:
        place = path.removeprefix("/simple/")
        key = ROOT_RECORD if not place else f"packages/{place}{'index.json' if place.endswith('/') else ''}"
        found = bucket.get(key)
        if found is None:
            return ABSENT
        return Answer(found.body, JSON if key.endswith(".json") else "application/octet-stream")

    with serving(answer) as host:
        yield f"{host}/simple/"


def installed(index_url: str, *requirements: str) -> dict[str, str]:
    """What pip would install from there: the sha256 of each file, by the name and version of its project."""
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet"]
    options = ["--no-cache-dir", "--report", "-", "--isolated", "--index-url", index_url]
    done = subprocess.run([*pip, *options, *requirements], capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    found = {}
    for each in json.loads(done.stdout)["install"]:
        about, archive = each["metadata"], each["download_info"]["archive_info"]
        found[f"{about['name']}=={about['version']}"] = archive["hashes"]["sha256"]
    return found


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
