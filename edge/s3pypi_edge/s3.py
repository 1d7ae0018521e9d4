"""One S3 object, read by the standard library, with one deadline for everything."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from s3pypi_edge.deadline import within
from s3pypi_edge.http1 import HttpError
from s3pypi_edge.sigv4 import sign
from s3pypi_edge.store import Document, StoreError
from s3pypi_edge.urls import split_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s3pypi_edge.connector import Connector
    from s3pypi_edge.http1 import Connection
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


class S3Reader:
    """Reads one object, again and again, over one connection. For one thread at a time."""

    def __init__(
        self,
        url: str,
        *,
        region: str,
        credentials: AwsCredentials,
        connector: Connector,
        wall: Callable[[], float],
        deadline: float = DEADLINE,
    ) -> None:
        self._url = url
        self._region = region
        self._credentials = credentials
        self._connector = connector
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
        path = split_url(self._url).path
        try:
            document = within(self._deadline, lambda: _ask(connection, path, headers), connection)
        except (StoreError, HttpError) as error:
            raise StoreError(str(error)) from None
        except TimeoutError:
            raise StoreError(f"no answer within {self._deadline:g} s") from None
        except Exception as error:  # noqa: BLE001  # only its name: who knows what it quotes
            raise StoreError(f"reading it failed with {type(error).__name__}") from None
        self._connection = connection
        return document

    def _connect(self) -> Connection:
        return self._connector.connection(self._url, timeout=DEADLINE)

    def close(self) -> None:
        """Close the connection; the next read opens another."""
        if self._connection is not None:
            self._connection.close()


def _ask(connection: Connection, path: str, headers: Mapping[str, str]) -> Document | None:
    """Ask, and once more over a new connection where the one that was kept has gone stale."""
    if connection.sock is not None:
        connection.sock.settimeout(_KEPT_ALIVE)
        with contextlib.suppress(OSError, HttpError):
            return _ask_once(connection, path, headers)
        connection.close()  # the next request opens it anew
    return _ask_once(connection, path, headers)


def _ask_once(connection: Connection, path: str, headers: Mapping[str, str]) -> Document | None:
    head = connection.get(path, headers)
    if head.status == _NOT_MODIFIED:
        connection.body(head)
        return None
    if head.status != _OK:
        raise StoreError(f"S3 answered {head.status}")
    # Without a length, an answer that was cut short looks like a whole one.
    if head.length is None or head.length > LARGEST_OBJECT:
        raise StoreError("S3 sent no length, or too much")
    etag = head.headers.get("etag")
    if not etag:
        raise StoreError("S3 sent no ETag")
    return Document(connection.body(head), etag)
