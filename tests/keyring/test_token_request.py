"""The one request that carries a proof, against servers that behave badly."""

from __future__ import annotations

import json
import ssl
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest
import trustme

from s3pypi_core.errors import RepositoryError
from s3pypi_core.origin import Origin
from s3pypi_keyring.token_request import NoSession, request_session, tls_context
from tests.edge.s3_double import S3Double, answer, garbage, hanging, hanging_up, s3_double

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3pypi_keyring.session_cache import Session
    from tests.edge.s3_double import Script

pytestmark = pytest.mark.loopback

TOKEN = f"s3ps_{'a' * 20}.{'b' * 43}"


@pytest.fixture(autouse=True)
def _authorities_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def desk() -> Iterator[S3Double]:
    with s3_double() as double:
        yield double


def body(token: object = TOKEN, expires: object = "2027-01-15T08:00:00Z") -> bytes:
    return json.dumps({"token": token, "expires": expires}).encode()


def ask(desk: S3Double, *scripts: Script, slept: list[float] | None = None) -> Session:
    desk.scripts += scripts
    origin = Origin("http", "127.0.0.1", desk.server_port)
    pauses: list[float] = [] if slept is None else slept
    return request_session(
        origin, lambda: "proof", who="access key A", clock=lambda: 1_799_999_000.0, sleep=pauses.append
    )


def test_a_proof_goes_in_and_a_session_comes_out(desk: S3Double) -> None:
    assert ask(desk, answer(200, body())) == (TOKEN, 1_800_000_000.0)
    ((path, headers),) = desk.requests
    assert path == "/-/token"
    assert headers["Authorization"] == "Basic X19pYW1fXzpwcm9vZg=="
    assert headers["Host"] == f"127.0.0.1:{desk.server_port}"


def test_no_session_is_believed_to_live_longer_than_any_does(desk: S3Double) -> None:
    assert ask(desk, answer(200, body(expires="2099-01-01T00:00:00Z"))).expires == 1_799_999_000.0 + 86_400


def test_a_redirect_is_not_followed(desk: S3Double) -> None:
    with s3_double() as other:
        for status in (301, 302, 303, 307, 308):
            with pytest.raises(NoSession, match="sends its visitors elsewhere"):
                ask(desk, answer(status, Location=f"{other.endpoint}/-/token"))
        assert other.requests == []


def test_a_busy_repository_is_asked_once_more_after_a_pause(desk: S3Double) -> None:
    slept = list[float]()
    ask(desk, answer(429, Retry_After="2"), answer(200, body()), slept=slept)
    ask(desk, answer(503, Retry_After="900"), answer(200, body()), slept=slept)
    ask(desk, answer(503), answer(200, body()), slept=slept)
    assert slept == [2, 3, 1]
    with pytest.raises(NoSession, match="answered 503 instead") as caught:
        ask(desk, answer(503), answer(503))
    assert caught.value.hint == "try again in a minute"


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (answer(404), "answered 404 instead of giving a session"),
        (answer(200, b"<html>"), "no session"),
        (answer(200, b"[]"), "no session"),
        (answer(200, b"{}"), "no session"),
        (answer(200, body(token="s3p_k_token")), "no session"),
        (answer(200, body(token=f"{TOKEN}\n")), "no session"),
        (answer(200, body(token=1)), "no session"),
        (answer(200, body(expires="soon")), "no session"),
        (answer(200, b"[" * 50_000), "no session"),
        (hanging_up, "cannot be reached (RemoteDisconnected)"),
        (garbage, "cannot be reached (BadStatusLine)"),
    ],
    ids=range(11),
)
def test_whatever_else_comes_back_is_a_sentence(script: Script, sentence: str, desk: S3Double) -> None:
    with pytest.raises(NoSession) as caught:
        ask(desk, script)
    assert sentence in caught.value.message
    assert caught.value.hint
    assert "proof" not in str(caught.value).replace("the proof", "")


@pytest.mark.parametrize(
    ("date", "sentence"),
    [
        (formatdate(1_799_999_000 + 600, usegmt=True), "the clock of this machine is wrong by 10 minutes"),
        (formatdate(1_799_999_000 + 60, usegmt=True), "does not let in the AWS credentials of access key A"),
        ("yesterday", "does not let in"),
    ],
    ids=["wrong", "right", "no date"],
)
def test_a_clock_that_is_wrong_is_told_from_a_refusal(date: str, sentence: str, desk: S3Double) -> None:
    def refuse(handler: object) -> None:
        handler.date_time_string = lambda *_: date  # type: ignore[attr-defined]
        answer(401)(handler)  # type: ignore[arg-type]

    with pytest.raises(NoSession, match=sentence):
        ask(desk, refuse)


def test_a_server_that_says_nothing_is_a_sentence(desk: S3Double, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s3pypi_keyring.token_request._TIMEOUT", 0.05)
    with pytest.raises(NoSession, match=r"did not answer within 0\.05 s"):
        ask(desk, hanging)


def test_a_proxy_is_not_used_for_this_machine(desk: S3Double, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert ask(desk, answer(200, body())).token == TOKEN


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def serve_tls(desk: S3Double, authority: trustme.CA) -> Origin:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    desk.socket = context.wrap_socket(desk.socket, server_side=True, do_handshake_on_connect=False)
    return Origin("https", "localhost", desk.server_port)


def test_only_a_certificate_that_is_trusted_gets_a_proof(
    desk: S3Double, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = serve_tls(desk, authority)
    desk.scripts += [answer(200, body())] * 2
    with pytest.raises(RepositoryError, match="a TLS certificate that is not trusted here"):
        request_session(origin, lambda: "proof", who="A")
    assert desk.requests == []
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    assert request_session(origin, lambda: "proof", who="A").token == TOKEN


def test_authorities_come_from_a_folder_too_and_from_certifi_where_the_system_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path))
    assert tls_context().verify_mode == ssl.CERT_REQUIRED
    monkeypatch.delenv("CURL_CA_BUNDLE")
    nowhere = ssl.DefaultVerifyPaths(None, None, "", "", "", "")  # type: ignore[arg-type]
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nowhere)
    context = tls_context()
    assert (
        len(context.get_ca_certs())
        >= Path(certifi.where()).read_text(encoding="utf-8").count("BEGIN CERT") // 2
    )
