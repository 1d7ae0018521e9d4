"""One S3 object, read by the standard library, with one deadline for everything."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

from s3pypi_edge.http1 import Connection, HttpError
from s3pypi_edge.sigv4 import sign
from s3pypi_edge.store import Document, StoreError
from s3pypi_edge.urls import split_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_edge.sigv4 import AwsCredentials

DEADLINE = 2.5  # seconds for a whole read: name look-up, connection, TLS, headers, body
LARGEST_OBJECT = 16 * 2**20  # bytes

_OK, _NOT_MODIFIED = 200, 304
_KEPT_ALIVE = 0.8  # seconds until a connection that was kept is given up for a new one


def object_url(bucket: str, key: str, *, region: str, endpoint: str | None = None) -> str:
    """Where an object with a plain ASCII key is read, percent-encoding aside."""
    if endpoint is not None:
        return f"{endpoint}/{bucket}/{key}"
    # The certificate of *.s3.REGION.amazonaws.com does not hold for a bucket name with dots.
    if "." in bucket:
        return f"https://s3.{region}.amazonaws.com/{bucket}/{key}"
    return f"https://{bucket}.s3.{region}.amazonaws.com/{key}"


def connector(url: str) -> Callable[[], Connection]:
    """A maker of connections to the URL's host; the TLS context, which is dear, is made once, here."""
    address = split_url(url)
    host, _, port = address.netloc.partition(":")
    if address.scheme == "http":
        return lambda: Connection(host, int(port or 80), timeout=DEADLINE)
    import ssl  # noqa: PLC0415  # it takes time to load

    context = ssl.create_default_context()
    return lambda: Connection(host, int(port or 443), timeout=DEADLINE, context=context)


class S3Reader:
    """Reads one object, again and again, over one connection. For one thread at a time."""

    def __init__(
        self,
        url: str,
        *,
        region: str,
        credentials: AwsCredentials,
        connect: Callable[[], Connection],
        wall: Callable[[], float],
        deadline: float = DEADLINE,
    ) -> None:
        self._url = url
        self._region = region
        self._credentials = credentials
        self._connect = connect
        self._wall = wall
        self._deadline = deadline
        self._connection: Connection | None = None

    def read(self, etag: str | None) -> Document | None:
        """The object, or None when it still has this ETag. Raises StoreError, within the deadline."""
        headers = sign(
            "GET",
            self._url,
            credentials=self._credentials,
            region=self._region,
            service="s3",
            now=self._wall(),
            headers={"if-none-match": etag} if etag else {},
        )
        connection, self._connection = self._connection or self._connect(), None
        exchange = _Exchange(connection, split_url(self._url).path, headers)
        exchange.start()
        exchange.join(self._deadline)
        document = exchange.outcome(self._deadline)
        self._connection = connection
        return document

    def close(self) -> None:
        """Close the connection; the next read opens another."""
        if self._connection is not None:
            self._connection.close()


class _Exchange(threading.Thread):
    """One request and its answer, in a thread of its own, because a name look-up knows no time-out."""

    def __init__(self, connection: Connection, path: str, headers: dict[str, str]) -> None:
        super().__init__(name="S3 read", daemon=True)
        self._connection = connection
        self._path = path
        self._headers = headers
        self._document: Document | None = None
        self._failure: str | None = None
        self._is_abandoned = False

    def run(self) -> None:
        try:
            self._document = self._ask_again_if_stale()
        except (StoreError, HttpError) as error:
            self._failure = str(error)
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller raises it as its own
            # Only its name: who knows what it quotes.
            self._failure = f"reading it failed with {type(error).__name__}"
        if self._failure is not None or self._is_abandoned:
            self._connection.close()

    def outcome(self, deadline: float) -> Document | None:
        """What was read. Raises StoreError if that failed, or is not over."""
        if self.is_alive():
            self._abandon()
            raise StoreError(f"no answer within {deadline:g} s")
        if self._failure is not None:
            raise StoreError(self._failure)
        return self._document

    def _abandon(self) -> None:
        self._is_abandoned = True
        sock = self._connection.sock
        if sock is not None:
            with contextlib.suppress(OSError):  # it may have been closed at this moment
                sock.shutdown(socket.SHUT_RDWR)  # wakes the thread, which then ends

    def _ask_again_if_stale(self) -> Document | None:
        if self._connection.sock is not None:
            self._connection.sock.settimeout(_KEPT_ALIVE)
            with contextlib.suppress(OSError, HttpError):
                return self._ask()
            self._connection.close()  # the next request opens it anew
        return self._ask()

    def _ask(self) -> Document | None:
        head = self._connection.get(self._path, self._headers)
        if head.status == _NOT_MODIFIED:
            self._connection.body(head)
            return None
        if head.status != _OK:
            raise StoreError(f"S3 answered {head.status}")
        # Without a length, an answer that was cut short looks like a whole one.
        if head.length is None or head.length > LARGEST_OBJECT:
            raise StoreError("S3 sent no length, or too much")
        etag = head.headers.get("etag")
        if not etag:
            raise StoreError("S3 sent no ETag")
        return Document(self._connection.body(head), etag)
