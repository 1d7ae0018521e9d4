"""A large file as a multipart upload: in parts, side by side, and visible only when it is complete."""

from __future__ import annotations

import base64
import hashlib
import threading
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError  # noqa: TID251  # a part of s3_bucket

from s3pypi_core.body import Body, opened
from s3pypi_core.bucket import BodyChanged, BucketError, PreconditionFailed
from s3pypi_core.progress import Stopped
from s3pypi_core.s3_direct import Unclear
from s3pypi_core.s3_errors import PRECONDITION_FAILED, code_of
from s3pypi_core.workers import workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path
    from typing import IO

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

    from s3pypi_core.bucket import Headers
    from s3pypi_core.s3_direct import DirectS3

PART = 8 * 1024 * 1024  # bytes; S3 takes 10,000 parts of an object
AT_ONCE = 10  # parts on their way; aws s3 cp sends as many
_BLOCK = 1024 * 1024

# Of the whole process: however many large files there are, they do not get a connection each and more.
_slots = threading.BoundedSemaphore(AT_ONCE)


class LeftBehind(BucketError):
    """A multipart upload that came to nothing could not be removed: S3 keeps it, and charges for it."""

    def __init__(self, bucket: str, key: str, upload_id: str) -> None:
        super().__init__(
            f"{key} was not stored, and what was sent of it could not be removed",
            f"aws s3api abort-multipart-upload --bucket {bucket} --key {key} --upload-id {upload_id}",
        )


def begin_upload(
    client: S3Client, direct: DirectS3 | None, bucket: str, key: str, headers: Headers
) -> MultipartUpload:
    """Begin to create an object that has these headers. Raises what botocore raises."""
    answer = client.create_multipart_upload(
        Bucket=bucket,
        Key=key,
        ContentType=headers.content_type,
        CacheControl=headers.cache_control,
        Metadata=headers.metadata,
        ChecksumAlgorithm="SHA256",
    )
    return MultipartUpload(client, direct, bucket, key, answer["UploadId"])


class _Part(NamedTuple):
    """A part of a file: ``number`` counts from 1, ``offset`` and ``size`` are in bytes."""

    number: int
    offset: int
    size: int
    sha256: bytes

    @property
    def checksum(self) -> str:
        """Its SHA-256 as S3 writes it."""
        return base64.b64encode(self.sha256).decode()


@dataclass(frozen=True)
class MultipartUpload:
    """An object that is being created, in parts."""

    client: S3Client
    direct: DirectS3 | None
    bucket: str
    key: str
    identifier: str
    stopped: threading.Event = field(default_factory=threading.Event)

    def create(self, path: Path, sha256: str | None, sent: Callable[[int], None]) -> str:
        """See Bucket.create. Whatever ends it, nothing unfinished is left, or LeftBehind says so."""
        try:
            return self._complete(self._send(path, sha256, sent))
        except BaseException:
            self._abort()
            raise

    def _send(
        self, path: Path, sha256: str | None, sent: Callable[[int], None]
    ) -> list[CompletedPartTypeDef]:
        """Send all parts. Raises BodyChanged if they are not the bytes of the promised ``sha256``.

        S3 knows no SHA-256 of an object that comes in parts. The bytes that go into the hash of the whole go
        into those of the parts as well, and S3 takes a part only if it has its hash.
        """

        def tell(amount: int) -> None:
            if self.stopped.is_set():
                raise Stopped
            sent(amount)

        whole = hashlib.sha256()
        sending: list[Future[CompletedPartTypeDef]] = []
        with opened(path) as file, workers(AT_ONCE) as pool:
            try:
                for part in _parts(file, whole):
                    _raise_what_failed(sending)
                    _slots.acquire()
                    sending.append(pool.submit(self._send_part, path, part, tell))
                    sending[-1].add_done_callback(lambda _: _slots.release())
                if sha256 not in {None, whole.hexdigest()}:
                    raise BodyChanged(self.key)  # noqa: TRY301  # like any failure, it stops the parts
                return [future.result() for future in sending]
            except BaseException:
                self.stopped.set()
                raise

    def _send_part(self, path: Path, part: _Part, tell: Callable[[int], None]) -> CompletedPartTypeDef:
        with opened(path) as file:
            body = Body(file, part.size, tell, offset=part.offset)
            etag = self._put_directly(part, body) or self._put_by_botocore(part, body)
        return {"PartNumber": part.number, "ETag": etag, "ChecksumSHA256": part.checksum}

    def _put_directly(self, part: _Part, body: Body) -> str | None:
        """The part's ETag; None where botocore is to send it."""
        if self.direct is None:
            return None
        try:
            return self.direct.put_part(self.key, self.identifier, part.number, body, part.sha256.hex())
        except Unclear:
            body.seek(0)
            return None

    def _put_by_botocore(self, part: _Part, body: Body) -> str:
        return self.client.upload_part(
            Bucket=self.bucket,
            Key=self.key,
            UploadId=self.identifier,
            PartNumber=part.number,
            Body=body.as_stream(),
            ChecksumSHA256=part.checksum,
        )["ETag"]

    def _complete(self, parts: list[CompletedPartTypeDef]) -> str:
        """Make the object visible, unless there is one; return its ETag. Raises PreconditionFailed."""
        try:
            return self.client.complete_multipart_upload(
                Bucket=self.bucket,
                Key=self.key,
                UploadId=self.identifier,
                MultipartUpload={"Parts": parts},
                IfNoneMatch="*",
            )["ETag"]
        except ClientError as error:
            # The upload is gone when the answer to an earlier attempt got lost: the object may be there.
            if code_of(error) in {*PRECONDITION_FAILED, "NoSuchUpload"}:
                raise PreconditionFailed(self.key) from error
            raise

    def _abort(self) -> None:
        """Remove the parts, if they are still there. Raises LeftBehind."""
        try:
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=self.key, UploadId=self.identifier)
        except (BotoCoreError, ClientError) as error:
            if not isinstance(error, self.client.exceptions.NoSuchUpload):
                raise LeftBehind(self.bucket, self.key, self.identifier) from error


def _parts(file: IO[bytes], whole: hashlib._Hash) -> Iterator[_Part]:
    """Hash the parts, and the whole, until the file ends."""
    for number in count(1):
        offset, digest = file.tell(), hashlib.sha256()
        while block := file.read(min(_BLOCK, offset + PART - file.tell())):
            digest.update(block)
            whole.update(block)
        if file.tell() == offset:
            return
        yield _Part(number, offset, file.tell() - offset, digest.digest())


def _raise_what_failed(sending: Sequence[Future[CompletedPartTypeDef]]) -> None:
    """Raise what a part has raised, rather than read on."""
    for future in sending:
        if future.done():
            future.result()
