"""The shapes that CloudFront gives a viewer-request function, and takes back."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    Headers = Mapping[str, list[dict[str, str]]]
    """By lower-case name, one ``{"key": ..., "value": ...}`` for each time the header was sent."""
    Event = Mapping[str, Any]
    """What the function is called with: ``{"Records": [{"cf": {"config": {...}, "request": {...}}}]}``."""
    Request = dict[str, Any]
    Answer = dict[str, Any]
    """A request to go on with, or a response to the viewer (which has a ``status``)."""

RETRY_AFTER = 2  # seconds; with this header pip tries again by itself

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def generate(status: HTTPStatus, sentence: str, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
    """A response made here, which no cache keeps."""
    everything = {"Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8", **headers}
    return {
        "status": str(status.value),
        "statusDescription": status.phrase,
        "headers": {name.lower(): [{"key": name, "value": value}] for name, value in everything.items()},
        "body": f"{sentence}\n",
    }


def unavailable() -> Answer:
    """The response to everyone when the function cannot tell who belongs."""
    return generate(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The repository cannot check credentials at the moment. Please try again.",
        {"Retry-After": str(RETRY_AFTER)},
    )


def too_many(retry_after: int) -> Answer:
    """The response to who asks for what is rationed."""
    return generate(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many credentials to check at the moment. Please try again.",
        {"Retry-After": str(retry_after)},
    )


def pass_on(request: Request, uri: str) -> Answer:
    """The same request for another address: without a query, and without the credentials."""
    headers = {name: values for name, values in request["headers"].items() if name.lower() != "authorization"}
    return {**request, "uri": uri, "querystring": "", "headers": headers}


def header_text(headers: Headers, name: str) -> str | None:
    """All values of a header, joined as RFC 9110 allows; None where it was not sent."""
    values = [header["value"] for header in headers.get(name, ())]
    return ", ".join(values) if values else None
