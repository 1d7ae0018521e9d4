from __future__ import annotations

import datetime as dt
import re
from urllib.parse import parse_qs, urlsplit

import botocore.auth  # noqa: TID251  # the reference implementation
import botocore.awsrequest  # noqa: TID251  # likewise
import botocore.credentials  # noqa: TID251  # likewise
import botocore.session  # noqa: TID251  # knows the regions
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_edge.proof import REGIONS, Proof, ProofError, make_proof, signed_headers, sts_host
from s3pypi_edge.sigv4 import AwsCredentials
from tests.edge.events import HOST
from tests.edge.gates import START

KEYS = AwsCredentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
TEMPORARY = KEYS._replace(session_token="a/session+token=")
SIGNATURE = "0123456789abcdef" * 4
REGION = "eu-central-1"
PROOF = f"{KEYS.access_key}/20270115/{REGION}/sts/aws4_request,20270115T080000Z,{SIGNATURE},"


def test_a_proof_is_written_as_the_format_says() -> None:
    """Made once with botocore's own signer, and written down."""
    assert make_proof(KEYS, region=REGION, host=HOST, now=START) == (
        "AKIAIOSFODNN7EXAMPLE/20270115/eu-central-1/sts/aws4_request,20270115T080000Z,"
        "44101dc53bfaee11c38da6757311c91b29b0f3da9235b640c793d27b32e3d7a3,"
    )


def _as_botocore(monkeypatch: pytest.MonkeyPatch, keys: AwsCredentials, region: str, host: str) -> str:
    """The URL that botocore presigns for the same request."""
    now = dt.datetime.fromtimestamp(START, dt.timezone.utc)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: now.replace(tzinfo=None))
    request = botocore.awsrequest.AWSRequest(
        "GET",
        f"https://{sts_host(region)}/?Action=GetCallerIdentity&Version=2011-06-15",
        headers={"x-s3pypi-host": host},
    )
    credentials = botocore.credentials.Credentials(*keys)
    botocore.auth.SigV4QueryAuth(credentials, "sts", region, expires=900).add_auth(request)
    return str(request.url)


@pytest.mark.parametrize("keys", [KEYS, TEMPORARY], ids=["long-lived", "temporary"])
@pytest.mark.parametrize("region", ["us-east-1", "ap-southeast-2"])
@pytest.mark.parametrize("host", [HOST, "127.0.0.1:8080"])
def test_botocore_presigns_the_same_request(
    monkeypatch: pytest.MonkeyPatch, keys: AwsCredentials, region: str, host: str
) -> None:
    proof = Proof.parse(make_proof(keys, region=region, host=host, now=START), START)
    theirs = urlsplit(_as_botocore(monkeypatch, keys, region, host))
    ours = urlsplit(f"https://{sts_host(region)}{proof.target()}")
    assert parse_qs(ours.query) == parse_qs(theirs.query)
    assert (ours.netloc, ours.path) == (theirs.netloc, theirs.path)


def test_both_halves_agree_on_the_spelling_of_a_host() -> None:
    assert make_proof(KEYS, region=REGION, host="PyPI.acme.com:443", now=START) == make_proof(
        KEYS, region=REGION, host=HOST, now=START
    )


@given(
    access_key=st.from_regex(r"\A[A-Z0-9]{16,128}\Z"),
    token=st.none() | st.from_regex(r"\A[A-Za-z0-9+/=_.-]{1,4096}\Z"),
    region=st.sampled_from(sorted(REGIONS)),
    now=st.integers(0, 2**32).map(float),
)
def test_what_is_made_is_read_back(access_key: str, token: str | None, region: str, now: float) -> None:
    text = make_proof(AwsCredentials(access_key, "s", token), region=region, host=HOST, now=now)
    proof = Proof.parse(text, now)
    assert (proof.access_key, proof.region, proof.session_token) == (access_key, region, token or "")
    assert proof.made == now
    # Of the request nothing is free but what the grammar admits.
    assert re.fullmatch(
        r"/\?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        r"&X-Amz-Credential=[A-Z0-9]+%2F[0-9]{8}%2F[a-z0-9-]+%2Fsts%2Faws4_request"
        r"&X-Amz-Date=[0-9]{8}T[0-9]{6}Z&X-Amz-Expires=900(&X-Amz-Security-Token=[A-Za-z0-9%_.-]+)?"
        r"&X-Amz-SignedHeaders=host%3Bx-s3pypi-host&X-Amz-Signature=[0-9a-f]{64}",
        proof.target(),
    )


