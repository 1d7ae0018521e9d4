"""A repository on loopback that knows two visitors, and a configuration for it."""

from __future__ import annotations

import base64
import contextlib
import io
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest
from keyring.core import load_keyring

from s3pypi_keyring import session_cache
from s3pypi_keyring.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from keyring.backend import KeyringBackend


TOKEN = "s3p_k3v9_secret"
PASSWORD = "pässword, not latin: пароль"


def backend() -> KeyringBackend:
    """Make our backend, as keyring makes it."""
    return load_keyring("s3pypi_keyring.backend.S3PyPIKeyring")


def answer(service: str, username: str | None = None) -> tuple[str, str] | None:
    """Ask our backend for credentials."""
    credential = backend().get_credential(service, username)
    return None if credential is None else (credential.username, credential.password)


@pytest.fixture(autouse=True)
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test caches is not there for the next."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(session_cache, "_memory", {})


@dataclass
class Answers:
    """What the repository says to whom it knows; ``refusals`` is how often it refuses them first.

    A stranger gets ``stranger``, with ``challenge`` where there is one. ``seen`` is what was sent to it:
    credentials, and nothing for a stranger.
    """

    url: str = ""
    status: int = 200
    location: str = ""
    refusals: int = 0
    stranger: int = 401
    challenge: str = 'Basic realm="acme"'
    seen: list[str] = field(default_factory=list)

    def answer(self, authorization: str) -> int:
        """Return the status for a request with the given header."""
        credentials = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        self.seen.append(credentials)
        if not credentials:
            return self.stranger
        known = credentials.endswith(f":{TOKEN}") or credentials == f"alice:{PASSWORD}"
        if self.refusals or not known:
            self.refusals -= 1
            return 401
        return self.status


@pytest.fixture
def repository() -> Iterator[Answers]:
    """A repository that answers at ``.url``."""
    answers = Answers()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(answers.answer(self.headers.get("Authorization", "")))
            for name, value in (("Location", answers.location), ("WWW-Authenticate", answers.challenge)):
                if value:
                    self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_args: object, **_named: object) -> None:
            """Keep standard error for what is tested."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, _served(server):
        answers.url = f"http://127.0.0.1:{server.server_port}/simple/"
        yield answers


@contextlib.contextmanager
def _served(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture
def config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty configuration file that S3PYPI_CONFIG names."""
    path = tmp_path / "config.toml"
    path.touch()
    monkeypatch.setenv("S3PYPI_CONFIG", str(path))
    return path


class Outcome(NamedTuple):
    """What a command ended with and said."""

    code: int
    out: str
    err: str


class Run(Protocol):
    """Runs ``s3pypi-keyring`` with arguments and a standard input."""

    def __call__(self, *argv: str, stdin: str = "") -> Outcome: ...


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process."""

    def run(*argv: str, stdin: str = "") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        return Outcome(main(argv), *capsys.readouterr())

    return run
