"""The bucket on S3."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from botocore.config import Config  # noqa: TID251  # with its parts, this module is the one that speaks to AWS
from botocore.exceptions import BotoCoreError, ClientError  # noqa: TID251  # likewise
from botocore.regions import EndpointResolverBuiltins  # noqa: TID251  # likewise
from botocore.session import Session  # noqa: TID251  # likewise; boto3 would only add to the time it takes

from s3pypi_core.body import Body, opened, to_nobody
from s3pypi_core.bucket import CONNECTIONS, BodyChanged, Head, Object, PreconditionFailed
from s3pypi_core.multipart import AT_ONCE, begin_upload
from s3pypi_core.s3_direct import Unclear
from s3pypi_core.s3_errors import PRECONDITION_FAILED, code_of, explain
from s3pypi_core.s3_route import ANSWER_WITHIN, CONNECT_WITHIN, Route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from botocore.awsrequest import AWSRequest  # noqa: TID251  # likewise
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_s3.type_defs import (
        CreateBucketRequestTypeDef,
        GetObjectOutputTypeDef,
        HeadObjectOutputTypeDef,
        PutObjectRequestTypeDef,
    )

    from s3pypi_core.bucket import Headers
    from s3pypi_core.s3_direct import DirectS3

ATTEMPTS = 4  # of each request; botocore's standard mode waits up to 1, 2 and 4 s between them
SMALL = 1024 * 1024  # bytes; up to here a body is sent from memory, in one go
LARGE = 64 * 1024 * 1024  # bytes; above, a file is sent in parts

# CreateBucket refuses a LocationConstraint that names its default.
_DEFAULT_REGIONS = {"us-east-1", "aws-global"}


@dataclass(frozen=True)
class S3Bucket:
    """A Bucket on S3, or on a server that speaks its protocol. Threads may share it.

    Small requests take the direct ``route``, if there is one; botocore makes all others, and those again to
    which there was no plain answer.
    """

    name: str
    client: S3Client
    route: Route | None = None

    @classmethod
    def open(
        cls,
        name: str,
        *,
        region: str | None = None,
        profile: str | None = None,
        endpoint_url: str | None = None,
        connections: int = CONNECTIONS,
    ) -> S3Bucket:
        """Connect with what boto3 finds: these options, environment, configuration files.

        No request goes to S3 yet. Raises BucketError for settings that cannot be used.
        """
        try:
            session = Session(profile=profile)
            if region is not None:
                session.set_config_variable("region", region)  # also that of whoever gives credentials
            client = session.create_client("s3", endpoint_url=endpoint_url, config=_config(connections))
        except (BotoCoreError, ClientError, ValueError, OSError) as error:
            # A bad endpoint is a ValueError, a credential process that cannot be started an OSError.
            raise explain(error, name) from error
        client.meta.events.register("before-endpoint-resolution.s3", _address_by_path)
        client.meta.events.register("before-send.s3", _start_counting)
        s3 = cast("S3Client", client)  # what the stubs of boto3 call it
        return cls(name, s3, Route(session, s3, name))

    def make(self) -> None:
        """Create the bucket in the client's region; no error when it is ours already."""
        request: CreateBucketRequestTypeDef = {"Bucket": self.name}
        region = self.client.meta.region_name
        if region not in _DEFAULT_REGIONS:
            # The region is whatever the user gave; the stubs list those of their day.
            constraint = cast("BucketLocationConstraintType", region)
            request["CreateBucketConfiguration"] = {"LocationConstraint": constraint}
        with _explained(self.name), contextlib.suppress(self.client.exceptions.BucketAlreadyOwnedByYou):
            self.client.create_bucket(**request)

    def get(self, key: str) -> Object | None:
        """See Bucket.get."""
        with _explained(self.name, key):
            if direct := self._direct():
                with contextlib.suppress(Unclear):
                    return direct.get(key)
            answer = self._get(key)
            if answer is None:
                return None
            with contextlib.closing(answer["Body"]) as body:
                return Object(body.read(), answer["ETag"])

    def head(self, key: str) -> Head | None:
        """See Bucket.head."""
        with _explained(self.name, key):
            try:
                return _head(self.client.head_object(Bucket=self.name, Key=key))
            except ClientError:
                # An answer to HEAD has no body: only GET's can tell a missing key from a missing bucket.
                answer = self._get(key)
            if answer is None:
                return None
            answer["Body"].close()
            return _head(answer)

    def create(
        self,
        key: str,
        body: bytes | Path,
        headers: Headers,
        *,
        sha256: str | None = None,
        sent: Callable[[int], None] | None = None,
    ) -> str:
        """See Bucket.create."""
        if isinstance(body, bytes):
            return self._store(key, body, headers, sha256=sha256, sent=sent)
        with opened(body) as file:
            size = os.fstat(file.fileno()).st_size
            if size <= SMALL:
                return self._store(key, file.read(), headers, sha256=sha256, sent=sent)
            with _explained(self.name, key):
                if size > LARGE:
                    upload = begin_upload(self.client, self._direct(), self.name, key, headers)
                    return upload.create(body, sha256, sent or to_nobody)
                return self._put(key, Body(file, size, sent or to_nobody), headers, sha256=sha256)

    def replace(self, key: str, body: bytes, headers: Headers, *, etag: str) -> str:
        """See Bucket.replace."""
        return self._store(key, body, headers, etag=etag)

    def _store(
        self,
        key: str,
        content: bytes,
        headers: Headers,
        *,
        etag: str | None = None,
        sha256: str | None = None,
        sent: Callable[[int], None] | None = None,
    ) -> str:
        """Store over the object that has this ETag, where None stands for nothing."""
        found = hashlib.sha256(content).hexdigest()
        if sha256 not in {None, found}:
            raise BodyChanged(key)
        with _explained(self.name, key):
            body = Body(io.BytesIO(content), len(content), sent or to_nobody)
            return self._put(key, body, headers, etag=etag, sha256=found)

    def _put(
        self, key: str, body: Body, headers: Headers, *, etag: str | None = None, sha256: str | None
    ) -> str:
        direct = self._direct()
        if direct and sha256:
            try:
                return direct.put(key, body, sha256, headers, etag=etag)
            except Unclear:
                body.seek(0)
        return self._put_by_botocore(key, body, headers, etag=etag, sha256=sha256)

    def _direct(self) -> DirectS3 | None:
        return self.route.direct() if self.route else None

    def _get(self, key: str) -> GetObjectOutputTypeDef | None:
        try:
            return self.client.get_object(Bucket=self.name, Key=key)
        except self.client.exceptions.NoSuchKey:
            return None

    def _put_by_botocore(
        self, key: str, body: Body, headers: Headers, *, etag: str | None, sha256: str | None
    ) -> str:
        request: PutObjectRequestTypeDef = {
            "Bucket": self.name,
            "Key": key,
            "Body": body.as_stream(),
            "ContentType": headers.content_type,
            "CacheControl": headers.cache_control,
            "Metadata": headers.metadata,
        }
        if etag is None:
            request["IfNoneMatch"] = "*"
        else:
            request["IfMatch"] = etag
        if sha256 is not None:
            # It also spares botocore a pass over the body for a checksum of its own choice.
            request["ChecksumSHA256"] = base64.b64encode(bytes.fromhex(sha256)).decode()
        try:
            return self.client.put_object(**request)["ETag"]
        except ClientError as error:
            if code_of(error) in PRECONDITION_FAILED:
                raise PreconditionFailed(key) from error
            raise


