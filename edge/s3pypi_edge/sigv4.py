"""AWS Signature Version 4 for requests without a body, by the standard library."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_edge.urls import encode_path, split_url

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHM = "AWS4-HMAC-SHA256"
_NO_BODY = hashlib.sha256(b"").hexdigest()


class AwsCredentials(NamedTuple):
    """AWS access keys, and the session token where they are temporary."""

    access_key: str
    secret_key: str
    session_token: str | None = None

    def __repr__(self) -> str:
        return f"<AwsCredentials of {self.access_key}>"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> AwsCredentials:
        """Take them from the variables that AWS's tools have. Raises ValueError when one is missing."""
        try:
            access_key, secret_key = environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"]
        except KeyError as error:
            raise ValueError(f"the environment has no {error.args[0]}") from None
        return cls(access_key, secret_key, environ.get("AWS_SESSION_TOKEN"))


def sign(
    method: str,
    url: str,
    *,
    credentials: AwsCredentials,
    region: str,
    service: str,
    now: float,
    headers: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return all headers to send, names in lower case: those given, which are signed too, and its own.

    ``url`` is complete and already percent-encoded; ``now`` is in POSIX seconds.
    """
    address = split_url(url)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    signed = {name.lower(): " ".join(value.split()) for name, value in (headers or {}).items()}
    signed |= {"host": address.netloc, "x-amz-date": stamp, "x-amz-content-sha256": _NO_BODY}
    if credentials.session_token:
        signed["x-amz-security-token"] = credentials.session_token
    names = ";".join(sorted(signed))
    # S3 signs the path as it is sent; every other service encodes it once more.
    path = (address.path or "/") if service == "s3" else encode_path(address.path or "/")
    request = canonical_request(method, path, _canonical_query(address.query), signed)
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    signature = sign_request(request, secret_key=credentials.secret_key, stamp=stamp, scope=scope)
    credential = f"{credentials.access_key}/{scope}"
    authorization = f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return {**signed, "authorization": authorization}


def canonical_request(method: str, path: str, query: str, headers: Mapping[str, str]) -> str:
    """The text of a request without a body that a signature covers.

    ``query`` is sorted and encoded, ``headers`` have names in lower case and trimmed values.
    """
    names = sorted(headers)
    lines = [method, path, query, *(f"{name}:{headers[name]}" for name in names)]
    return "\n".join([*lines, "", ";".join(names), _NO_BODY])


def sign_request(request: str, *, secret_key: str, stamp: str, scope: str) -> str:
    """The signature of a canonical request, in hex. ``scope`` is date, region, service, aws4_request."""
    to_sign = "\n".join([ALGORITHM, stamp, scope, hashlib.sha256(request.encode()).hexdigest()])
    return _mac(_signing_key(secret_key, scope), to_sign).hex()


def _canonical_query(query: str) -> str:
    parameters = (parameter.partition("=") for parameter in query.split("&") if parameter)
    return "&".join(f"{name}={value}" for name, _, value in sorted(parameters))


def _signing_key(secret_key: str, scope: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = _mac(key, part)
    return key


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
