"""The clients of AWS's other services, for the program that stands a repository up; and what they raise."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore import exceptions as aws
from botocore.config import Config

from s3pypi_core.aws.s3_errors import CHECK_ENDPOINT, RAISED_BY_BOTO3, explain
from s3pypi_core.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from mypy_boto3_acm import ACMClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

T = TypeVar("T")

# CloudFormation allows few calls a second in an account: a busy one makes us wait, and not fail.
_CONFIG = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 8})

_SIGN_IN = "aws sso login, with the same --profile; or fetch new credentials"
_HINTS = {
    "AccessDenied": "docs/deploying.md has the policy that this needs; aws sts get-caller-identity says "
    "whose the credentials are",
    "ExpiredToken": _SIGN_IN,
    "InvalidClientTokenId": "check AWS_ACCESS_KEY_ID or the profile, and that the region is enabled in the "
    "account; aws configure list says what is used",
    "SignatureDoesNotMatch": "check AWS_SECRET_ACCESS_KEY or the profile, and the clock of this machine",
    "Throttling": "wait a minute and run the same command again: it goes on from where it is",
}
# What is said of S3 is not true of all services, nor has this program every option of the others.
_HERE = {
    CHECK_ENDPOINT: "check the region (--region, AWS_REGION), the network, and AWS_ENDPOINT_URL if it is set"
}
# The services do not agree on their words.
_SAME = {
    "403": "AccessDenied",
    "AccessDeniedException": "AccessDenied",
    "UnauthorizedOperation": "AccessDenied",
    "ExpiredTokenException": "ExpiredToken",
    "RequestExpired": "ExpiredToken",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "InvalidAccessKeyId": "InvalidClientTokenId",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "ThrottlingException": "Throttling",
    "TooManyRequestsException": "Throttling",
    "RequestLimitExceeded": "Throttling",
    "SlowDown": "Throttling",
}
_SENTENCES = {
    "ExpiredToken": "the AWS session has expired",
    "Throttling": "AWS is too busy: {operation}: {said}",
    "AccessDenied": "access denied: {operation}: {said}",
}
_SERVER_ERROR = 500
_UNANSWERED = (
    aws.ConnectionError,
    aws.ConnectionClosedError,
    aws.ReadTimeoutError,
    aws.ResponseStreamingError,
    aws.IncompleteReadError,
)


class AwsError(RepositoryError):
    """A request to AWS had no result: it was refused, or not answered, or could not be sent."""


class AwsRefusal(AwsError):
    """AWS refused a request. ``code`` is its word for why, ``said`` its sentence."""

    def __init__(self, operation: str, code: str, said: str) -> None:
        self.code = _SAME.get(code, code)
        self.said = said
        sentence = _SENTENCES.get(self.code, "AWS refused {operation}: {code}: {said}")
        message = sentence.format(operation=operation, code=code, said=said)
        super().__init__(message, _HINTS.get(self.code, ""))


class AwsBusy(AwsRefusal):
    """AWS would not answer now, and may later."""


class AwsUnreachable(AwsError):
    """No answer came: the network may be back later."""


@dataclass(frozen=True)
class AwsClients:
    """Makes clients with what boto3 finds. A client asks nothing before it is used."""

    session: boto3.Session

    @classmethod
    def open(cls, *, profile: str | None = None, region: str | None = None) -> AwsClients:
        """Find the credentials. Raises AwsError for settings that cannot be used."""
        with explained():
            return cls(boto3.Session(profile_name=profile, region_name=region))

    def cloudformation(self, region: str) -> CloudFormationClient:
        """CloudFormation in a region."""
        with explained():
            return self.session.client("cloudformation", region_name=region, config=_CONFIG)

    def acm(self, region: str) -> ACMClient:
        """The certificates of a region."""
        with explained():
            return self.session.client("acm", region_name=region, config=_CONFIG)

    def functions(self, region: str) -> LambdaClient:
        """The functions of a region."""
        with explained():
            return self.session.client("lambda", region_name=region, config=_CONFIG)

    def s3(self, region: str) -> S3Client:
        """S3 in a region."""
        with explained():
            return self.session.client("s3", region_name=region, config=_CONFIG)

    def sts(self, region: str) -> STSClient:
        """Who the credentials belong to, asked in a region."""
        with explained():
            return self.session.client("sts", region_name=region, config=_CONFIG)

    def zones(self) -> Route53Client:
        """Route 53, which is in no region."""
        with explained():
            return self.session.client("route53", config=_CONFIG)


def ask(request: Callable[[], T], *, none_if: Container[str]) -> T | None:
    """What a request gives; None where AWS refuses it with a code in ``none_if``. Raises AwsError."""
    try:
        with explained():
            return request()
    except AwsRefusal as refusal:
        if refusal.code in none_if:
            return None
        raise


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Let what boto3 raises in the block be AwsRefusal, AwsBusy, AwsUnreachable, or else an AwsError."""
    try:
        yield
    except aws.ClientError as error:
        raise _refusal(error) from error
    except RAISED_BY_BOTO3 as error:
        advice = explain(error, "")
        kind = AwsUnreachable if isinstance(error, _UNANSWERED) else AwsError
        hint = _HERE.get(advice.hint, advice.hint)
        raise kind(re.sub(r"\bS3\b", "AWS", advice.message), hint) from error


def _refusal(error: aws.ClientError) -> AwsRefusal:
    said = error.response.get("Error", {})
    code = said.get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    busy = status >= _SERVER_ERROR or _SAME.get(code, code) == "Throttling"
    kind = AwsBusy if busy else AwsRefusal
    return kind(error.operation_name, code, said.get("Message", ""))
