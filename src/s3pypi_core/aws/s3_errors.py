"""What botocore raises, turned into sentences. None of them holds a secret."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import urlsplit

from botocore import exceptions as aws

from s3pypi_core.bucket import AccessDenied, BodyChanged, BucketError, NoAccess, NoSuchBucket
from s3pypi_core.origin import without_userinfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class _Advice(NamedTuple):
    """A sentence and a hint; each may name what stands in its braces."""

    message: str
    hint: str
    kind: type[BucketError] = BucketError

    def about(self, names: Mapping[str, object]) -> BucketError:
        return self.kind(self.message.format_map(names), self.hint.format_map(names))


_RUN_AGAIN = "what was asked may have been done all the same: run the same command again"
_SIGN_IN = "aws sso login, with the same --profile; or fetch new credentials"

_DENIED = _Advice(
    "access denied: {action} on {where}: {said}",
    "the credentials need {action} there, and s3:ListBucket on the bucket, or S3 says forbidden "
    "for what is only absent; aws sts get-caller-identity says whose they are",
    AccessDenied,
)
_EXPIRED = _Advice("the AWS session has expired", _SIGN_IN, NoAccess)
_WRONG_REGION = _Advice("the bucket {bucket!r} is in the region {region}", "give --region {region}")
_SOME_OTHER_REGION = _Advice(
    "the bucket {bucket!r} is in another region",
    "give its --region; aws s3api get-bucket-location --bucket {bucket} says which",
)
_BUSY = _Advice("S3 is too busy, or fails: {action} on {where}: {code}", _RUN_AGAIN)
_NOT_S3 = _Advice(
    "what answered in the place of S3 says {status} to {action} on {where}",
    "check the endpoint, and whether a proxy or a sign-in page of this network is in the way",
)
_REFUSED = _Advice("S3 refused {action} on {where}: {code}: {said}", "")
_AWS_REFUSED = _Advice(
    "AWS refused {operation}, on the way to credentials: {code}: {said}",
    "check the profile; aws sts get-caller-identity should succeed first",
)

_BY_CODE = {
    "403": _DENIED,  # without a body, as a proxy may answer
    "AccessDenied": _DENIED,
    "BucketAlreadyExists": _Advice(
        "the bucket name {bucket!r} is somebody else's", "all of AWS shares these names: choose another"
    ),
    "EntityTooLarge": _Advice("{where} is too large", "S3 takes no larger one"),
    "ExpiredToken": _EXPIRED,
    "IllegalLocationConstraintException": _SOME_OTHER_REGION,
    "InvalidAccessKeyId": _Advice(
        "the endpoint does not know this AWS access key",
        "check AWS_ACCESS_KEY_ID or the profile, and the endpoint; aws configure list says what is used",
        NoAccess,
    ),
    "InvalidBucketName": _Advice("no bucket can be named {bucket!r}", "check the spelling"),
    "InvalidToken": _Advice("the AWS session token is not valid", _SIGN_IN, NoAccess),
    "NotImplemented": _Advice(
        "the endpoint cannot do {action} on {where}: {said}",
        "a repository needs a server that obeys If-Match and If-None-Match when it stores, as S3 does",
    ),
    "PermanentRedirect": _SOME_OTHER_REGION,
    "RequestTimeTooSkewed": _Advice(
        "the clock of this machine is wrong: it is more than 15 minutes away from that of S3", "set the clock"
    ),
    "SignatureDoesNotMatch": _Advice(
        "the AWS secret access key does not belong to the access key",
        "check AWS_SECRET_ACCESS_KEY or the profile; aws configure list says what is used",
        NoAccess,
    ),
}
_TRY_LATER = {
    "429",
    "RequestLimitExceeded",
    "RequestTimeout",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
}
_BODY_CHANGED = {"BadDigest", "XAmzContentSHA256Mismatch"}
_REGION_CODES = {"AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"}
_SERVER_ERROR = 500
# What a request needs leave to do. Any other was made by botocore, for credentials.
_PERMISSIONS = {
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "CompleteMultipartUpload": "s3:PutObject",
    "CreateBucket": "s3:CreateBucket",
    "CreateMultipartUpload": "s3:PutObject",
    "DeleteObject": "s3:DeleteObject",
    "GetObject": "s3:GetObject",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "ListObjectVersions": "s3:ListBucketVersions",
    "ListObjectsV2": "s3:ListBucket",
    "PutObject": "s3:PutObject",
    "UploadPart": "s3:PutObject",
}
# 412: another object is there. 409: another request for this key is under way.
# 404: what If-Match named is gone (AWS says so; other servers say 412), or an upload in parts has ended: a
# request whose answer got lost completed it.
PRECONDITION_FAILED = {
    "PreconditionFailed",
    "412",  # an answer without a body has no word for it
    "ConditionalRequestConflict",
    "OperationAborted",
    "409",
    "NoSuchKey",
    "NoSuchUpload",
}

NO_SUCH_KEY = {"NoSuchKey"}
# The last is AWS's word where the version is a delete marker.
NO_SUCH_VERSION = {"NoSuchKey", "NoSuchVersion", "MethodNotAllowed"}

_NO_ANSWER = _Advice("the connection to {host} broke before an answer was complete", _RUN_AGAIN)
CHECK_ENDPOINT = "check the endpoint (--endpoint-url, AWS_ENDPOINT_URL_S3), the region and the network"
_UNREACHABLE = _Advice("cannot reach {host}", CHECK_ENDPOINT)

# What boto3 raises while it finds credentials, makes a client, and sends. A bad endpoint is a ValueError, a
# credential process that cannot be started an OSError, a question for an MFA code that nobody can answer an
# EOFError; and over settings of another shape than it expects botocore stumbles.
RAISED_BY_BOTO3 = (
    aws.BotoCoreError,
    aws.ClientError,
    ValueError,
    OSError,
    AttributeError,
    TypeError,
    EOFError,
)

# The first class that fits decides. What botocore says itself is left out where it may quote a header.
_BY_CLASS: tuple[tuple[type[Exception], _Advice], ...] = (
    (
        aws.NoCredentialsError,
        _Advice(
            "no AWS credentials were found",
            "aws configure; or aws sso login and --profile; or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ),
    ),
    (
        aws.PartialCredentialsError,
        _Advice("the AWS credentials are not complete: {said}", "aws configure list says what is used"),
    ),
    (
        aws.ProfileNotFound,
        _Advice(
            "there is no AWS profile named {profile!r}", "aws configure list-profiles says which there are"
        ),
    ),
    (aws.NoRegionError, _Advice("no AWS region is set", "give --region, or set AWS_DEFAULT_REGION")),
    (aws.SSOError, _EXPIRED),
    (aws.TokenRetrievalError, _EXPIRED),
    (
        aws.SSLError,
        _Advice(
            "no secure connection to {host}: {error}",
            "a company's own certificates go into a file that AWS_CA_BUNDLE names",
        ),
    ),
    (
        aws.ProxyConnectionError,
        _Advice("cannot reach the proxy", "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"),
    ),
    (aws.ConnectionError, _UNREACHABLE),
    (aws.ConnectionClosedError, _NO_ANSWER),
    (aws.ReadTimeoutError, _NO_ANSWER),
    (aws.ResponseStreamingError, _NO_ANSWER),
    (aws.IncompleteReadError, _NO_ANSWER),
    (aws.FlexibleChecksumError, _NO_ANSWER),
    (
        aws.HTTPClientError,
        _Advice(
            "a request to S3 could not be sent",
            "check the credentials for line breaks and the like; otherwise run the same command again",
        ),
    ),
    (
        EOFError,
        _Advice(
            "the AWS profile asks for an MFA code, and nobody can be asked here",
            "aws configure export-credentials --profile ... --format env, and set what it prints",
        ),
    ),
    (
        Exception,
        _Advice(
            "AWS cannot be used as it is set up: {said}", "check the AWS options, and the files in ~/.aws"
        ),
    ),
)


def explain(error: Exception, bucket: str, key: str = "") -> BucketError:
    """What botocore raised while it asked for the key (or the bucket itself) as a sentence and a hint."""
    if isinstance(error, aws.ClientError):
        return _explain_refusal(error, bucket, key)
    details = getattr(error, "kwargs", {})  # what a BotoCoreError writes its message from
    # An address that botocore refuses may hold a user name and a password.
    said = without_userinfo(str(error))
    names = {**details, "said": said, "host": _host(details.get("endpoint_url"))}
    return next(advice for kind, advice in _BY_CLASS if isinstance(error, kind)).about(names)


@contextlib.contextmanager
def explained(bucket: str, key: str = "") -> Iterator[None]:
    """Let what botocore raises in the block be a BucketError about the key, or the bucket itself."""
    try:
        yield
    # Not all of RAISED_BY_BOTO3: files are read and written in such blocks, and their errors are not AWS's.
    except (aws.BotoCoreError, aws.ClientError, EOFError) as error:
        raise explain(error, bucket, key) from error


def code_of(error: aws.ClientError) -> str:
    """S3's word for what is wrong, such as ``NoSuchKey``; the status, if it had no word."""
    return _said(error).get("Code", "")


