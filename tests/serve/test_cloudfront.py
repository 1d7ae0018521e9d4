from __future__ import annotations

import json
from typing import Any

import pytest

from s3pypi_serve.cloudfront import (
    CloudFrontError,
    Request,
    Response,
    limit,
    outcome,
    viewer_request,
)

REQUEST = Request(
    method="GET",
    uri="/simple/a%2Bb/",
    querystring="x=1&y",
    headers=(
        ("host", "pypi.example.com"),
        ("accept-encoding", "gzip"),
        ("accept", "text/html"),
        ("accept", "*/*"),
        ("connection", "keep-alive"),
        ("x-amzn-trace", "1"),
    ),
    client_ip="203.0.113.178",
)


def event() -> dict[str, Any]:
    return viewer_request(REQUEST, request_id="an-id")


def sent() -> dict[str, Any]:
    request: dict[str, Any] = event()["Records"][0]["cf"]["request"]
    return request


def field(value: str, key: str = "X-Test") -> list[dict[str, str]]:
    return [{"key": key, "value": value}]


def test_an_event_has_the_shape_that_cloudfront_documents() -> None:
    assert event() == {
        "Records": [
            {
                "cf": {
                    "config": {
                        "distributionDomainName": "dlocal.cloudfront.net",
                        "distributionId": "ELOCAL",
                        "eventType": "viewer-request",
                        "requestId": "an-id",
                    },
                    "request": {
                        "clientIp": "203.0.113.178",
                        "headers": {
                            "host": [{"key": "Host", "value": "pypi.example.com"}],
                            "accept-encoding": [{"key": "Accept-Encoding", "value": "gzip"}],
                            "accept": [
                                {"key": "Accept", "value": "text/html"},
                                {"key": "Accept", "value": "*/*"},
                            ],
                        },
                        "method": "GET",
                        "querystring": "x=1&y",
                        "uri": "/simple/a%2Bb/",
                    },
                }
            }
        ]
    }


def test_an_ordinary_request_is_within_the_limits() -> None:
    assert limit(REQUEST) is None


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(Request("GET", "/" + "a" * 8191, "", (), "::1"), None, id="the longest URL"),
        pytest.param(Request("GET", "/" + "a" * 8000, "q" * 192, (), "::1"), 414, id="a longer URL"),
        pytest.param(Request("GET", "/", "", (("x", "v" * 32_767),), "::1"), 494, id="large headers"),
        pytest.param(Request("GET", "/", "", (("content-length", "5"),), "::1"), 403, id="GET with a body"),
        pytest.param(Request("HEAD", "/", "", (("transfer-encoding", "x"),), "::1"), 403, id="HEAD likewise"),
        pytest.param(Request("GET", "/", "", (("content-length", "0"),), "::1"), None, id="an empty body"),
        pytest.param(Request("POST", "/", "", (("content-length", "5"),), "::1"), None, id="POST"),
        pytest.param(Request("GET", "http://elsewhere/", "", (), "::1"), 400, id="a request to a proxy"),
    ],
)
def test_what_is_over_cloudfronts_limits_never_reaches_the_function(
    request_: Request, status: int | None
) -> None:
    answer = limit(request_)
    assert (answer.status if answer else None) == status


