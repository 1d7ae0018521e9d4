from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import botocore.auth  # noqa: TID251  # the reference implementation
import botocore.awsrequest  # noqa: TID251  # likewise
import botocore.credentials  # noqa: TID251  # likewise
import pytest
import trustme

from s3pypi_edge.connector import Connector
from s3pypi_edge.http1 import Connection
from s3pypi_edge.proof import Proof, ProofError, make_proof
from s3pypi_edge.sts import Caller, Sts, StsError
from tests.edge.events import HOST
from tests.edge.gates import START
from tests.edge.s3_double import (
    answer,
    cut_short,
    dripping,
    garbage,
    hanging,
    hanging_up,
    s3_double,
    without_length,
)
from tests.edge.sts_double import (
    ACCOUNT,
    ALICE,
    BOB,
    DEVELOPER,
    MALLORY,
    ROOT,
    Identity,
    caller,
    error,
    honest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from s3pypi_edge.sigv4 import AwsCredentials
    from tests.edge.s3_double import S3Double, Script

REGION = "eu-central-1"


@pytest.fixture
def double() -> Iterator[S3Double]:
    with s3_double() as double:
        yield double


def proof_of(credentials: AwsCredentials, host: str = HOST) -> Proof:
    return Proof.parse(make_proof(credentials, region=REGION, host=host, now=START), START)


def identify(double: S3Double, script: Script, proof: Proof | None = None) -> Caller:
    double.scripts += [script]
    return Sts(Connector(), double.endpoint, deadline=5).identify(proof or proof_of(ALICE.credentials), HOST)


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("identity", "arn", "session_name"),
    [
        pytest.param(ALICE, DEVELOPER, "alice@acme.com", id="assumed role"),
        pytest.param(BOB, f"arn:aws:iam::{ACCOUNT}:user/team/bob", None, id="user, with its path"),
        pytest.param(ROOT, f"arn:aws:iam::{ACCOUNT}:root", None, id="root"),
        pytest.param(
            MALLORY, "arn:aws:iam::999999999999:role/Developer", "alice@acme.com", id="another account"
        ),
    ],
)
def test_who_made_a_proof_is_told(
    double: S3Double, identity: Identity, arn: str, session_name: str | None
) -> None:
    assert identify(double, honest, proof_of(identity.credentials)) == (arn, session_name)


@pytest.mark.loopback
def test_the_request_is_rebuilt_and_carries_nothing_else(double: S3Double) -> None:
    proof = proof_of(ALICE.credentials)
    identify(double, honest, proof)
    ((path, headers),) = double.requests
    assert path == proof.target()
    assert {name.lower(): value for name, value in headers.items()} == {
        "host": f"sts.{REGION}.amazonaws.com",
        "x-s3pypi-host": HOST,
        "accept": "application/json",
    }


@pytest.mark.loopback
@pytest.mark.parametrize(
    "proof",
    [
        pytest.param(proof_of(ALICE.credentials, "other.acme.com"), id="made for another repository"),
        pytest.param(proof_of(ALICE.credentials)._replace(region="us-east-1"), id="another region"),
        pytest.param(proof_of(ALICE.credentials)._replace(date="20270115T080001Z"), id="another time"),
        pytest.param(proof_of(ALICE.credentials)._replace(signature="0" * 64), id="another signature"),
        pytest.param(
            proof_of(BOB.credentials)._replace(access_key=ROOT.credentials.access_key), id="another key"
        ),
    ],
)
def test_a_proof_of_something_else_proves_nothing(double: S3Double, proof: Proof) -> None:
    with pytest.raises(ProofError, match="STS refuses the proof: SignatureDoesNotMatch"):
        identify(double, honest, proof)


@pytest.mark.loopback
@pytest.mark.parametrize(
    "proof",
    [
        pytest.param(proof_of(ALICE.credentials._replace(access_key="ASIA" + "X" * 16)), id="unknown key"),
        pytest.param(proof_of(ALICE.credentials)._replace(session_token=""), id="without session token"),
        pytest.param(proof_of(ALICE.credentials)._replace(session_token="x"), id="another session token"),
    ],
)
def test_credentials_that_aws_does_not_know_prove_nothing(double: S3Double, proof: Proof) -> None:
    with pytest.raises(ProofError, match="STS refuses the proof: InvalidClientTokenId"):
        identify(double, honest, proof)


@pytest.mark.loopback
@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("code", ["ExpiredToken", "AccessDenied", "IncompleteSignature"])
def test_what_sts_refuses_is_a_wrong_proof(double: S3Double, status: int, code: str) -> None:
    with pytest.raises(ProofError, match=f"STS refuses the proof: {code}"):
        identify(double, error(status, code))