def _explain_refusal(error: aws.ClientError, bucket: str, key: str) -> BucketError:
    code = code_of(error)
    if code == "NoSuchBucket":
        return NoSuchBucket(bucket)
    if code in _BODY_CHANGED:
        return BodyChanged(key)
    names = {
        "action": _PERMISSIONS.get(error.operation_name, ""),
        "bucket": bucket,
        "code": code,
        "operation": error.operation_name,
        "region": _region(error),
        "said": _said(error).get("Message", ""),
        "status": _status(error),
        "where": f"s3://{bucket}/{key}",
    }
    return _choose(error).about(names)


def _choose(error: aws.ClientError) -> _Advice:
    code = code_of(error)
    if error.operation_name not in _PERMISSIONS:
        return _AWS_REFUSED
    if code in _REGION_CODES and _region(error):
        return _WRONG_REGION
    if _status(error) >= _SERVER_ERROR or code in _TRY_LATER:
        return _BY_CODE.get(code, _BUSY)
    # S3 always says what is wrong in a word of its own.
    return _BY_CODE.get(code, _REFUSED if code.isalpha() else _NOT_S3)


def _status(error: aws.ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def _region(error: aws.ClientError) -> str:
    """The region that the answer names, or nothing."""
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return _said(error).get("Region") or str(headers.get("x-amz-bucket-region", ""))


def _said(error: aws.ClientError) -> Mapping[str, str]:
    return cast("Mapping[str, str]", error.response.get("Error", {}))  # the stubs know a part of the names


def _host(endpoint_url: str | None) -> str:
    """Scheme, host and port of the address asked, without the user information that may be in it."""
    url = urlsplit(endpoint_url or "")
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}" if url.netloc else "S3"
