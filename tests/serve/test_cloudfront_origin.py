from __future__ import annotations

from typing import Any

import pytest

from s3pypi_serve.cloudfront import CloudFrontError, Request, Response
from s3pypi_serve.cloudfront_origin import Head, origin_outcome, origin_response

REQUEST = Request(
    method="GET",
    uri="/packages/demo/index.json",
    querystring="",
    headers=(("host", "pypi.example.com"), ("authorization", "Basic eDp5"), ("cookie", "x")),
    client_ip="203.0.113.178",
)
HEAD = Head(
    404,
    (("content-type", "application/xml"), ("transfer-encoding", "chunked"), ("connection", "close")),
)
DOMAIN = "acme.s3.us-east-1.amazonaws.com"


def event() -> dict[str, Any]:
    return origin_response(REQUEST, HEAD, domain=DOMAIN, request_id="an-id")


def sent() -> dict[str, Any]:
    response: dict[str, Any] = event()["Records"][0]["cf"]["response"]
    return response


def field(value: str, key: str = "X-Test") -> list[dict[str, str]]:
    return [{"key": key, "value": value}]


def test_an_event_has_the_shape_that_cloudfront_documents_and_nothing_of_the_viewers_headers() -> None:
    assert event() == {
        "Records": [
            {
                "cf": {
                    "config": {
                        "distributionDomainName": "dlocal.cloudfront.net",
                        "distributionId": "ELOCAL",
                        "eventType": "origin-response",
                        "requestId": "an-id",
                    },
                    "request": {
                        "clientIp": "203.0.113.178",
                        "headers": {
                            "host": field(DOMAIN, "Host"),
                            "user-agent": field("Amazon CloudFront", "User-Agent"),
                            "via": field("1.1 local.cloudfront.net (CloudFront)", "Via"),
                            "x-forwarded-for": field("203.0.113.178", "X-Forwarded-For"),
                        },
                        "method": "GET",
                        "origin": {
                            "s3": {
                                "authMethod": "none",
                                "customHeaders": {},
                                "domainName": DOMAIN,
                                "path": "",
                            }
                        },
                        "querystring": "",
                        "uri": "/packages/demo/index.json",
                    },
                    "response": {
                        "headers": {
                            "content-type": field("application/xml", "Content-Type"),
                            "transfer-encoding": field("chunked", "Transfer-Encoding"),
                        },
                        "status": "404",
                        "statusDescription": "Not Found",
                    },
                }
            }
        ]
    }


def test_a_status_that_has_no_name_has_an_empty_one() -> None:
    answer = origin_response(REQUEST, Head(299, ()), domain=DOMAIN, request_id="an-id")
    assert answer["Records"][0]["cf"]["response"]["statusDescription"] == ""


def test_an_answer_that_comes_back_as_it_was_keeps_the_origins_body() -> None:
    assert origin_outcome(event(), sent()) == Head(404, HEAD.headers[:2])


def test_a_head_can_be_changed_without_the_body() -> None:
    headers = {**sent()["headers"], "x-test": field("1")}
    assert origin_outcome(event(), {**sent(), "status": "200", "headers": headers}) == Head(
        200, (*HEAD.headers[:2], ("x-test", "1"))
    )


@pytest.mark.parametrize(("body", "content"), [("", b""), ("gone", b"gone"), ("x" * 900_000, b"x" * 900_000)])
def test_a_body_takes_the_place_of_the_origins(body: str, content: bytes) -> None:
    assert origin_outcome(event(), {**sent(), "body": body}) == Response(404, HEAD.headers[:2], content)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param({"status": 302}, "status is not text from '200' to '599'", id="a number"),
        pytest.param({"status": "100"}, "status is not text from '200' to '599'", id="100"),
        pytest.param({"statusDescription": 1}, "statusDescription is not text", id="reason"),
        pytest.param({"body": {}}, "body is not text", id="body"),
        pytest.param({"bodyEncoding": "gzip"}, "bodyEncoding is neither 'text' nor 'base64'", id="encoding"),
        pytest.param({"headers": []}, "headers is not an object", id="headers"),
        pytest.param({"headers": {}}, "header transfer-encoding is read-only", id="one that is left out"),
        pytest.param({"body": "x" * 2**20}, "headers and body have more than 1048576 bytes", id="too large"),
    ],
)
def test_a_response_that_cloudfront_would_not_take_back_is_refused(
    change: dict[str, object], fault: str
) -> None:
    with pytest.raises(CloudFrontError) as refused:
        origin_outcome(event(), {**sent(), **change})
    assert refused.value.faults == (fault,)


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        pytest.param({"via": field("me", "Via")}, "header via is read-only", id="via added"),
        pytest.param(
            {"transfer-encoding": field("gzip", "Transfer-Encoding")},
            "header transfer-encoding is read-only",
            id="transfer-encoding changed",
        ),
        pytest.param({"x-cache": field("Hit", "X-Cache")}, "header x-cache is not allowed", id="x-cache"),
        pytest.param(
            {"x-amz-cf-id": field("1", "X-Amz-Cf-Id")}, "header x-amz-cf-id is not allowed", id="x-amz-cf-"
        ),
        pytest.param(
            {"Location": field("/", "Location")},
            "header 'Location' is not the lower-case name of a header",
            id="capitals",
        ),
    ],
)
def test_headers_that_are_not_the_functions_to_set_are_refused(
    headers: dict[str, object], fault: str
) -> None:
    with pytest.raises(CloudFrontError) as refused:
        origin_outcome(event(), {**sent(), "headers": {**sent()["headers"], **headers}})
    assert fault in refused.value.faults


def test_a_header_that_the_viewer_request_function_may_not_set_can_be_set_here() -> None:
    headers = {**sent()["headers"], "content-length": field("5", "Content-Length")}
    assert isinstance(origin_outcome(event(), {**sent(), "headers": headers, "body": "other"}), Response)


@pytest.mark.parametrize(
    ("returned", "fault"),
    [
        pytest.param(None, "neither a request nor a response", id="nothing"),
        pytest.param(b"x", "the result is not JSON", id="bytes"),
        pytest.param({"uri": "/"}, "the result is not a response", id="a request"),
    ],
)
def test_what_is_no_response_is_refused(returned: object, fault: str) -> None:
    with pytest.raises(CloudFrontError, match=fault):
        origin_outcome(event(), returned)