def _config(connections: int) -> Config:
    return Config(
        connect_timeout=CONNECT_WITHIN,
        read_timeout=ANSWER_WITHIN,
        max_pool_connections=connections + AT_ONCE,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        tcp_keepalive=True,
    )


def _start_counting(request: AWSRequest, **_: object) -> None:
    """Whatever is read of a body before was read to be signed."""
    if isinstance(request.body, Body):
        request.body.start()


def _address_by_path(builtins: dict[EndpointResolverBuiltins, object], **_: object) -> None:
    """Write http://host/bucket/key for an endpoint of one's own, wherever it is configured.

    Nobody has a DNS name for each bucket of such a server. (On AWS, botocore does so for names with dots.)
    """
    if builtins.get(EndpointResolverBuiltins.SDK_ENDPOINT):
        builtins[EndpointResolverBuiltins.AWS_S3_FORCE_PATH_STYLE] = True


@contextlib.contextmanager
def _explained(bucket: str, key: str = "") -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise explain(error, bucket, key) from error


def _head(answer: HeadObjectOutputTypeDef | GetObjectOutputTypeDef) -> Head:
    return Head(
        answer["ETag"],
        answer["ContentLength"],
        {name.lower(): value for name, value in answer["Metadata"].items()},
        answer.get("ContentType", ""),
        answer.get("CacheControl", ""),
    )
