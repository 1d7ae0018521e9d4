"""What CloudFront accepts from a function; each fault is a sentence."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

JsonObject = dict[str, Any]
Fields = dict[str, list[dict[str, str]]]

MAX_URI = 8192  # characters of path and query string
MAX_RESPONSE = 40 * 1024  # bytes of headers and body, from a viewer-request function
MAX_ORIGIN_RESPONSE = 1024 * 1024  # likewise, from an origin-response function

# "Read-only headers": the function sees them (where there are any) and may not add, change or remove one.
READ_ONLY = frozenset({"cdn-loop", "content-length", "host", "transfer-encoding", "via"})

# The same, for an origin-response function and the headers of the response.
_ORIGIN_READ_ONLY = frozenset({"transfer-encoding", "via"})

# "Disallowed headers": never shown to a function, and refused from one.
_HIDDEN = frozenset(
    {"connection", "expect", "keep-alive", "trailer", "upgrade", "x-cache", "x-forwarded-proto", "x-real-ip"}
)
_HIDDEN_PREFIXES = ("proxy-", "x-accel-", "x-amz-cf-", "x-amzn-", "x-edge-")

_STATUS = re.compile("[2-5][0-9][0-9]")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-zA-Z-]+")  # RFC 9110: token
_VALUE = re.compile(r"[ \t\x21-\x7e\x80-\xff]*")  # RFC 9110: field-value
_URI = re.compile(r"/[!\"$->@-~]*")  # printable ASCII without ? and #
_QUERY = re.compile(r"[!\"$-~]*")  # printable ASCII without #

_REQUEST_FIELDS = {"clientIp", "headers", "method", "querystring", "uri"}
_RESPONSE_FIELDS = {"status", "statusDescription", "headers", "body", "bodyEncoding"}


def is_hidden(name: str) -> bool:
    """Whether a header of this (lower-case) name never reaches a function."""
    return name in _HIDDEN or name.startswith(_HIDDEN_PREFIXES)


def request_faults(sent: JsonObject, answer: JsonObject) -> Iterator[str]:
    """Say what is wrong with a request that the function returned in place of the one it was sent."""
    for field in ("method", "clientIp"):
        if answer.get(field) != sent[field]:
            yield f"{field} is read-only"
    if "body" in answer:
        yield "body was not shown to the function, which therefore cannot replace it"
    for field in sorted(answer.keys() - _REQUEST_FIELDS - {"body"}):
        yield f"{field} is not a field of a viewer-request event's request"
    yield from _query_faults(answer.get("querystring"))
    yield from _uri_faults(answer.get("uri"), answer.get("querystring"))
    headers = answer.get("headers")
    yield from _shape_faults(headers)
    if isinstance(headers, dict):
        yield from _changed(sent["headers"], headers)


def _query_faults(query: object) -> Iterator[str]:
    if not isinstance(query, str):
        yield "querystring is not text"
    elif not _QUERY.fullmatch(query):
        yield "querystring is not percent-encoded"


def _uri_faults(uri: object, query: object) -> Iterator[str]:
    if not isinstance(uri, str) or not uri.startswith("/"):
        yield "uri does not begin with a slash"
        return
    # Path and query string count together.
    length = len(uri) + (len(query) if isinstance(query, str) else 0)
    if length >= MAX_URI:
        yield f"uri has {length} characters, and must have fewer than {MAX_URI}"
    elif not _URI.fullmatch(uri):
        yield "uri is not a percent-encoded path"


def _changed(sent: Mapping[str, object], headers: Mapping[str, object]) -> Iterator[str]:
    for name in sorted(sent.keys() | headers.keys()):
        if name in READ_ONLY and sent.get(name) != headers.get(name):
            yield f"header {name} is read-only"
        if is_hidden(name):
            yield f"header {name} is not allowed"
        # CloudFront adds these itself, after the function.
        if name.startswith("cloudfront-") and sent.get(name) != headers.get(name):
            yield f"header {name} is not the function's to set"


def response_faults(answer: JsonObject) -> Iterator[str]:
    """Say what is wrong with a response that a viewer-request function made."""
    return _response_faults(answer, _not_allowed, MAX_RESPONSE)


def origin_response_faults(sent: JsonObject, answer: JsonObject) -> Iterator[str]:
    """Say what is wrong with what an origin-response function returned for the response it was sent."""
    return _response_faults(
        answer, lambda headers: _changed_response(sent["headers"], headers), MAX_ORIGIN_RESPONSE
    )


def _response_faults(
    answer: JsonObject, header_faults: Callable[[Fields], Iterator[str]], most: int
) -> Iterator[str]:
    headers, body = answer.get("headers", {}), answer.get("body", "")
    yield from _status_faults(answer)
    yield from _body_faults(answer["status"], body, answer.get("bodyEncoding", "text"))
    misshapen = tuple(_shape_faults(headers))
    yield from misshapen
    if misshapen:
        return
    yield from header_faults(headers)
    if _size(headers) + len(text_bytes(str(body))) > most:
        yield f"headers and body have more than {most} bytes"


def _not_allowed(headers: Fields) -> Iterator[str]:
    for name in headers:
        if is_hidden(name) or name in READ_ONLY:
            yield f"header {name} is not allowed"


def _changed_response(sent: Fields, headers: Fields) -> Iterator[str]:
    for name in sorted(sent.keys() | headers.keys()):
        if name in _ORIGIN_READ_ONLY and sent.get(name) != headers.get(name):
            yield f"header {name} is read-only"
        if is_hidden(name):
            yield f"header {name} is not allowed"


def _status_faults(answer: JsonObject) -> Iterator[str]:
    status = answer["status"]
    if not isinstance(status, str) or not _STATUS.fullmatch(status):
        yield "status is not text from '200' to '599'"
    for field in sorted(answer.keys() - _RESPONSE_FIELDS):
        yield f"{field} is not a field of a response"
    reason = answer.get("statusDescription", "")
    if not isinstance(reason, str):
        yield "statusDescription is not text"
    elif not _VALUE.fullmatch(reason):
        yield "statusDescription has characters that no reason has"


def text_bytes(text: str) -> bytes:
    """Encode the body of a response; what JSON can say and UTF-8 cannot becomes a question mark."""
    return text.encode("utf-8", "replace")


def _size(headers: Fields) -> int:
    return sum(len(name) + len(field["value"]) for name, fields in headers.items() for field in fields)


def _body_faults(status: str, body: object, encoding: object) -> Iterator[str]:
    if not isinstance(body, str):
        yield "body is not text"
    elif body and status == "204":
        yield "a response with status 204 has no body"
    elif encoding not in ("text", "base64"):
        yield "bodyEncoding is neither 'text' nor 'base64'"
    elif encoding == "base64" and not _is_base64(body):
        yield "body is not base64"


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


def _shape_faults(headers: object) -> Iterator[str]:
    if not isinstance(headers, dict):
        yield "headers is not an object"
        return
    for name, fields in headers.items():
        if name != name.lower() or not _NAME.fullmatch(name):
            yield f"header {name!r} is not the lower-case name of a header"
        if not isinstance(fields, list) or not all(_is_field(name, field) for field in fields):
            yield f"header {name} is not a list of {{key, value}} with that name as key"


def _is_field(name: str, field: object) -> bool:
    if not isinstance(field, dict):
        return False
    key, value = field.get("key", name), field.get("value")
    return (
        isinstance(key, str)
        and key.lower() == name
        and isinstance(value, str)
        and _VALUE.fullmatch(value) is not None
    )
