"""Who made a proof: asked of STS, over verified TLS, with one deadline for everything."""

from __future__ import annotations

import contextlib
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from s3pypi_edge.deadline import within
from s3pypi_edge.http1 import HttpError
from s3pypi_edge.json_text import load_json
from s3pypi_edge.principals import split_assumed_role
from s3pypi_edge.proof import ProofError, signed_headers, sts_host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_edge.connector import Connector
    from s3pypi_edge.http1 import Connection
    from s3pypi_edge.proof import Proof

DEADLINE = 5.0  # seconds for all of it: name look-up, connection, TLS, headers, body

_LARGEST_ANSWER = 16_384  # bytes
# An error's code is logged, and what else STS says is not.
_CODE = re.compile(r"[A-Za-z]{1,64}")
_XML_CODE = re.compile(rb"<Code>([A-Za-z]{1,64})</Code>")  # of what refuses before JSON was thought of
_BUSY = re.compile("Thrott|TooManyRequests|LimitExceeded|SlowDown|Unavailable|Internal|Timeout")
_REFUSALS = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

_NOT_ASSUMED = re.compile(r"arn:aws:(?:iam::[0-9]{12}:(?:user/.+|root)|sts::[0-9]{12}:federated-user/.+)")


class StsError(Exception):
    """STS cannot tell at the moment. The message is for the log."""


class Caller(NamedTuple):
    """Who made a proof. ``arn`` is that of the role for who assumed one, without the path of the role.

    ``session_name`` is what the caller chose to be called, and proves nothing.
    """

    arn: str
    session_name: str | None


class Sts:
    """Asks STS; for use by many threads. ``endpoint`` is where to ask instead of at AWS."""

    def __init__(
        self, connector: Connector, endpoint: str | None = None, *, deadline: float = DEADLINE
    ) -> None:
        self._connector = connector
        self._endpoint = endpoint
        self._deadline = deadline

    def identify(self, proof: Proof, host: str) -> Caller:
        """Who made the proof, for the repository at ``host``.

        Raises ProofError when STS refuses it, and StsError when STS cannot be asked.
        """
        url = self._endpoint or f"https://{sts_host(proof.region)}"
        connection = self._connector.connection(url, timeout=DEADLINE)
        headers = {**signed_headers(proof.region, host), "accept": "application/json"}
        try:
            status, body = within(
                self._deadline, lambda: _ask(connection, proof.target(), headers), connection
            )
        except HttpError as error:
            raise StsError(f"asking STS failed: {error}") from None
        except OSError as error:  # TimeoutError is one; only its name: who knows what it quotes
            raise StsError(f"asking STS failed with {type(error).__name__}") from None
        if status != HTTPStatus.OK:
            raise _failure(status, body)
        return _caller(body)


def _ask(connection: Connection, target: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    with contextlib.closing(connection):
        head = connection.get(target, headers)  # a redirect is an answer like any other: not 200
        if head.length is not None and head.length > _LARGEST_ANSWER:
            raise HttpError("the answer is too long")
        return head.status, connection.body(head)


def _failure(status: int, body: bytes) -> Exception:
    code = _error_code(body)
    if code is None:
        return StsError(f"STS answered {status}")
    if status not in _REFUSALS or _BUSY.search(code):  # what is throttled is a 400 too
        return StsError(f"STS answered {status}, {code}")
    return ProofError(f"STS refuses the proof: {code}")


def _error_code(body: bytes) -> str | None:
    code = _field(_object(body), "Error", "Code")
    if isinstance(code, str) and _CODE.fullmatch(code):
        return code
    match = _XML_CODE.search(body)
    return match[1].decode() if match else None


def _caller(body: bytes) -> Caller:
    result = _field(_object(body), "GetCallerIdentityResponse", "GetCallerIdentityResult")
    arn, account = _field(result, "Arn"), _field(result, "Account")
    # Both are STS's own words: that they agree is a check of the reading, not of the caller.
    if isinstance(arn, str) and isinstance(account, str) and f"::{account}:" in arn:
        assumed = split_assumed_role(arn)
        if assumed:
            return Caller(*assumed)
        if _NOT_ASSUMED.fullmatch(arn):
            return Caller(arn, None)
    raise StsError("STS answered 200 without an identity")


def _object(body: bytes) -> object:
    try:
        return load_json(body, "the answer")
    except ValueError:
        return None


def _field(value: object, *names: str) -> object:
    for name in names:
        fields: dict[str, Any] = value if isinstance(value, dict) else {}
        value = fields.get(name)
    return value
