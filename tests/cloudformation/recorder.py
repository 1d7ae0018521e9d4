"""What our programs ask of S3, as the permissions that S3 wants for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import boto3  # noqa: TID251  # what every program asks S3 with

from tests.cloudformation.iam import Call

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest  # noqa: TID251  # likewise

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


class Recorder(boto3.Session):
    """A session whose clients tell, in ``calls``, what they sent."""

    calls: set[Call]

    def __init__(self, *, profile_name: str | None = None, region_name: str | None = None) -> None:
        super().__init__(profile_name=profile_name, region_name=region_name)
        self.events.register_last("before-send.s3", self._record)

    def _record(self, request: AWSPreparedRequest, event_name: str, **_: object) -> None:
        self.calls.update(wanted(event_name.rpartition(".")[2], request.url, set(request.headers)))


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
