"""Errors as people meet them: from a real server where one gives them, else from what AWS documents."""

from __future__ import annotations

import re
import socket

import pytest
from botocore import exceptions  # noqa: TID251  # what s3_errors turns into sentences

from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.aws.s3_errors import explain
from s3pypi_core.bucket import RECORD_HEADERS, BucketError, NoAccess

KEY = "packages/demo/index.json"


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let botocore try again without waiting."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


def refusal(
    code: str, *, status: int = 400, operation: str = "PutObject", region: str = "", header: str = ""
) -> exceptions.ClientError:
    """An answer as botocore reads it."""
    return exceptions.ClientError(
        {
            "Error": {"Code": code, "Message": "as S3 says", "Region": region},  # type: ignore[typeddict-unknown-key]  # S3 adds it
            "ResponseMetadata": {
                "RequestId": "",
                "HostId": "",
                "RetryAttempts": 0,
                "HTTPStatusCode": status,
                "HTTPHeaders": {"x-amz-bucket-region": header} if header else {},
            },
        },
        operation,
    )


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        pytest.param(
            refusal("AccessDenied", status=403),
            "access denied: s3:PutObject on s3://acme-pypi/packages/demo/index.json: as S3 says",
            "s3:ListBucket on the bucket",
            id="denied",
        ),
        pytest.param(
            refusal("AccessDenied", status=403, operation="UploadPart"),
            "access denied: s3:PutObject on s3://acme-pypi/packages/demo/index.json: as S3 says",
            "s3:ListBucket on the bucket",
            id="part-denied",
        ),
        pytest.param(
            refusal("AuthorizationHeaderMalformed", region="eu-central-1"),
            "'acme-pypi' is in the region eu-central-1",
            "--region eu-central-1",
            id="region-in-body",
        ),
        pytest.param(
            refusal("PermanentRedirect", status=301, header="eu-west-1"),
            "'acme-pypi' is in the region eu-west-1",
            "--region eu-west-1",
            id="region-in-header",
        ),
        pytest.param(
            refusal("IllegalLocationConstraintException"),
            "'acme-pypi' is in another region",
            "get-bucket-location --bucket acme-pypi",
            id="region-unknown",
        ),
        pytest.param(
            refusal("AuthorizationHeaderMalformed"),
            "AuthorizationHeaderMalformed: as S3 says",
            "",
            id="credentials-of-another-kind",
        ),
        pytest.param(refusal("ExpiredToken"), "session has expired", "aws sso login", id="expired"),
        pytest.param(refusal("InvalidToken"), "token is not valid", "aws sso login", id="invalid-token"),
        pytest.param(refusal("RequestTimeTooSkewed", status=403), "clock", "set the clock", id="clock"),
        pytest.param(refusal("SlowDown", status=503), "too busy, or fails", "run the same", id="throttled"),
        pytest.param(refusal("429", status=429), "too busy, or fails", "run the same", id="no-body"),
        pytest.param(refusal("Throttling"), "too busy, or fails", "run the same", id="throttled-with-400"),
        pytest.param(
            refusal("InternalError", status=500), "too busy, or fails", "run the same", id="failing"
        ),
        pytest.param(
            refusal("NotImplemented", status=501), "cannot do s3:PutObject", "If-Match", id="no-cas"
        ),
        pytest.param(refusal("EntityTooLarge"), "is too large", "no larger one", id="too-large"),
        pytest.param(refusal("QuotaExceeded"), "QuotaExceeded: as S3 says", "", id="anything-else"),
        pytest.param(
            refusal("AccessDenied", operation="AssumeRole"),
            "AWS refused AssumeRole, on the way to credentials: AccessDenied: as S3 says",
            "aws sts get-caller-identity",
            id="role",
        ),
        pytest.param(refusal("404", status=404), "in the place of S3 says 404", "proxy", id="no-words"),
        pytest.param(refusal("", status=400), "in the place of S3 says 400", "endpoint", id="html"),
        pytest.param(exceptions.NoRegionError(), "no AWS region is set", "--region", id="no-region"),
        pytest.param(exceptions.UnauthorizedSSOTokenError(), "expired", "aws sso login", id="sso"),
        pytest.param(
            exceptions.TokenRetrievalError(provider="sso", error_msg="gone"),
            "expired",
            "aws sso",
            id="sso-token",
        ),
        pytest.param(
            exceptions.SSLError(endpoint_url="https://s3.acme.com/a", error=ValueError("self-signed")),
            "no secure connection to https://s3.acme.com: .*self-signed",
            "AWS_CA_BUNDLE",
            id="certificate",
        ),
        pytest.param(
            exceptions.ProxyConnectionError(proxy_url="http://proxy"), "the proxy", "HTTPS_PROXY", id="proxy"
        ),
        pytest.param(
            exceptions.ConnectTimeoutError(endpoint_url="https://user:secret@s3.acme.com:9000/a"),
            "cannot reach https://s3.acme.com:9000$",
            "--endpoint-url",
            id="connect-timeout",
        ),
        pytest.param(
            exceptions.ReadTimeoutError(endpoint_url="https://s3.acme.com/a"),
            "the connection to https://s3.acme.com broke",
            "run the same",
            id="read-timeout",
        ),
        pytest.param(
            exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2),
            "connection to S3 broke",
            "run the",
            id="in-a-body",
        ),
        pytest.param(
            exceptions.ConnectionClosedError(endpoint_url="https://s3.acme.com/a"),
            "the connection to https://s3.acme.com broke",
            "run the same",
            id="closed",
        ),
        pytest.param(
            exceptions.FlexibleChecksumError(error_msg="CRC"), "connection to S3 broke", "run", id="damaged"
        ),
        pytest.param(
            exceptions.CredentialRetrievalError(provider="custom-process", error_msg="no card"),
            "cannot be used as it is set up: .*custom-process: no card",
            "check the AWS options, and the files in ~/.aws",
            id="process",
        ),
    ],
)
def test_an_error_says_what_is_wrong_and_what_to_do(error: Exception, message: str, hint: str) -> None:
    explained = explain(error, "acme-pypi", KEY)
    assert re.search(message, explained.message)
    assert hint in explained.hint
    assert "secret" not in str(explained)


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        pytest.param("AWS_SECRET_ACCESS_KEY", "another-secret", "does not belong", id="secret"),
        pytest.param("AWS_ACCESS_KEY_ID", "AKUNKNOWN", "does not know this AWS access key", id="key"),
    ],
)
def test_keys_that_are_wrong_are_told_apart(
    s3_bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)
    bucket = S3Bucket.open(s3_bucket.name)
    for operation in (bucket.get, bucket.head):
        with pytest.raises(BucketError, match=message) as raised:
            operation(KEY)
        assert value not in str(raised.value)
    with pytest.raises(BucketError, match=message):
        bucket.create(KEY, b"{}", RECORD_HEADERS)


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        pytest.param(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], "no AWS credentials", id="both"),
        pytest.param(["AWS_SECRET_ACCESS_KEY"], "not complete: .*AWS_SECRET_ACCESS_KEY", id="secret"),
    ],
)
@pytest.mark.usefixtures("aws")
def test_credentials_that_are_missing_are_named(
    monkeypatch: pytest.MonkeyPatch, missing: list[str], message: str
) -> None:
    for variable in missing:
        monkeypatch.delenv(variable)
    with pytest.raises(BucketError, match=message):
        S3Bucket.open("acme-pypi").get(KEY)


