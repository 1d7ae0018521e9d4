from __future__ import annotations

import base64
import hashlib
import io
import os
import threading
import tracemalloc
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
from botocore.errorfactory import ClientExceptionsFactory  # noqa: TID251  # as botocore makes them
from botocore.response import StreamingBody  # noqa: TID251  # the end that s3_bucket speaks to
from botocore.stub import Stubber  # noqa: TID251  # likewise

from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.bucket import (
    RECORD_HEADERS,
    AccessDenied,
    BodyChanged,
    BucketError,
    Head,
    NoSuchBucket,
    PreconditionFailed,
)
from tests.repositories import content, unheard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from botocore.client import BaseClient  # noqa: TID251  # likewise

KEY = "packages/demo/index.json"
MEGABYTE = 1_000_000


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[S3Bucket, Stubber]]:
    """A bucket whose answers the test writes: those that only AWS gives."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "an-example")
    bucket = S3Bucket.open("acme-pypi", region="eu-central-1")
    with Stubber(bucket.client) as answers:
        yield bucket, answers
        answers.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param("PreconditionFailed", 412, id="another-object"),
        pytest.param("ConditionalRequestConflict", 409, id="another-request"),
        pytest.param("OperationAborted", 409, id="another-operation"),
        pytest.param("NoSuchKey", 404, id="gone"),
    ],
)
def test_aws_says_in_four_ways_that_somebody_else_was_first(
    scripted: tuple[S3Bucket, Stubber], code: str, status: int
) -> None:
    bucket, answers = scripted
    answers.add_client_error("put_object", code, http_status_code=status)
    with pytest.raises(PreconditionFailed, match=KEY):
        bucket.replace(KEY, b"{}", RECORD_HEADERS, etag='"0"')


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        pytest.param("NoSuchBucket", 404, NoSuchBucket, id="no-bucket"),
        pytest.param("XAmzContentSHA256Mismatch", 400, BodyChanged, id="changed-between-signing-and-sending"),
        pytest.param("SlowDown", 503, BucketError, id="busy"),
    ],
)
def test_any_other_refusal_is_an_error(
    scripted: tuple[S3Bucket, Stubber], code: str, status: int, kind: type[BucketError]
) -> None:
    bucket, answers = scripted
    answers.add_client_error("put_object", code, http_status_code=status)
    with pytest.raises(kind):
        bucket.replace(KEY, b"{}", RECORD_HEADERS, etag='"0"')


def test_forbidden_is_not_absent(scripted: tuple[S3Bucket, Stubber]) -> None:
    bucket, answers = scripted
    answers.add_client_error("get_object", "AccessDenied", http_status_code=403)
    with pytest.raises(AccessDenied, match="access denied: s3:GetObject on s3://acme-pypi/packages/demo"):
        bucket.get(KEY)
    answers.add_client_error("head_object", "403", http_status_code=403)
    answers.add_client_error("get_object", "AccessDenied", http_status_code=403)
    with pytest.raises(AccessDenied, match="access denied: s3:GetObject on s3://acme-pypi/packages/demo"):
        bucket.head(KEY)


def test_a_key_that_appears_between_two_requests_is_found(scripted: tuple[S3Bucket, Stubber]) -> None:
    bucket, answers = scripted
    answers.add_client_error("head_object", "404", http_status_code=404)
    found = {
        "Body": StreamingBody(io.BytesIO(b"body"), 4),
        "ETag": '"0"',
        "ContentLength": 4,
        "Metadata": {},
        "ContentType": "text/plain",
    }
    answers.add_response("get_object", found)
    assert bucket.head(KEY) == Head('"0"', 4, {}, "text/plain", "")


def test_a_promised_hash_goes_to_the_server(scripted: tuple[S3Bucket, Stubber], tmp_path: Path) -> None:
    bucket, answers = scripted
    path = tmp_path / "demo.whl"
    path.write_bytes(b"{}")
    sent = {
        "Bucket": "acme-pypi",
        "Key": KEY,
        "Body": b"{}",
        "ContentType": "application/vnd.pypi.simple.v1+json",
        "CacheControl": "no-cache",
        "Metadata": {},
        "IfNoneMatch": "*",
        "ChecksumSHA256": base64.b64encode(b"\xab" * 32).decode(),
    }
    answers.add_response("put_object", {"ETag": '"0"'}, sent)
    bucket.create_file(KEY, path, RECORD_HEADERS, sha256="ab" * 32, sent=unheard)
    answers.assert_no_pending_responses()


def test_a_bucket_is_made_in_its_region(scripted: tuple[S3Bucket, Stubber]) -> None:
    bucket, answers = scripted
    sent = {"Bucket": "acme-pypi", "CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}
    answers.add_response("create_bucket", {}, sent)
    bucket.make()
    answers.add_client_error("create_bucket", "BucketAlreadyOwnedByYou", http_status_code=409)
    bucket.make()
    answers.add_client_error("create_bucket", "BucketAlreadyExists", http_status_code=409)
    with pytest.raises(BucketError, match="'acme-pypi' is somebody else's"):
        bucket.make()


@pytest.mark.loopback
def test_a_bucket_of_ours_is_made_twice_without_harm(s3_bucket: S3Bucket) -> None:
    etag = s3_bucket.create(KEY, b"{}", RECORD_HEADERS)
    s3_bucket.make()
    assert content(s3_bucket.get(KEY)) == (b"{}", etag)


@pytest.mark.loopback
def test_versions_are_kept_unless_somebody_has_suspended_that(s3_bucket: S3Bucket) -> None:
    def status() -> str | None:
        return s3_bucket.client.get_bucket_versioning(Bucket=s3_bucket.name).get("Status")

    before = s3_bucket.create(KEY, b"before", RECORD_HEADERS)
    for _ in range(2):
        s3_bucket.keep_versions()
        assert status() == "Enabled"
    s3_bucket.replace(KEY, b"after", RECORD_HEADERS, etag=before)
    assert [(version.etag == before, version.is_latest) for version in s3_bucket.versions(KEY)] == [
        (False, True),
        (True, False),
    ]
    s3_bucket.client.put_bucket_versioning(
        Bucket=s3_bucket.name, VersioningConfiguration={"Status": "Suspended"}
    )
    s3_bucket.keep_versions()
    assert status() == "Suspended"


@pytest.mark.loopback
def test_an_endpoint_of_the_environment_needs_no_dns_name_for_each_bucket(
    aws: str, s3_bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = s3_bucket.create(KEY, b"{}", RECORD_HEADERS)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", aws.replace("127.0.0.1", "localhost"))
    assert content(S3Bucket.open(s3_bucket.name).get(KEY)) == (b"{}", etag)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        pytest.param("acme-pypi", "https://acme-pypi.s3.eu-central-1.amazonaws.com/a", id="plain"),
        pytest.param("pypi.acme.com", "https://s3.eu-central-1.amazonaws.com/pypi.acme.com/a", id="dots"),
    ],
)
def test_on_aws_a_bucket_is_a_host_unless_its_name_has_dots(
    scripted: tuple[S3Bucket, Stubber], name: str, address: str
) -> None:
    bucket, answers = scripted
    asked: list[str] = []
    bucket.client.meta.events.register_first(
        "before-call.*.*", lambda params, **_: asked.append(params["url"])
    )
    answers.add_client_error("get_object", "NoSuchKey", http_status_code=404)
    assert S3Bucket(name, bucket.client).get("a") is None
    assert asked == [address]


@pytest.mark.loopback
def test_a_file_is_streamed(s3_bucket: S3Bucket, tmp_path: Path) -> None:
    path = tmp_path / "large-1.0.tar.gz"
    with path.open("wb") as file:
        file.truncate(32 * MEGABYTE)
    sha256 = hashlib.sha256(bytes(32 * MEGABYTE)).hexdigest()
    tracemalloc.start()
    try:
        s3_bucket.create_file(KEY, path, RECORD_HEADERS, sha256=sha256, sent=unheard)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    head = s3_bucket.head(KEY)
    assert head is not None
    assert head.size == 32 * MEGABYTE
    assert peak < 8 * MEGABYTE


class _HalfAnAnswer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.send_header("ETag", '"0"')
        self.end_headers()
        self.wfile.write(b"half of it")

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests to themselves."""


