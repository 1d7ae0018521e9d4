"""An honest STS on loopback: it checks every signature, by botocore, and knows a few identities."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

import botocore.auth  # noqa: TID251  # the reference implementation
import botocore.awsrequest  # noqa: TID251  # likewise
import botocore.credentials  # noqa: TID251  # likewise

from s3pypi_edge.sigv4 import AwsCredentials
from tests.edge.s3_double import answer

if TYPE_CHECKING:
    from tests.edge.s3_double import Script, _Handler

ACCOUNT = "123456789012"
DEVELOPER = f"arn:aws:iam::{ACCOUNT}:role/Developer"


class Identity(NamedTuple):
    """What STS knows of an access key."""

    credentials: AwsCredentials
    arn: str

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]


_TOKEN = "FwoGZXIvYXdzE/+token=="


def _keys(letter: str, *, token: str | None = _TOKEN) -> AwsCredentials:
    return AwsCredentials(f"ASIA{letter * 16}", f"secret/of+{letter}", token)


ALICE = Identity(_keys("A"), f"arn:aws:sts::{ACCOUNT}:assumed-role/Developer/alice@acme.com")
BOB = Identity(_keys("B", token=None), f"arn:aws:iam::{ACCOUNT}:user/team/bob")
MALLORY = Identity(_keys("M"), "arn:aws:sts::999999999999:assumed-role/Developer/alice@acme.com")
ROOT = Identity(_keys("R", token=None), f"arn:aws:iam::{ACCOUNT}:root")
IDENTITIES = (ALICE, BOB, MALLORY, ROOT)


def error(status: int, code: str) -> Script:
    """An error as STS writes it."""
    document = {"Error": {"Code": code, "Message": "no", "Type": "Sender"}, "RequestId": "1"}
    return answer(status, json.dumps(document).encode())


def caller(arn: object, account: object = ACCOUNT) -> bytes:
    """Who it is, as STS writes it."""
    result = {"Account": account, "Arn": arn, "UserId": "AROAEXAMPLE:x"}
    return json.dumps({"GetCallerIdentityResponse": {"GetCallerIdentityResult": result}}).encode()


def honest(handler: _Handler) -> None:
    """Answer as AWS would, whatever the time."""
    _judge(handler)(handler)


def _judge(handler: _Handler) -> Script:
    url = urlsplit(f"https://{handler.headers['host']}{handler.path}")
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    access_key, day, region, service, _ = query["X-Amz-Credential"].split("/")
    known = [identity for identity in IDENTITIES if identity.credentials.access_key == access_key]
    if not known or known[0].credentials.session_token != query.get("X-Amz-Security-Token"):
        return error(403, "InvalidClientTokenId")
    assert (service, url.hostname, query["X-Amz-Date"][:8]) == ("sts", f"sts.{region}.amazonaws.com", day)
    if query["X-Amz-Signature"] != _signature(handler, known[0].credentials, region):
        return error(403, "SignatureDoesNotMatch")
    return answer(200, caller(known[0].arn, known[0].account), Content_Type="application/json")


def _signature(handler: _Handler, credentials: AwsCredentials, region: str) -> str:
    path, _, query = handler.path.partition("?")
    parameters = [parameter for parameter in query.split("&") if not parameter.startswith("X-Amz-Signature=")]
    names = parse_qs(query)["X-Amz-SignedHeaders"][0].split(";")
    request = botocore.awsrequest.AWSRequest(
        "GET",
        f"https://{handler.headers['host']}{path}?{'&'.join(parameters)}",
        headers={name: handler.headers[name] for name in names},
    )
    request.context["timestamp"] = parse_qs(query)["X-Amz-Date"][0]
    signer = botocore.auth.SigV4QueryAuth(botocore.credentials.Credentials(*credentials), "sts", region)
    canonical = signer.canonical_request(request)
    return str(signer.signature(signer.string_to_sign(request, canonical), request))
