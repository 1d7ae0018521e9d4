"""A public index, which strangers may fill: PEP 503 pages and files on loopback; it keeps what was asked."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_edge.keys import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class Asked(NamedTuple):
    """A request; the names of its headers are in lower case."""

    path: str
    headers: Mapping[str, str]


@dataclass
class PublicIndex:
    """The files of ``folder``, served on 127.0.0.1; ``is_closed`` where it asks everyone for credentials."""

    folder: Path
    asked: list[Asked] = field(default_factory=list)
    is_closed: bool = False
    port: int = 0

    def url(self, host: str) -> str:
        return f"http://{host}:{self.port}/simple/"

    def sees_no_credentials(self, secret: str) -> bool:
        """Whether no request had an Authorization header, or the secret anywhere in it."""
        return not any("authorization" in asked.headers or secret in str(asked) for asked in self.asked)

    def answer(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        """Status, content type and body for a path: ``/simple/<project>/`` and ``/files/<name>``."""
        match path.split("/"):
            case ["", "simple", project, ""] if links := self._links(project):
                return HTTPStatus.OK, "text/html", f"<!DOCTYPE html><body>{links}</body>".encode()
            case ["", "files", name] if (self.folder / name).exists():
                return HTTPStatus.OK, "application/octet-stream", (self.folder / name).read_bytes()
        return HTTPStatus.NOT_FOUND, "text/plain", b""

    def _links(self, project: str) -> str:
        files = sorted(f for f in self.folder.iterdir() if normalize(f.name.split("-")[0]) == project)
        hashes = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in files}
        # Relative, so a client that took them for relative to the address it asked first would not find them.
        return "".join(f'<a href="../../files/{n}#sha256={digest}">{n}</a>' for n, digest in hashes.items())


@contextlib.contextmanager
def public_index(folder: Path) -> Iterator[PublicIndex]:
    """Serve the files of a folder as long as the block lasts."""
    index = PublicIndex(folder)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            index.asked.append(Asked(self.path, {n.lower(): v for n, v in self.headers.items()}))
            status, content_type, body = index.answer(self.path)
            if index.is_closed:
                status = HTTPStatus.UNAUTHORIZED
                self.send_response(status)
                self.send_header("WWW-Authenticate", 'Basic realm="public"')
            else:
                self.send_response(status)
            self.send_header("Cache-Control", "max-age=600, public")  # as PyPI has it
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = _answer  # noqa: N815  # the names that http.server calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        index.port = server.server_port
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()