def test_a_request_that_the_function_returns_goes_on() -> None:
    returned = {**sent(), "uri": "/packages/index.html", "querystring": ""}
    returned["headers"]["x-test"] = [{"value": "1"}]
    del returned["headers"]["accept"]
    assert outcome(event(), returned) == Request(
        method="GET",
        uri="/packages/index.html",
        querystring="",
        headers=(("host", "pypi.example.com"), ("accept-encoding", "gzip"), ("x-test", "1")),
        client_ip="203.0.113.178",
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param({"uri": "packages/x"}, "uri does not begin with a slash", id="no slash"),
        pytest.param({"uri": None}, "uri does not begin with a slash", id="no uri"),
        pytest.param(
            {"uri": "/" + "x" * 8191, "querystring": ""},
            "uri has 8192 characters, and must have fewer than 8192",
            id="long uri",
        ),
        pytest.param({"uri": "/a b"}, "uri is not a percent-encoded path", id="a space"),
        pytest.param({"uri": "/é"}, "uri is not a percent-encoded path", id="not ASCII"),
        pytest.param({"uri": "/a?b"}, "uri is not a percent-encoded path", id="a query"),
        pytest.param({"uri": "/a#b"}, "uri is not a percent-encoded path", id="a fragment"),
        pytest.param({"method": "POST"}, "method is read-only", id="method"),
        pytest.param({"clientIp": "::1"}, "clientIp is read-only", id="client"),
        pytest.param({"querystring": None}, "querystring is not text", id="querystring"),
        pytest.param({"querystring": "a b"}, "querystring is not percent-encoded", id="space in the query"),
        pytest.param({"querystring": "a#b"}, "querystring is not percent-encoded", id="fragment"),
        pytest.param(
            {"uri": "/" + "x" * 8000, "querystring": "y" * 191},
            "uri has 8192 characters, and must have fewer than 8192",
            id="long with its query",
        ),
        pytest.param(
            {"body": {"action": "replace", "encoding": "text", "data": "x"}},
            "body was not shown to the function, which therefore cannot replace it",
            id="body",
        ),
        pytest.param(
            {"origin": {}}, "origin is not a field of a viewer-request event's request", id="another field"
        ),
        pytest.param({"headers": []}, "headers is not an object", id="headers"),
    ],
)
def test_a_request_that_cloudfront_would_not_take_back_is_refused(
    change: dict[str, object], fault: str
) -> None:
    with pytest.raises(CloudFrontError) as refused:
        outcome(event(), {**sent(), **change})
    assert refused.value.faults == (fault,)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param({"host": field("other", "Host")}, "header host is read-only", id="host changed"),
        pytest.param({"via": field("1.1 me", "Via")}, "header via is read-only", id="via added"),
        pytest.param(
            {"content-length": field("0", "Content-Length")},
            "header content-length is read-only",
            id="length",
        ),
        pytest.param({"cdn-loop": field("me", "CDN-Loop")}, "header cdn-loop is read-only", id="cdn-loop"),
        pytest.param({"x-edge-y": field("1", "X-Edge-Y")}, "header x-edge-y is not allowed", id="x-edge-"),
        pytest.param({"expect": field("1", "Expect")}, "header expect is not allowed", id="expect"),
        pytest.param(
            {"cloudfront-viewer-country": field("DE", "CloudFront-Viewer-Country")},
            "header cloudfront-viewer-country is not the function's to set",
            id="cloudfront-",
        ),
        pytest.param(
            {"X-Test": field("1")},
            "header 'X-Test' is not the lower-case name of a header",
            id="capitals",
        ),
        pytest.param(
            {"x test": field("1", "X Test")},
            "header 'x test' is not the lower-case name of a header",
            id="no name",
        ),
        *(
            pytest.param(
                {"x-test": fields},
                "header x-test is not a list of {key, value} with that name as key",
                id=name,
            )
            for name, fields in {
                "text": "1",
                "texts": ["1"],
                "another key": field("1", "X-Other"),
                "a key that is no text": [{"key": 1, "value": "1"}],
                "no value": [{"key": "X-Test"}],
                "a number": [{"key": "X-Test", "value": 1}],
                "a line end": field("1\r\nx-other: 2"),
                "beyond Latin-1": field("\N{EURO SIGN}"),
            }.items()
        ),
    ],
)
def test_headers_that_cloudfront_would_not_take_back_are_refused(
    change: dict[str, object], fault: str
) -> None:
    request = sent()
    request["headers"].update(change)
    with pytest.raises(CloudFrontError) as refused:
        outcome(event(), request)
    assert fault in refused.value.faults
    assert fault in str(refused.value)


def test_removing_a_read_only_header_is_refused_as_well() -> None:
    request = sent()
    del request["headers"]["host"]
    with pytest.raises(CloudFrontError, match="host is read-only"):
        outcome(event(), request)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(CloudFrontError) as refused:
        outcome(event(), {})
    assert len(refused.value.faults) == 5


