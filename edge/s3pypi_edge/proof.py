"""A proof that somebody holds AWS credentials, without the credentials: one definition for both its sides.

It is the signature of a request to STS, GetCallerIdentity, which STS answers with who signed it. Whoever
wants to come in makes a proof; the function builds the same request again and sends it. Nothing of the
request is taken from the proof but the four fields that cannot be known otherwise, each of a strict form.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_edge.config import normalize_host
from s3pypi_edge.sigv4 import ALGORITHM, canonical_request, sign_request
from s3pypi_edge.urls import encode
from s3pypi_edge.users import parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_edge.sigv4 import AwsCredentials

# Where a proof may be looked up: the regions of AWS's commercial partition, where Lambda@Edge runs.
REGIONS = frozenset(
    {
        *("af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
        *("ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3"),
        *("ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1"),
        *("ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2"),
        *("eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1"),
        *("mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    }
)
OLDEST = 900  # seconds that a proof is good for, as STS has it
_AHEAD = 300  # seconds that the clock which made it may be fast

_SERVICE = "sts"
_PROOF = re.compile(
    r"(?P<access_key>[A-Z0-9]{16,128})/(?P<day>[0-9]{8})/(?P<region>[a-z0-9-]{1,32})/sts/aws4_request"
    r",(?P<date>(?P=day)T[0-9]{6}Z)"
    r",(?P<signature>[0-9a-f]{64})"
    r",(?P<session_token>[A-Za-z0-9+/=_.-]{0,4096})"
)


class ProofError(Exception):
    """A proof that proves nothing. The message says why, and nothing that was sent."""


class Proof(NamedTuple):
    """The fields of a proof; ``date`` is like 20261122T100000Z, ``session_token`` may be empty."""

    access_key: str
    region: str
    date: str
    signature: str
    session_token: str

    def __repr__(self) -> str:
        return "<Proof>"

    @classmethod
    def parse(cls, text: str, now: float) -> Proof:
        """Read a proof that was made within the last 15 minutes before ``now``. Raises ProofError."""
        match = _PROOF.fullmatch(text)
        if match is None:
            raise ProofError("not written like a proof")
        if match["region"] not in REGIONS:
            raise ProofError("a proof for a region that is not known")
        proof = cls(**{field: match[field] for field in cls._fields})
        if not -_AHEAD <= now - proof.made <= OLDEST:
            raise ProofError("a proof that is too old, or from the future")
        return proof

    @property
    def made(self) -> float:
        """When it was made, in POSIX seconds. Raises ProofError for a date that is none."""
        year, month, day, hour, minute, second = (self.date[a:b] for a, b in _DIGITS)
        try:
            return parse_time(f"{year}-{month}-{day}T{hour}:{minute}:{second}Z")
        except ValueError:
            raise ProofError("a proof whose date is none") from None

    def target(self) -> str:
        """The path and the query to ask STS for."""
        query = _query(self.access_key, self.region, self.date, self.session_token)
        return f"/?{query}&X-Amz-Signature={self.signature}"


_DIGITS = ((0, 4), (4, 6), (6, 8), (9, 11), (11, 13), (13, 15))  # the numbers in 20261122T100000Z


def make_proof(credentials: AwsCredentials, *, region: str, host: str, now: float) -> str:
    """Write the proof that ``credentials`` are at hand, for the repository at ``host`` and nobody else.

    It is sent as the password of the user ``__iam__`` to ``https://HOST/-/token``, and is good for 15 minutes
    from ``now``, in POSIX seconds. ``host`` has its port where that is not 443; ``region`` is one of REGIONS,
    in which the account must be enabled. Raises ValueError for another region, and for credentials that AWS
    would not give.
    """
    if region not in REGIONS:
        raise ValueError(f"{region!r} is not a region in which a proof can be looked up")
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    token = credentials.session_token or ""
    query = _query(credentials.access_key, region, date, token)
    request = canonical_request("GET", "/", query, signed_headers(region, host))
    scope = _scope(region, date)
    signature = sign_request(request, secret_key=credentials.secret_key, stamp=date, scope=scope)
    text = f"{credentials.access_key}/{scope},{date},{signature},{token}"
    if not _PROOF.fullmatch(text):
        raise ValueError("the AWS credentials are not written as AWS writes them")
    return text


def sts_host(region: str) -> str:
    """The name of STS in one of REGIONS."""
    return f"sts.{region}.amazonaws.com"


def signed_headers(region: str, host: str) -> Mapping[str, str]:
    """The headers that a proof signs: a proof made for one repository is worth nothing at another."""
    return {"host": sts_host(region), "x-s3pypi-host": normalize_host(host)}


def _scope(region: str, date: str) -> str:
    return f"{date[:8]}/{region}/{_SERVICE}/aws4_request"


def _query(access_key: str, region: str, date: str, session_token: str) -> str:
    """All that is signed of the query, in the order in which it is."""
    parameters = {
        "Action": "GetCallerIdentity",
        "Version": "2011-06-15",
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{access_key}/{_scope(region, date)}",
        "X-Amz-Date": date,
        "X-Amz-Expires": str(OLDEST),
        **({"X-Amz-Security-Token": session_token} if session_token else {}),
        "X-Amz-SignedHeaders": "host;x-s3pypi-host",
    }
    return "&".join(f"{name}={encode(value)}" for name, value in parameters.items())