@pytest.mark.loopback
@pytest.mark.usefixtures("aws", "quickly")
def test_a_token_with_a_line_break_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "broken\ntoken")
    with pytest.raises(BucketError, match="could not be sent") as raised:
        S3Bucket.open("acme-pypi").get(KEY)
    assert "line breaks" in raised.value.hint
    assert "token" not in str(raised.value)


@pytest.mark.loopback
@pytest.mark.usefixtures("aws", "quickly")
def test_an_endpoint_that_refuses_is_named() -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{nobody_listens.getsockname()[1]}"
        with pytest.raises(BucketError, match=f"cannot reach {endpoint}"):
            S3Bucket.open("acme-pypi", endpoint_url=endpoint).get(KEY)


@pytest.mark.parametrize(
    ("code", "status", "hopeless"),
    [
        ("AccessDenied", 403, True),
        ("ExpiredToken", 400, True),
        ("InvalidAccessKeyId", 403, True),
        ("InvalidToken", 400, True),
        ("SignatureDoesNotMatch", 403, True),
        ("RequestTimeTooSkewed", 403, False),
        ("SlowDown", 503, False),
    ],
)
def test_it_is_told_where_asking_again_is_of_no_use(code: str, status: int, *, hopeless: bool) -> None:
    error = explain(refusal(code, status=status), "acme-pypi", KEY)
    assert isinstance(error, NoAccess) is hopeless
