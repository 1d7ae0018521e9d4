"""Viewer-request events exactly as CloudFront shapes them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

HOST = "pypi.acme.com"
CDN_DOMAIN = "d111111abcdef8.cloudfront.net"


def viewer_request(
    uri: str = "/simple/",
    *,
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = (),
    authorization: str | None = None,
    accept: str | None = None,
    host: str | None = HOST,
    querystring: str = "",
) -> dict[str, Any]:
    """An event; ``headers`` are added to those that have an argument of their own, None leaves one out."""
    named = [("Host", host), ("Authorization", authorization), ("Accept", accept)]
    sent: dict[str, list[dict[str, str]]] = {}
    for key, value in [*named, ("User-Agent", "pip/26.3"), *headers]:
        if value is not None:
            sent.setdefault(key.lower(), []).append({"key": key, "value": value})
    request = {
        "clientIp": "203.0.113.178",
        "headers": sent,
        "method": method,
        "querystring": querystring,
        "uri": uri,
    }
    config = {
        "distributionDomainName": CDN_DOMAIN,
        "distributionId": "EDFDVBD6EXAMPLE",
        "eventType": "viewer-request",
        "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
    }
    return {"Records": [{"cf": {"config": config, "request": request}}]}


def basic(name: str, secret: str, encoding: str = "utf-8") -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode(encoding)).decode()
