"""What CloudFront does around an origin-response function, as its documentation has it: pure, and strict.

``origin_response`` is the event that it sends, ``origin_outcome`` what it makes of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from http.client import responses
from typing import TYPE_CHECKING

from s3pypi_serve.cloudfront import (
    CloudFrontError,
    Request,
    Response,
    event_of,
    object_of,
    refuse,
    response_of,
    shaped,
    shaped_request,
)
from s3pypi_serve.cloudfront_rules import origin_response_faults

if TYPE_CHECKING:
    from s3pypi_serve.cloudfront_rules import JsonObject


@dataclass(frozen=True)
class Head:
    """The status and the headers of an origin's answer, whose body stays as it is."""

    status: int
    headers: tuple[tuple[str, str], ...]


def origin_response(request: Request, head: Head, *, domain: str, request_id: str) -> JsonObject:
    """Shape the event for the answer of the origin at ``domain`` to a request that went on to it."""
    asked = replace(request, headers=_to_origin(request, domain))
    origin = {"s3": {"authMethod": "none", "customHeaders": {}, "domainName": domain, "path": ""}}
    response = {
        "headers": shaped(head.headers),
        "status": str(head.status),
        "statusDescription": responses.get(head.status, ""),
    }
    return event_of(
        "origin-response",
        request_id,
        request={**shaped_request(asked), "origin": origin},
        response=response,
    )


def _to_origin(request: Request, domain: str) -> tuple[tuple[str, str], ...]:
    """The headers that CloudFront sends to an origin of S3, none of them the viewer's credentials."""
    return (
        ("host", domain),
        ("user-agent", "Amazon CloudFront"),
        ("via", "1.1 local.cloudfront.net (CloudFront)"),
        ("x-forwarded-for", request.client_ip),
    )


def origin_outcome(event: JsonObject, returned: object) -> Head | Response:
    """Return what the viewer gets: the origin's body under this head, or a response in place of it.

    ``event`` is what the function was given. Raises CloudFrontError.
    """
    answer = object_of(returned)
    if "status" not in answer:
        raise CloudFrontError(("the result is not a response",))
    refuse(origin_response_faults(event["Records"][0]["cf"]["response"], answer))
    response = response_of(answer)
    # "If you don't update the body field in your function, the original body [...] is returned".
    return response if "body" in answer else Head(response.status, response.headers)
