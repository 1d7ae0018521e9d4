"""CloudFront's side towards S3: signed requests (origin access control), and what it passes on."""

from __future__ import annotations

import contextlib
import http.client
import socket
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from s3pypi_edge.sigv4 import AwsCredentials, sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_serve.cloudfront import Request

REGION = "us-east-1"  # the embedded server has no regions; this is what everyone signs with
TIMEOUT = 30.0  # seconds of silence; also CloudFront's default for an origin

# Of the viewer's headers CloudFront sends no more to a bucket, unless a cache policy names them.
_TO_S3 = ("range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range")
# Of the answer's headers, those that belong to the object; not those by which the server speaks of itself.
_FROM_S3 = frozenset(
    {
        "accept-ranges",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-range",
        "content-type",
        "etag",
        "expires",
        "last-modified",
    }
)
_METADATA = "x-amz-meta-"


class ObjectStream:
    """S3's answer, its body still to be read. Whoever has one closes it."""

    def __init__(
        self,
        connection: http.client.HTTPConnection,
        open_socket: socket.socket,
        response: http.client.HTTPResponse,
    ) -> None:
        self._connection = connection
        self._socket = open_socket
        self._response = response
        self.status = response.status
        self.headers = tuple(
            (name.lower(), value)
            for name, value in response.getheaders()
            if name.lower() in _FROM_S3 or name.lower().startswith(_METADATA)
        )

    def read(self, size: int) -> bytes:
        """Return the next bytes, none at the end. Raises OSError if the answer breaks off."""
        chunk = self._response.read(size)
        if not chunk and self._response.length:
            raise ConnectionError(f"{self._response.length} bytes are missing")
        return chunk

    def close(self) -> None:
        """End the connection, whatever is left to read, and even while another thread reads."""
        with contextlib.suppress(OSError):  # it may have ended already
            self._socket.shutdown(socket.SHUT_RDWR)
        self._response.close()
        self._connection.close()


@dataclass(frozen=True)
class S3Origin:
    """The bucket, as CloudFront asks it."""

    endpoint: str
    bucket: str
    credentials: AwsCredentials
    clock: Callable[[], float]

    @property
    def domain(self) -> str:
        """The name that CloudFront has for a bucket as origin."""
        return f"{self.bucket}.s3.{REGION}.amazonaws.com"

    def fetch(self, request: Request) -> ObjectStream:
        """Ask for the object at ``request.uri``. Raises OSError or HTTPException where S3 does not answer.

        The query string stays behind: no cache policy of ours names it.
        """
        sent = dict(request.headers)
        headers = {name: sent[name] for name in _TO_S3 if name in sent}
        validator = headers.pop("if-range", None)
        if validator is None or "range" not in headers:
            return self._send(request, headers)
        # SeaweedFS ignores If-Range and would send a part of whatever is there now. If-Match says the same
        # of an ETag, and the whole file is always a right answer.
        if validator.startswith('"'):
            part = self._send(request, {**headers, "if-match": validator})
            if part.status != HTTPStatus.PRECONDITION_FAILED:
                return part
            part.close()
        del headers["range"]
        return self._send(request, headers)

    def _send(self, request: Request, headers: dict[str, str]) -> ObjectStream:
        path = f"/{self.bucket}{request.uri}"
        signed = sign(
            request.method,
            self.endpoint + path,
            credentials=self.credentials,
            region=REGION,
            service="s3",
            now=self.clock(),
            headers=headers,
        )
        connection = http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=TIMEOUT)
        try:
            connection.request(request.method, path, headers=signed)
            open_socket = connection.sock  # http.client forgets it when the answer is to be the last
            return ObjectStream(connection, open_socket, connection.getresponse())
        except BaseException:
            connection.close()
            raise