def test_the_longest_proof_fits_into_a_header_with_room() -> None:
    keys = KEYS._replace(session_token="x" * 4096)
    text = make_proof(keys, region=REGION, host=HOST, now=START)
    assert len(text) * 4 / 3 < 6_000


@pytest.mark.parametrize(
    ("keys", "region"),
    [
        pytest.param(KEYS, "mars-north-1", id="no region"),
        pytest.param(KEYS, "cn-north-1", id="a region of another partition"),
        pytest.param(KEYS, "", id="no region at all"),
        pytest.param(KEYS._replace(access_key="short"), REGION, id="access key"),
        pytest.param(KEYS._replace(session_token="a,b"), REGION, id="session token"),
        pytest.param(KEYS._replace(session_token="x" * 4097), REGION, id="a longer token than AWS's"),
    ],
)
def test_a_proof_that_would_be_refused_is_not_made(keys: AwsCredentials, region: str) -> None:
    with pytest.raises(ValueError, match=r"region|credentials") as caught:
        make_proof(keys, region=region, host=HOST, now=START)
    assert KEYS.secret_key not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("secret", id="a password"),
        pytest.param(PROOF[:-1], id="a field too few"),
        pytest.param(PROOF + ",", id="a field too many"),
        pytest.param(PROOF + "\n", id="a newline at the end"),
        pytest.param(" " + PROOF, id="a space in front"),
        pytest.param(PROOF + "x" * 4097, id="too long"),
        pytest.param(PROOF + "a&Action=AssumeRole", id="a parameter in the session token"),
        pytest.param(PROOF + "a%26Action", id="an encoded parameter in the session token"),
        pytest.param(PROOF.replace(SIGNATURE, SIGNATURE.upper()), id="signature in capitals"),
        pytest.param(PROOF.replace(SIGNATURE, SIGNATURE[1:]), id="short signature"),
        pytest.param(PROOF.replace("/sts/", "/s3/"), id="another service"),
        pytest.param(PROOF.replace("aws4_request", "aws4"), id="another end of the scope"),
        pytest.param(PROOF.replace("/20270115/", "/20270114/"), id="the scope of another day"),
        pytest.param(PROOF.replace("T080000Z", "T0800Z"), id="short date"),
        pytest.param(PROOF.replace("T080000Z", "T250000Z"), id="no such hour"),
        pytest.param(PROOF.replace("20270115", "20270230"), id="no such day"),
        pytest.param(PROOF.replace("20270115", "\u0662\u0660270115"), id="digits that are not ASCII"),
        pytest.param(PROOF.replace(REGION, "mars-north-1"), id="no region"),
        pytest.param(PROOF.replace(REGION, "cn-north-1"), id="a region of another partition"),
        pytest.param(PROOF.replace(REGION, "evil.example#"), id="a host for a region"),
        pytest.param(PROOF.replace(REGION, "EU-CENTRAL-1"), id="a region in capitals"),
        pytest.param(PROOF.replace("AKIAIOSFODNN7EXAMPLE", "AKIA/../x"), id="a path in the access key"),
        pytest.param(PROOF.replace("AKIAIOSFODNN7EXAMPLE", "AKIA"), id="short access key"),
    ],
)
def test_anything_else_is_no_proof_and_is_not_repeated(text: str) -> None:
    with pytest.raises(ProofError) as caught:
        Proof.parse(text, START)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("age", [-300, 0, 900])
def test_a_proof_is_good_for_a_quarter_of_an_hour(age: float) -> None:
    assert Proof.parse(PROOF, START + age).made == START


@pytest.mark.parametrize("age", [-301, 901, 86_400, -86_400])
def test_an_old_proof_and_one_from_the_future_are_refused(age: float) -> None:
    with pytest.raises(ProofError, match="too old, or from the future"):
        Proof.parse(PROOF, START + age)


def test_a_proof_does_not_show_in_messages() -> None:
    assert repr(Proof.parse(PROOF, START)) == "<Proof>"


def test_botocore_knows_the_regions_by_the_same_names() -> None:
    session = botocore.session.Session()
    resolver = session._get_internal_component("endpoint_resolver")  # type: ignore[attr-defined]  # nor in the stubs
    assert set(session.get_available_regions("sts")) >= REGIONS
    for region in REGIONS:
        assert resolver.construct_endpoint("sts", region)["hostname"] == sts_host(region)
        assert signed_headers(region, HOST) == {"host": sts_host(region), "x-s3pypi-host": HOST}