@pytest.mark.loopback
@pytest.mark.usefixtures("aws")
def test_a_body_that_is_cut_short_is_an_error() -> None:
    with HTTPServer(("127.0.0.1", 0), _HalfAnAnswer) as server:
        threading.Thread(target=server.handle_request).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(BucketError, match="broke before an answer was complete"):
            S3Bucket.open("acme-pypi", endpoint_url=endpoint).get(KEY)


class _HalfAHead(_HalfAnAnswer):
    def do_GET(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nServer: cut")


@pytest.mark.loopback
@pytest.mark.usefixtures("aws")
def test_a_head_that_is_cut_short_is_an_error_and_not_an_empty_object() -> None:
    with HTTPServer(("127.0.0.1", 0), _HalfAHead) as server:
        threading.Thread(target=server.handle_request).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(BucketError):
            S3Bucket.open("acme-pypi", endpoint_url=endpoint).get(KEY)


def test_a_name_that_no_bucket_can_have_is_refused() -> None:
    with pytest.raises(BucketError, match='Invalid bucket name "not a bucket"'):
        S3Bucket.open("not a bucket", region="eu-central-1").get(KEY)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        pytest.param({"profile": "nobody"}, "there is no AWS profile named 'nobody'", id="profile"),
        pytest.param({"endpoint_url": "localhost:9000"}, "Invalid endpoint: localhost:9000", id="endpoint"),
        pytest.param(
            {"endpoint_url": "http://me:secret@no host"}, "Invalid endpoint: http://no host", id="userinfo"
        ),
        pytest.param({"region": "no region"}, "'no region'", id="region"),
    ],
)
def test_settings_that_cannot_be_used_are_named(settings: dict[str, str], sentence: str) -> None:
    with pytest.raises(BucketError, match=sentence):
        S3Bucket.open(
            "acme-pypi",
            profile=settings.get("profile"),
            endpoint_url=settings.get("endpoint_url"),
            region=settings.get("region"),
        )


