"""What CloudFront does around a viewer-request function, as its documentation has it: pure, and strict.

``limit`` is what it answers before it asks the function, ``viewer_request`` the event that it sends,
``outcome`` what it makes of the answer. What it would refuse is refused here, with all the reasons.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from s3pypi_serve.cloudfront_rules import (
    Fields,
    JsonObject,
    is_hidden,
    request_faults,
    response_faults,
    text_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_URL = 8192  # bytes
MAX_REQUEST = 32_768  # bytes of path, query string and headers
_HEADERS_TOO_LARGE = 494  # CloudFront's own


@dataclass(frozen=True)
class Request:
    """A viewer's request. ``uri`` is the path as it was sent, still percent-encoded."""

    method: str
    uri: str
    querystring: str
    headers: tuple[tuple[str, str], ...]
    client_ip: str


@dataclass(frozen=True)
class Response:
    """An answer that was made without asking the origin, or in place of the origin's."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of_text(cls, status: int, text: str) -> Response:
        """Make a plain answer, with ``text`` and a line end as its body."""
        return cls(status, (("content-type", "text/plain; charset=utf-8"),), f"{text}\n".encode())


class CloudFrontError(Exception):
    """CloudFront would not accept what the function returned; ``faults`` says why, a sentence each."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def limit(request: Request) -> Response | None:
    """Return what CloudFront answers without asking the function, or None where it asks."""
    if not request.uri.startswith("/"):
        return Response.of_text(HTTPStatus.BAD_REQUEST, "a URL is a path")
    url = len(request.uri) + len(request.querystring)
    if url > MAX_URL:
        return Response.of_text(HTTPStatus.REQUEST_URI_TOO_LONG, f"a URL has at most {MAX_URL} bytes")
    if url + sum(len(name) + len(value) for name, value in request.headers) > MAX_REQUEST:
        return Response.of_text(_HEADERS_TOO_LARGE, f"URL and headers have at most {MAX_REQUEST} bytes")
    if request.method in {"GET", "HEAD"} and _has_body(request):
        return Response.of_text(HTTPStatus.FORBIDDEN, f"a {request.method} request has no body")
    return None


def _has_body(request: Request) -> bool:
    headers = dict(request.headers)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def viewer_request(request: Request, *, request_id: str) -> JsonObject:
    """Shape the event that the function gets for a request."""
    return event_of("viewer-request", request_id, request=shaped_request(request))


def event_of(event_type: str, request_id: str, **parts: JsonObject) -> JsonObject:
    """Shape an event of this type."""
    config = {
        "distributionDomainName": "dlocal.cloudfront.net",
        "distributionId": "ELOCAL",
        "eventType": event_type,
        "requestId": request_id,
    }
    return {"Records": [{"cf": {"config": config, **parts}}]}


def shaped_request(request: Request) -> JsonObject:
    """Shape a request as events have it."""
    return {
        "clientIp": request.client_ip,
        "headers": shaped(request.headers),
        "method": request.method,
        "querystring": request.querystring,
        "uri": request.uri,
    }


def shaped(headers: tuple[tuple[str, str], ...]) -> Fields:
    """Shape headers as events have them; those that no function sees are left out."""
    fields: Fields = {}
    for name, value in headers:
        if not is_hidden(name):
            fields.setdefault(name, []).append({"key": name.title(), "value": value})
    return fields


def outcome(event: JsonObject, returned: object) -> Request | Response:
    """Return the request that goes on to the origin, or the response that the function made.

    ``event`` is what the function was given. Raises CloudFrontError.
    """
    answer = object_of(returned)
    if "status" in answer:
        refuse(response_faults(answer))
        return response_of(answer)
    refuse(request_faults(event["Records"][0]["cf"]["request"], answer))
    return _request(answer)


def object_of(returned: object) -> JsonObject:
    """Return the JSON object that Lambda makes of what a function returned. Raises CloudFrontError."""
    try:
        answer = json.loads(json.dumps(returned))
    except (TypeError, ValueError) as error:
        raise CloudFrontError((f"the result is not JSON: {error}",)) from error
    if not isinstance(answer, dict):
        raise CloudFrontError(("the result is neither a request nor a response",))
    return answer


def refuse(faults: Iterator[str]) -> None:
    """Raise CloudFrontError where there is a fault."""
    found = tuple(faults)
    if found:
        raise CloudFrontError(found)


def response_of(answer: Mapping[str, Any]) -> Response:
    """Return the response that a function made, once it is known to be in order."""
    body = answer.get("body", "")
    content = base64.b64decode(body) if answer.get("bodyEncoding") == "base64" else text_bytes(body)
    return Response(int(answer["status"]), _flat(answer.get("headers", {})), content)


def _request(answer: Mapping[str, Any]) -> Request:
    return Request(
        answer["method"], answer["uri"], answer["querystring"], _flat(answer["headers"]), answer["clientIp"]
    )


def _flat(headers: Fields) -> tuple[tuple[str, str], ...]:
    return tuple((name, field["value"]) for name, fields in headers.items() for field in fields)