@pytest.mark.parametrize(
    ("returned", "response"),
    [
        pytest.param({"status": "403"}, Response(403, (), b""), id="the least"),
        pytest.param(
            {
                "status": "401",
                "statusDescription": "Unauthorized",
                "headers": {"www-authenticate": field('Basic realm="x"', "WWW-Authenticate")},
                "body": "né",
                "bodyEncoding": "text",
            },
            Response(401, (("www-authenticate", 'Basic realm="x"'),), "né".encode()),
            id="text",
        ),
        pytest.param(
            {"status": "200", "body": "AAE=", "bodyEncoding": "base64"},
            Response(200, (), b"\0\1"),
            id="base64",
        ),
        pytest.param({"status": "204", "body": ""}, Response(204, (), b""), id="204"),
        pytest.param({"status": "200", "body": "x" * 40_960}, Response(200, (), b"x" * 40_960), id="largest"),
        pytest.param({"status": "200", "body": "\ud800"}, Response(200, (), b"?"), id="half a character"),
    ],
)
def test_a_response_that_the_function_made_is_the_answer(
    returned: dict[str, object], response: Response
) -> None:
    assert outcome(event(), returned) == response


@pytest.mark.parametrize(
    ("returned", "fault"),
    [
        pytest.param({"status": 200}, "status is not text from '200' to '599'", id="a number"),
        pytest.param({"status": "199"}, "status is not text from '200' to '599'", id="199"),
        pytest.param({"status": "600"}, "status is not text from '200' to '599'", id="600"),
        pytest.param({"status": "200", "statusDescription": 1}, "statusDescription is not text", id="reason"),
        pytest.param(
            {"status": "200", "statusDescription": "a\r\nb"},
            "statusDescription has characters that no reason has",
            id="line end in the reason",
        ),
        pytest.param({"status": "200", "uri": "/"}, "uri is not a field of a response", id="another field"),
        pytest.param({"status": "200", "body": {}}, "body is not text", id="body"),
        pytest.param(
            {"status": "204", "body": "x"}, "a response with status 204 has no body", id="204 with a body"
        ),
        pytest.param(
            {"status": "200", "bodyEncoding": "gzip"},
            "bodyEncoding is neither 'text' nor 'base64'",
            id="encoding",
        ),
        pytest.param(
            {"status": "200", "body": "!", "bodyEncoding": "base64"}, "body is not base64", id="base64"
        ),
        pytest.param(
            {"status": "200", "headers": {"x-test": "1"}},
            "header x-test is not a list of {key, value} with that name as key",
            id="shape",
        ),
        pytest.param(
            {"status": "200", "headers": {"via": field("me", "Via")}}, "header via is not allowed", id="via"
        ),
        pytest.param(
            {"status": "200", "headers": {"upgrade": field("h2c", "Upgrade")}},
            "header upgrade is not allowed",
            id="upgrade",
        ),
        pytest.param(
            {"status": "200", "body": "x" * 40_000, "headers": {"x-test": field("y" * 1000)}},
            "headers and body have more than 40960 bytes",
            id="too large",
        ),
    ],
)
def test_a_response_that_cloudfront_would_not_send_is_refused(
    returned: dict[str, object], fault: str
) -> None:
    with pytest.raises(CloudFrontError) as refused:
        outcome(event(), returned)
    assert refused.value.faults == (fault,)


@pytest.mark.parametrize(
    ("returned", "fault"),
    [
        pytest.param({"status": "200", "body": b"x"}, "the result is not JSON", id="bytes"),
        pytest.param(None, "neither a request nor a response", id="nothing"),
    ],
)
def test_what_is_neither_a_request_nor_a_response_is_refused(returned: object, fault: str) -> None:
    with pytest.raises(CloudFrontError, match=fault):
        outcome(event(), returned)


def test_the_event_is_json() -> None:
    assert json.loads(json.dumps(event())) == event()