@pytest.mark.loopback
def test_a_refusal_in_xml_is_one_too(double: S3Double) -> None:
    body = b"<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code></Error></ErrorResponse>"
    with pytest.raises(ProofError, match="STS refuses the proof: ExpiredToken"):
        identify(double, answer(403, body))


def forged(**changes: str) -> Proof:
    """A proof whose signature covers another request of the same credentials."""
    request = {
        "method": "GET",
        "url": "/?Action=GetCallerIdentity&Version=2011-06-15",
        "headers": f"x-s3pypi-host: {HOST}",
        "expires": "900",
        **changes,
    }
    headers = dict(line.split(": ") for line in request["headers"].split("\n") if line)
    asked = botocore.awsrequest.AWSRequest(
        request["method"], f"https://sts.{REGION}.amazonaws.com{request['url']}", headers=headers
    )
    credentials = botocore.credentials.Credentials(*ALICE.credentials)
    signer = botocore.auth.SigV4QueryAuth(credentials, "sts", REGION, expires=int(request["expires"]))
    signer.add_auth(asked)
    query = {name: values[0] for name, values in parse_qs(urlsplit(str(asked.url)).query).items()}
    return proof_of(ALICE.credentials)._replace(date=query["X-Amz-Date"], signature=query["X-Amz-Signature"])


@pytest.mark.loopback
def test_what_botocore_signs_for_this_repository_is_a_proof(double: S3Double) -> None:
    assert identify(double, honest, forged()).arn == DEVELOPER


@pytest.mark.loopback
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"url": "/?Action=AssumeRole&Version=2011-06-15"}, id="another action"),
        pytest.param({"url": "/?Action=GetCallerIdentity&Version=2010-05-08"}, id="another version"),
        pytest.param({"url": "/?Action=GetCallerIdentity&Version=2011-06-15&x=1"}, id="a parameter more"),
        pytest.param(
            {"url": "/?Action=GetCallerIdentity&action=x&Version=2011-06-15"}, id="a parameter twice"
        ),
        pytest.param({"url": "/x?Action=GetCallerIdentity&Version=2011-06-15"}, id="another path"),
        pytest.param({"method": "POST"}, id="another method"),
        pytest.param({"headers": ""}, id="without the repository's host"),
        pytest.param({"headers": "x-s3pypi-host: other.acme.com"}, id="another repository's host"),
        pytest.param({"headers": f"x-k8s-aws-id: {HOST}"}, id="made for another kind of verifier"),
        pytest.param({"headers": f"x-s3pypi-host: {HOST}\naccept: text/plain"}, id="a header more"),
        pytest.param({"expires": "604800"}, id="a longer life"),
    ],
)
def test_a_signature_under_any_other_request_proves_nothing(
    double: S3Double, changes: dict[str, str]
) -> None:
    with pytest.raises(ProofError, match="STS refuses the proof: SignatureDoesNotMatch"):
        identify(double, honest, forged(**changes))


def test_sts_has_five_seconds_for_all_of_it() -> None:
    assert Sts(Connector())._deadline == 5


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param(error(400, "Throttling"), "STS answered 400, Throttling", id="throttled, as a 400"),
        pytest.param(error(403, "RequestLimitExceeded"), "RequestLimitExceeded", id="throttled, as a 403"),
        pytest.param(error(429, "TooManyRequestsException"), "STS answered 429", id="throttled"),
        pytest.param(error(500, "InternalFailure"), "STS answered 500, InternalFailure", id="failing"),
        pytest.param(error(503, "ServiceUnavailable"), "STS answered 503", id="unavailable"),
        pytest.param(error(404, "NoSuchThing"), "STS answered 404", id="not found"),
        pytest.param(answer(403, b"<html>"), "STS answered 403$", id="a refusal that is not STS's"),
        pytest.param(answer(403, b'{"Error": []}'), "STS answered 403$", id="a refusal without a code"),
        pytest.param(error(403, "x\ny"), "STS answered 403$", id="a code that is none"),
        pytest.param(answer(204), "STS answered 204", id="another success"),
        pytest.param(answer(302, b"", Location="/"), "STS answered 302", id="a redirect"),
        pytest.param(answer(307, b"", Location="/"), "STS answered 307", id="another redirect"),
        pytest.param(hanging_up, "hung up", id="hung up"),
        pytest.param(garbage, "not HTTP", id="not HTTP"),
        pytest.param(cut_short(caller(ALICE.arn)), "was cut short", id="cut short"),
        pytest.param(answer(200, caller(ALICE.arn)[:-9]), "without an identity", id="cut short by STS"),
        pytest.param(without_length(caller(ALICE.arn)), "no length", id="without a length"),
        pytest.param(answer(200, b" " * 20_000 + caller(ALICE.arn)), "too long", id="too long"),
    ],
)
def test_an_sts_that_fails_says_nothing_about_the_proof(
    double: S3Double, script: Script, reason: str
) -> None:
    with pytest.raises(StsError, match=reason):
        identify(double, script)
    assert len(double.requests) == 1  # and above all no redirect was followed


