from __future__ import annotations

import time
from urllib.parse import quote

import botocore.auth  # noqa: TID251  # the reference implementation
import botocore.awsrequest  # noqa: TID251  # likewise
import botocore.credentials  # noqa: TID251  # likewise
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_edge.sigv4 import AwsCredentials, sign

KEYS = AwsCredentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
TEMPORARY = KEYS._replace(session_token="a/session+token=")
NOW = 1_369_353_600.0  # 2013-05-24T00:00:00Z


def test_the_example_of_the_s3_documentation_is_signed_alike() -> None:
    headers = sign(
        "GET",
        "https://examplebucket.s3.amazonaws.com/test.txt",
        credentials=KEYS,
        region="us-east-1",
        service="s3",
        now=NOW,
        headers={"Range": "bytes=0-9"},
    )
    assert headers == {
        "host": "examplebucket.s3.amazonaws.com",
        "range": "bytes=0-9",
        "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-amz-date": "20130524T000000Z",
        "authorization": "AWS4-HMAC-SHA256 "
        "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    }


def _as_botocore(url: str, headers: dict[str, str], service: str) -> str:
    """The signature that botocore puts under the same request."""
    credentials = botocore.credentials.Credentials(*TEMPORARY)
    signer = {"s3": botocore.auth.S3SigV4Auth}.get(service, botocore.auth.SigV4Auth)(
        credentials, service, "eu-central-1"
    )
    sent = {name: value for name, value in headers.items() if name != "authorization"}
    request = botocore.awsrequest.AWSRequest("GET", url, headers=sent)
    request.context["timestamp"] = sent["x-amz-date"]
    canonical = signer.canonical_request(request)
    return str(signer.signature(signer.string_to_sign(request, canonical), request))


@given(
    service=st.sampled_from(["s3", "sts"]),
    path=st.text(st.characters(codec="ascii", exclude_characters="\0./")),
    query=st.dictionaries(st.from_regex(r"\A[A-Za-z-]+\Z"), st.from_regex(r"\A[A-Za-z0-9-]*\Z")),
    headers=st.dictionaries(st.from_regex(r"\Ax-[a-z]+\Z"), st.from_regex(r"\A[!-~]( ?[!-~])*\Z")),
    now=st.integers(0, 2**32),
)
def test_botocore_signs_alike(
    service: str, path: str, query: dict[str, str], headers: dict[str, str], now: int
) -> None:
    url = f"https://service.example/{quote(path)}"
    if query:
        url += "?" + "&".join(f"{name}={value}" for name, value in query.items())
    signed = sign(
        "GET",
        url,
        credentials=TEMPORARY,
        region="eu-central-1",
        service=service,
        now=now,
        headers=headers,
    )
    assert signed["x-amz-security-token"] == TEMPORARY.session_token
    assert signed["x-amz-date"] == time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    assert signed["authorization"].endswith(f"Signature={_as_botocore(url, signed, service)}")


def test_keys_come_from_the_variables_of_aws() -> None:
    environ = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    assert AwsCredentials.from_environ(environ) == ("a", "b", None)
    assert AwsCredentials.from_environ({**environ, "AWS_SESSION_TOKEN": "c"}) == ("a", "b", "c")


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_a_missing_variable_is_named(missing: str) -> None:
    environ = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    del environ[missing]
    with pytest.raises(ValueError, match=f"no {missing}"):
        AwsCredentials.from_environ(environ)


def test_keys_do_not_show_in_messages() -> None:
    assert repr(TEMPORARY) == "<AwsCredentials of AKIAIOSFODNN7EXAMPLE>"
