"""The bucket on S3."""

from __future__ import annotations

import base64
import contextlib
import os
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from botocore.exceptions import BotoCoreError, ClientError  # noqa: TID251  # with its parts, it speaks to AWS

from s3pypi_core.aws.s3_answers import date_of, etag_of, head_of
from s3pypi_core.aws.s3_client import SMALL, open_client
from s3pypi_core.aws.s3_errors import NO_SUCH_KEY, NO_SUCH_VERSION, PRECONDITION_FAILED, code_of, explained
from s3pypi_core.aws.s3_listing import entries_of, uploads_in_parts
from s3pypi_core.aws.s3_parts import LARGE, counted, create_in_parts
from s3pypi_core.aws.s3_versions import list_versions
from s3pypi_core.bucket import (
    CONNECTIONS,
    Object,
    ObjectGone,
    Opened,
    PreconditionFailed,
    UnreadableBody,
    Version,
    body_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import BinaryIO

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_s3.type_defs import (
        CreateBucketRequestTypeDef,
        GetObjectOutputTypeDef,
        GetObjectRequestTypeDef,
        PutObjectRequestTypeDef,
        VersioningConfigurationTypeDef,
    )

    from s3pypi_core.bucket import Entry, Head, Headers, Unfinished

# CreateBucket refuses a LocationConstraint that names its default.
_DEFAULT_REGIONS = {"us-east-1", "aws-global"}


@dataclass(frozen=True)
class S3Bucket:
    """A Bucket on S3, or on a server that speaks its protocol. Threads may share it."""

    name: str
    client: S3Client
    _heard: deque[Mapping[str, str]] = field(
        default_factory=lambda: deque(maxlen=1), init=False, repr=False, compare=False
    )  # the headers of the last object read, by whichever thread

    @classmethod
    def open(
        cls,
        name: str,
        *,
        region: str | None = None,
        profile: str | None = None,
        endpoint_url: str | None = None,
        connections: int = CONNECTIONS,
        interactive: bool = True,
    ) -> S3Bucket:
        """Connect with what boto3 finds: these options, environment, configuration files.

        Unless ``interactive``, nobody is asked for the MFA code of a profile. No request goes to S3 yet, but
        the credentials are there when this returns.
        Raises BucketError for settings that cannot be used.
        """
        client = open_client(
            name,
            region=region,
            profile=profile,
            endpoint_url=endpoint_url,
            connections=connections,
            interactive=interactive,
        )
        return cls(name, client)

    def make(self) -> None:
        """Create the bucket in the client's region; no error when it is ours already."""
        request: CreateBucketRequestTypeDef = {"Bucket": self.name}
        region = self.client.meta.region_name
        if region not in _DEFAULT_REGIONS:
            # The region is whatever the user gave; the stubs list those of their day.
            constraint = cast("BucketLocationConstraintType", region)
            request["CreateBucketConfiguration"] = {"LocationConstraint": constraint}
        with explained(self.name), contextlib.suppress(self.client.exceptions.BucketAlreadyOwnedByYou):
            self.client.create_bucket(**request)

    def keep_versions(self) -> None:
        """Let the bucket keep what is replaced or deleted from now on, unless somebody has suspended that."""
        with explained(self.name):
            if "Status" not in self.client.get_bucket_versioning(Bucket=self.name):
                enabled: VersioningConfigurationTypeDef = {"Status": "Enabled"}
                self.client.put_bucket_versioning(Bucket=self.name, VersioningConfiguration=enabled)

    def now(self) -> float:
        """See Bucket.now."""
        with explained(self.name):
            # Not HeadBucket, whose answer has no body that tells a missing bucket from a mere 404.
            answer = self.client.list_objects_v2(Bucket=self.name, MaxKeys=1)
        return date_of(answer["ResponseMetadata"]["HTTPHeaders"])

    def last_heard(self) -> float:
        """See Bucket.last_heard."""
        return date_of(self._heard[0]) if self._heard else self.now()

    def get(self, key: str) -> Object | None:
        """See Bucket.get."""
        with explained(self.name, key):
            answer = self._get(key)
            if answer is None:
                return None
            with contextlib.closing(answer["Body"]) as body:
                found = Object(body.read(), head_of(answer))
        self._heard.append(answer["ResponseMetadata"]["HTTPHeaders"])
        return found

    def head(self, key: str) -> Head | None:
        """See Bucket.head."""
        with explained(self.name, key):
            try:
                return head_of(self.client.head_object(Bucket=self.name, Key=key))
            except ClientError:
                # An answer to HEAD has no body: only GET's can tell a missing key from a missing bucket.
                answer = self._get(key)
            if answer is None:
                return None
            answer["Body"].close()
            return head_of(answer)

    def create(self, key: str, body: bytes, headers: Headers) -> str:
        """See Bucket.create."""
        request = self._put_request(key, body, headers)
        request["IfNoneMatch"] = "*"
        return self._put(request)

    def create_file(
        self, key: str, path: Path, headers: Headers, *, sha256: str, sent: Callable[[int], None]
    ) -> None:
        """See Bucket.create_file."""
        with _opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > LARGE:
                self._create_in_parts(key, path, headers, sha256, sent)
                return
            body = file.read() if size <= SMALL else counted(file, size, sent)
            request = self._put_request(key, body, headers)
            request["IfNoneMatch"] = "*"
            # It also spares botocore a pass over the body for a checksum of its own choice.
            request["ChecksumSHA256"] = base64.b64encode(bytes.fromhex(sha256)).decode()
            self._put(request)

    def _create_in_parts(
        self, key: str, path: Path, headers: Headers, sha256: str, sent: Callable[[int], None]
    ) -> None:
        with self._storing(key):
            try:
                create_in_parts(self.client, self.name, key, path, headers, sha256=sha256, sent=sent)
            except BotoCoreError:  # some are an OSError as well
                raise
            except OSError as error:
                raise UnreadableBody(path, error) from error

    def replace(self, key: str, body: bytes, headers: Headers, *, etag: str) -> str:
        """See Bucket.replace."""
        request = self._put_request(key, body, headers)
        request["IfMatch"] = etag
        return self._put(request)

    def delete(self, key: str) -> None:
        """See Bucket.delete."""
        with explained(self.name, key):
            self.client.delete_object(Bucket=self.name, Key=key)

    def versions(self, key: str) -> list[Version]:
        """See Bucket.versions."""
        with explained(self.name, key):
            return list_versions(self.client, self.name, key)

    def get_version(self, key: str, version_id: str) -> Object | None:
        """See Bucket.get_version."""
        with explained(self.name, key):
            answer = self._get(key, version_id)
            if answer is None:
                return None
            with contextlib.closing(answer["Body"]) as body:
                return Object(body.read(), head_of(answer))

    def remove_version(self, key: str, version_id: str) -> None:
        """See Bucket.remove_version."""
        with explained(self.name, key):
            self.client.delete_object(Bucket=self.name, Key=key, VersionId=version_id)

    @contextlib.contextmanager
    def opened(self, key: str, *, version: str | None = None) -> Iterator[Opened]:
        """See Bucket.opened."""
        with explained(self.name, key):
            answer = self._get(key, version)
            if answer is None:
                raise ObjectGone(key)
            with contextlib.closing(answer["Body"]) as body:
                yield Opened(head_of(answer), cast("BinaryIO", body))  # it reads, and no more

    def stream(self, key: str, *, version: str | None = None) -> AbstractContextManager[BinaryIO]:
        """See Bucket.stream."""
        return body_of(self.opened(key, version=version))

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        """See Bucket.unfinished."""
        with explained(self.name, prefix):
            yield from uploads_in_parts(self.client, self.name, prefix)

    def abandon(self, upload: Unfinished) -> None:
        """See Bucket.abandon."""
        with explained(self.name, upload.key), contextlib.suppress(self.client.exceptions.NoSuchUpload):
            self.client.abort_multipart_upload(Bucket=self.name, Key=upload.key, UploadId=upload.id)

    def _get(self, key: str, version_id: str | None = None) -> GetObjectOutputTypeDef | None:
        request: GetObjectRequestTypeDef = {"Bucket": self.name, "Key": key}
        if version_id is not None:
            request["VersionId"] = version_id
        try:
            return self.client.get_object(**request)
        except ClientError as error:
            # Not by its class: botocore makes those when first asked, and two threads may get a set each.
            if code_of(error) in (NO_SUCH_KEY if version_id is None else NO_SUCH_VERSION):
                return None
            raise

    def _put_request(self, key: str, body: bytes | BinaryIO, headers: Headers) -> PutObjectRequestTypeDef:
        return {
            "Bucket": self.name,
            "Key": key,
            "Body": body,
            "ContentType": headers.content_type,
            "CacheControl": headers.cache_control,
            "Metadata": headers.metadata,
        }

    def _put(self, request: PutObjectRequestTypeDef) -> str:
        with self._storing(request["Key"]):
            return etag_of(self.client.put_object(**request))

    @contextlib.contextmanager
    def _storing(self, key: str) -> Iterator[None]:
        with explained(self.name, key):
            try:
                yield
            except ClientError as error:
                if code_of(error) in PRECONDITION_FAILED:
                    raise PreconditionFailed(key) from error
                raise

    # The last one, because its name hides the type from what follows.
    def list(self, prefix: str) -> Iterator[Entry]:
        """See Bucket.list."""
        with explained(self.name, prefix):
            yield from entries_of(self.client, self.name, prefix)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableBody(path, error) from error
    with file:
        yield file
