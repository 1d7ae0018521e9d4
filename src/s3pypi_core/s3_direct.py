"""Requests to S3 by the standard library; botocore takes five times as long for a small one.

Only plain answers are understood here. Whatever else happens is Unclear, and botocore, which knows how to
wait, to follow and to explain, asks again.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from s3pypi_core.body import Body, ShortBody
from s3pypi_core.bucket import BodyChanged, Object, PreconditionFailed
from s3pypi_edge.sigv4 import sign

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from email.message import Message
    from typing import IO

    from s3pypi_core.bucket import Headers
    from s3pypi_edge.sigv4 import AwsCredentials

_OK, _MISSING, _PRECONDITION_FAILED = 200, 404, 412
# After any other answer, such as a redirect or a refusal, only botocore knows how to go on.
_NO_OBSTACLES = {_OK, _MISSING, 408, 409, _PRECONDITION_FAILED, 429, *range(500, 600)}
_NOTHING = hashlib.sha256(b"").hexdigest()
_BLOCK = 128 * 1024  # bytes of a file that are read and sent at a time
_NO_SUCH_KEY = b"<Code>NoSuchKey</Code>"


class Unclear(Exception):
    """No answer, or one that does not say plainly whether the request was carried out: ask botocore."""


class Place(NamedTuple):
    """Where a bucket is: ``https://host``, the path before its keys, and the region to sign for."""

    server: str
    path: str
    region: str


class _Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes


class DirectS3:
    """Requests for the keys of one bucket. Each thread that asks has a connection of its own.

    ``usable`` is false once the server has answered that this is not the way.
    """

    def __init__(
        self,
        place: Place,
        credentials: Callable[[], AwsCredentials],
        tls: ssl.SSLContext | None,
        *,
        connect_within: float,
        answer_within: float,
    ) -> None:
        self.usable = True
        self._place = place
        self._credentials = credentials
        self._tls = tls
        self._connect_within = connect_within
        self._answer_within = answer_within
        self._local = threading.local()

    def get(self, key: str) -> Object | None:
        """The object, whole; None if the server says that the bucket is there and the key is not."""
        answer = self._request("GET", key, {"x-amz-checksum-mode": "ENABLED"})
        if answer.status == _MISSING and _NO_SUCH_KEY in answer.body:
            return None
        checksum = answer.headers.get("x-amz-checksum-sha256")
        found = base64.b64encode(hashlib.sha256(answer.body).digest()).decode()
        if checksum not in {None, found}:
            raise Unclear
        return Object(answer.body, _etag(answer))

    def put(self, key: str, body: Body, sha256: str, headers: Headers, *, etag: str | None) -> str:
        """Store over the object that has this ETag, where None stands for nothing; return the new ETag.

        ``sha256`` (hex) is of the body. Raises PreconditionFailed, and BodyChanged for a file that has become
        shorter; of other changes the server complains, which is Unclear.
        """
        fields = {
            **({"if-none-match": "*"} if etag is None else {"if-match": etag}),
            "content-type": headers.content_type,
            "cache-control": headers.cache_control,
            **{f"x-amz-meta-{name}": value for name, value in headers.metadata.items()},
        }
        answer = self._store(key, body, sha256, fields)
        if answer.status == _PRECONDITION_FAILED:
            raise PreconditionFailed(key)
        return _etag(answer)

    def put_part(self, key: str, upload_id: str, number: int, body: Body, sha256: str) -> str:
        """Store a part of a multipart upload; return its ETag."""
        query = f"?partNumber={number}&uploadId={quote(upload_id, safe='')}"
        return _etag(self._store(key, body, sha256, {}, query))

    def _store(
        self, key: str, body: Body, sha256: str, fields: Mapping[str, str], query: str = ""
    ) -> _Answer:
        fields = {**fields, "x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(sha256)).decode()}
        try:
            return self._request("PUT", key, fields, query, body, sha256)
        except ShortBody:
            raise BodyChanged(key) from None

    def _request(
        self,
        method: str,
        key: str,
        headers: Mapping[str, str],
        query: str = "",
        body: Body | None = None,
        sha256: str = _NOTHING,
    ) -> _Answer:
        path = self._place.path + quote(key, safe="/~") + query
        signed = sign(
            method,
            self._place.server + path,
            credentials=self._credentials(),
            region=self._place.region,
            service="s3",
            now=time.time(),
            headers=headers,
            body_sha256=sha256,
        )
        connection = self._connection()
        try:
            connection.request(method, path, *_framed(body, signed))
            response = connection.getresponse()
            self.usable &= response.status in _NO_OBSTACLES
            return _Answer(response.status, response.headers, response.read())
        except (OSError, HTTPException, ValueError) as error:
            connection.close()
            # A ValueError quotes the header that cannot be sent, which may be a secret.
            raise Unclear from (None if isinstance(error, ValueError) else error)
        except BaseException:
            connection.close()  # what is left of the answer is nobody's
            raise

    def _connection(self) -> HTTPConnection:
        """This thread's connection, open."""
        found: HTTPConnection | None = getattr(self._local, "connection", None)
        connection = self._local.connection = found or self._new_connection()
        if not connection.sock:  # new, or closed by us or by the server
            try:
                connection.connect()
            except OSError as error:
                raise Unclear from error
            connection.sock.settimeout(self._answer_within)
        return connection

    def _new_connection(self) -> HTTPConnection:
        host, patience = urlsplit(self._place.server).netloc, self._connect_within
        if self._tls:
            return _SecureConnection(host, timeout=patience, context=self._tls, blocksize=_BLOCK)
        return _Connection(host, timeout=patience, blocksize=_BLOCK)


class _Connection(HTTPConnection):
    """Ends with the thread that it belongs to."""

    def __del__(self) -> None:
        self.close()


class _SecureConnection(HTTPSConnection):
    """Likewise."""

    def __del__(self) -> None:
        self.close()


def _framed(body: Body | None, headers: dict[str, str]) -> tuple[bytes | IO[bytes] | None, dict[str, str]]:
    """Body and headers as http.client wants them; from here on the body is being sent."""
    if body is None:
        return None, headers
    body.start()
    # Bytes travel in one packet with their headers.
    content = body.read() if body.size <= _BLOCK else body.as_stream()
    return content, headers | {"content-length": str(body.size)}


def _etag(answer: _Answer) -> str:
    etag = answer.headers.get("ETag")
    if answer.status != _OK or not etag:
        raise Unclear
    return etag
