"""What our programs ask of S3 and CloudFront, as the permissions that it takes; and being refused it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import boto3  # noqa: TID251  # what every program asks S3 with
from botocore.awsrequest import AWSResponse  # noqa: TID251  # likewise
from botocore.compat import HTTPHeaders  # noqa: TID251  # likewise

from tests.cloudformation.iam import Call, allows
from tests.cloudformation.stacks import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from botocore.awsrequest import AWSPreparedRequest  # noqa: TID251  # likewise

    from tests.cloudformation.iam import Statement

# The permissions of each operation, from the reference of the S3 API.
ACTIONS = {
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "CompleteMultipartUpload": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "DeleteObject": "s3:DeleteObject",
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "ListObjectVersions": "s3:ListBucketVersions",
    "ListObjectsV2": "s3:ListBucket",
    "PutObject": "s3:PutObject",
    "UploadPart": "s3:PutObject",
}
_READ = "s3:GetObject"
_WRITE = "s3:PutObject"
_MAKE_AN_OBJECT = {"PutObject", "CompleteMultipartUpload"}
_REFUSAL = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
_REFUSALS = {"s3": _REFUSAL, "cloudfront": f"<ErrorResponse>{_REFUSAL}</ErrorResponse>"}


@dataclass
class Caller:
    """Somebody to whom these statements apply; ``asked`` is what they have asked for.

    ``tags`` are the condition keys of the distribution. ``meanwhile`` is told of each operation.
    """

    statements: Sequence[Statement]
    tags: frozenset[tuple[str, str]] = frozenset()
    meanwhile: Callable[[str], object] = str
    asked: set[Call] = field(default_factory=set)
    refused: set[Call] = field(default_factory=set)

    def session(self) -> type[boto3.Session]:
        """What stands for boto3.Session while it is they who call."""
        return type("Session", (_Session,), {"caller": self})

    def may(self, calls: Sequence[Call]) -> bool:
        """Write down what is asked for; return whether all of it is allowed."""
        refused = [call for call in calls if not allows(self.statements, call)]
        self.asked.update(calls)
        self.refused.update(refused)
        return not refused


class _Session(boto3.Session):
    caller: Caller

    def __init__(self, *, profile_name: str | None = None, region_name: str | None = None) -> None:
        super().__init__(profile_name=profile_name, region_name=region_name)
        # The stubs do not know that a handler may answer in the place of a server.
        self.events.register_last("before-send", self._judge)  # type: ignore[arg-type]

    def _judge(self, request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse | None:
        """Refuse, as AWS does, what is not allowed; anything else is sent."""
        service, operation = event_name.split(".")[1:]
        self.caller.meanwhile(operation)
        if service == "cloudfront":
            calls = [_invalidation(operation, request.url, self.caller.tags)]
        else:
            calls = wanted(operation, request.url, set(request.headers))
        if self.caller.may(calls):
            return None
        # An answer to HEAD has no body.
        body = b"" if request.method == "HEAD" else _REFUSALS[service].encode()
        return AWSResponse(request.url, 403, HTTPHeaders(), _Body(body))


class _Body(io.BytesIO):
    def stream(self) -> Iterator[bytes]:
        """All of it, as urllib3 gives it to botocore."""
        yield self.read()


def wanted(operation: str, url: str, headers: set[str]) -> list[Call]:
    """What S3 asks IAM before it does what was asked at a URL of the form http://host/bucket/key."""
    address = urlsplit(url)
    _, bucket, *rest = unquote(address.path).split("/", 2)
    is_version = "versionId" in parse_qs(address.query)
    call = Call(ACTIONS[operation] + "Version" * is_version, "arn:aws:s3:::" + "/".join([bucket, *rest]))
    if call.action == _READ:
        # Or absent would be forbidden, and nothing of ours could tell a new project from one it may not read.
        return [call, Call("s3:ListBucket", f"arn:aws:s3:::{bucket}")]
    if call.action == _WRITE:
        return [call._replace(context=_context(operation, headers))]
    return [call]


def _context(operation: str, headers: set[str]) -> frozenset[tuple[str, str]]:
    """The condition keys of a write, as the S3 user guide describes them."""
    keys = {"s3:ObjectCreationOperation": str(operation in _MAKE_AN_OBJECT).lower()}
    if "if-none-match" in {name.lower() for name in headers}:
        keys["s3:if-none-match"] = "*"
    return frozenset(keys.items())


def _invalidation(operation: str, url: str, tags: frozenset[tuple[str, str]]) -> Call:
    """What CloudFront asks IAM, at a URL of the form http://host/DATE/distribution/ID/invalidation."""
    distribution = urlsplit(url).path.split("/")[3]
    return Call(f"cloudfront:{operation}", f"arn:aws:cloudfront::{ACCOUNT}:distribution/{distribution}", tags)