@pytest.mark.loopback
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<GetCallerIdentityResponse/>", id="XML"),
        pytest.param(b"[" * 10_000, id="nested without end"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"GetCallerIdentityResponse": []}', id="no response"),
        pytest.param(b'{"AssumeRoleResponse": {}}', id="another response"),
        pytest.param(b'{"Arn": "%s", "Account": "1"}' % ALICE.arn.encode(), id="in the wrong place"),
        pytest.param(caller(None), id="no ARN"),
        pytest.param(caller(ALICE.arn, None), id="no account"),
        pytest.param(caller(ALICE.arn, 123456789012), id="an account that is no text"),
        pytest.param(caller(ALICE.arn, "999999999999"), id="another account"),
        pytest.param(caller(ALICE.arn.replace("arn:aws:", "arn:aws-cn:")), id="another partition"),
        pytest.param(caller(f"arn:aws:iam::{ACCOUNT}:group/x"), id="no caller"),
        pytest.param(caller(f"x{ALICE.arn}"), id="something in front"),
        pytest.param(caller(f"arn:aws:sts::{ACCOUNT}:assumed-role/a/b/c"), id="a part too many"),
    ],
)
def test_an_answer_without_an_identity_is_a_failure(double: S3Double, body: bytes) -> None:
    with pytest.raises(StsError, match="without an identity"):
        identify(double, answer(200, body))


@pytest.mark.loopback
@pytest.mark.parametrize("script", [hanging, dripping], ids=["hanging", "dripping"])
def test_an_sts_that_is_slow_is_given_up_at_the_deadline(double: S3Double, script: Script) -> None:
    double.scripts += [script]
    started = time.monotonic()
    with pytest.raises(StsError, match="asking STS failed with"):
        Sts(Connector(), double.endpoint, deadline=0.3).identify(proof_of(ALICE.credentials), HOST)
    assert time.monotonic() - started < 3


@pytest.mark.loopback
def test_a_name_look_up_that_hangs_ends_at_the_deadline(double: S3Double) -> None:
    resolved = threading.Event()

    class SlowToResolve(Connection):
        def connect(self) -> None:
            resolved.wait(10)
            raise OSError

    sts = Sts(_Always(SlowToResolve("127.0.0.1", double.server_port, timeout=1)), deadline=0.1)
    with pytest.raises(StsError, match="TimeoutError"):
        sts.identify(proof_of(ALICE.credentials), HOST)
    resolved.set()


class _Always(Connector):
    """Makes the same connection, whatever the URL."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def connection(self, _url: str, *, timeout: float) -> Connection:
        assert timeout == 5
        return self._connection


@pytest.mark.loopback
def test_a_server_that_refuses_is_an_error() -> None:
    with s3_double() as double:
        endpoint = double.endpoint
    with pytest.raises(StsError, match="ConnectionRefusedError"):
        Sts(Connector(), endpoint).identify(proof_of(ALICE.credentials), HOST)


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> trustme.CA:
    """The only certificate authority that is trusted."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    return authority


@pytest.fixture
def certified(double: S3Double, monkeypatch: pytest.MonkeyPatch) -> Callable[[trustme.LeafCert], Sts]:
    """Lets the double play STS over TLS, wherever a connection should go to."""

    def play(certificate: trustme.LeafCert) -> Sts:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        double.scripts += [honest]
        double.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up is right
        double.socket = context.wrap_socket(double.socket, server_side=True)
        create, here = socket.create_connection, ("127.0.0.1", double.server_port)
        monkeypatch.setattr(socket, "create_connection", lambda _address, timeout: create(here, timeout))
        return Sts(Connector())

    return play


@pytest.mark.loopback
def test_sts_is_asked_over_tls(authority: trustme.CA, certified: Callable[[trustme.LeafCert], Sts]) -> None:
    sts = certified(authority.issue_cert(f"sts.{REGION}.amazonaws.com"))
    assert sts.identify(proof_of(ALICE.credentials), HOST).arn == DEVELOPER


@pytest.mark.loopback
@pytest.mark.parametrize("case", ["another name", "another authority"])
def test_who_is_not_sts_is_not_asked(
    authority: trustme.CA, certified: Callable[[trustme.LeafCert], Sts], case: str
) -> None:
    is_named = case == "another authority"
    issuer = trustme.CA() if is_named else authority
    sts = certified(issuer.issue_cert(f"sts.{REGION}.amazonaws.com" if is_named else "sts.evil.example"))
    with pytest.raises(StsError, match="SSLCertVerificationError"):
        sts.identify(proof_of(ALICE.credentials), HOST)