def test_settings_of_another_shape_are_no_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "aws-config"
    config.write_text("[default]\ns3 = banana\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.fspath(config))
    with pytest.raises(BucketError, match="AWS cannot be used as it is set up"):
        S3Bucket.open("acme-pypi", region="eu-central-1")


def test_who_is_not_interactive_is_not_asked_for_an_mfa_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "aws-config"
    config.write_text(
        "[profile base]\naws_access_key_id = AKBASE\naws_secret_access_key = base\n"
        "[profile acme]\nrole_arn = arn:aws:iam::123456789012:role/Publisher\nsource_profile = base\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/me\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", os.fspath(config))
    monkeypatch.setattr("getpass.getpass", lambda _text: pytest.fail("somebody was asked"))
    with pytest.raises(BucketError, match="asks for an MFA code"):
        S3Bucket.open("acme-pypi", profile="acme", region="eu-central-1", interactive=False)


def test_a_credential_process_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "aws-config"
    config.write_text("[default]\ncredential_process = /nowhere/credentials\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.fspath(config))
    with pytest.raises(BucketError, match="'/nowhere/credentials'"):
        S3Bucket.open("acme-pypi")


@pytest.mark.parametrize("operation", ["get_object", "put_object"])
def test_a_yes_without_an_etag_is_not_s3_s(scripted: tuple[S3Bucket, Stubber], operation: str) -> None:
    bucket, answers = scripted
    page = b"<html>Welcome to our network</html>"
    answers.add_response(
        operation, {"Body": StreamingBody(io.BytesIO(page), len(page))} if operation == "get_object" else {}
    )
    with pytest.raises(BucketError, match="is not S3"):
        (bucket.get(KEY) if operation == "get_object" else bucket.create(KEY, b"{}", RECORD_HEADERS))


@pytest.mark.parametrize("headers", [{}, {"date": "tomorrow"}], ids=["none", "no date"])
def test_an_answer_without_the_time_is_not_s3s(
    scripted: tuple[S3Bucket, Stubber], headers: dict[str, str]
) -> None:
    bucket, answers = scripted
    answers.add_response("list_objects_v2", {"ResponseMetadata": {"HTTPHeaders": headers}})
    with pytest.raises(BucketError, match="its answer has no date"):
        bucket.now()


@pytest.mark.loopback
def test_an_absent_key_is_known_by_its_code(s3_bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    def another_set(client: BaseClient) -> object:
        """What a thread may see when another has asked for the first time at the same moment."""
        return ClientExceptionsFactory().create_client_exceptions(client.meta.service_model)

    monkeypatch.setattr(type(s3_bucket.client), "exceptions", property(another_set))
    assert s3_bucket.get("packages/index.json") is None
    assert s3_bucket.head("packages/index.json") is None
