"""As much of HTTP/1.1 as reading an object takes.

http.client would do, but it brings the parser for e-mail along: a third of all imports at a cold start.
"""

from __future__ import annotations

import contextlib
import re
import socket
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import BufferedReader
    from ssl import SSLContext

_LONGEST_LINE = 65_536  # bytes
_MOST_HEADERS = 100
_STATUS = re.compile(rb"HTTP/1\.([01]) ([0-9]{3})(?: .*)?")
_SENDABLE = re.compile(r"[\t -~]*")


class HttpError(Exception):
    """It went wrong; the message has nothing in it that was sent or received."""


class Head(NamedTuple):
    """What comes before the body; header names in lower case. ``length`` is None where nobody knows it."""

    status: int
    headers: Mapping[str, str]
    length: int | None


class Connection:
    """A connection to one host, opened when needed, closed when it must be. For one thread at a time."""

    def __init__(self, host: str, port: int, *, timeout: float, context: SSLContext | None = None) -> None:
        # As bytes, or Python would load its tables for names beyond ASCII.
        self.host = host.encode("ascii")
        self.port = port
        self.context = context
        self.sock: socket.socket | None = None
        self._timeout = timeout
        self._stream: BufferedReader | None = None
        self._is_last = False

    def connect(self) -> None:
        """Open it. Raises OSError."""
        address: Any = (self.host, self.port)
        sock = socket.create_connection(address, self._timeout)
        self.sock = sock
        if self.context is not None:
            self.sock = self.context.wrap_socket(sock, server_hostname=self.host)
        self._stream = self.sock.makefile("rb")

    def get(self, path: str, headers: Mapping[str, str]) -> Head:
        """Ask, and read what comes before the body. Raises HttpError and OSError."""
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        if not all(map(_SENDABLE.fullmatch, lines)):
            raise HttpError("a header cannot be sent")
        if self.sock is None:
            self.connect()
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))  # type: ignore[union-attr]  # it is open
        return self._head()

    def body(self, head: Head) -> bytes:
        """The body, all of it. Raises HttpError and OSError; HttpError for a length that nobody knows."""
        if head.length is None:
            raise HttpError("the answer has no length")
        content = self._stream.read(head.length) if self._stream else b""
        if len(content) < head.length:
            raise HttpError("the answer was cut short")
        if self._is_last:
            self.close()
        return content

    def hang_up(self) -> None:
        """Wake a thread that still reads or writes, which then fails. For any thread."""
        sock = self.sock
        if sock is not None:
            with contextlib.suppress(OSError):  # it may have been closed at this moment
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close it; the next request opens it again."""
        for end in (self._stream, self.sock):
            if end is not None:
                end.close()
        self.sock = self._stream = None

    def _head(self) -> Head:
        match = _STATUS.fullmatch(self._line())
        if match is None:
            raise HttpError("the answer is not HTTP")
        headers = self._headers()
        status = int(match[2])
        self._is_last = match[1] == b"0" or "close" in headers.get("connection", "").lower()
        return Head(status, headers, _length(status, headers))

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(_MOST_HEADERS):
            line = self._line()
            if not line:
                return headers
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or not name or name != name.strip():
                raise HttpError("the answer has a bad header")
            # A header that came twice has no number for a length then.
            headers[name.lower()] = ", ".join(filter(None, (headers.get(name.lower()), value.strip())))
        raise HttpError("the answer has too many headers")

    def _line(self) -> bytes:
        line = self._stream.readline(_LONGEST_LINE) if self._stream else b""
        if not line.endswith(b"\n"):
            raise HttpError("the answer broke off" if line else "the server hung up")
        return line.rstrip(b"\r\n")


def _length(status: int, headers: Mapping[str, str]) -> int | None:
    # RFC 9112, 6.3: "any response with a 1xx (Informational), 204 (No Content), or 304 (Not Modified) status
    # code is always terminated by the first empty line after the header fields".
    if status in (204, 304):
        return 0
    text = headers.get("content-length", "")
    # "If a message is received with both a Transfer-Encoding and a Content-Length header field, the
    # Transfer-Encoding overrides the Content-Length": there is none that is understood here.
    return int(text) if re.fullmatch("[0-9]{1,15}", text) and "transfer-encoding" not in headers else None
