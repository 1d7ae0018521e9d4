"""Files on their way to S3: in one request, or a large one in parts, by what boto3 itself uploads with."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from s3transfer.manager import TransferConfig, TransferManager  # noqa: TID251  # as in s3_bucket
from s3transfer.subscribers import BaseSubscriber  # noqa: TID251  # as there
from s3transfer.utils import ReadFileChunk, signal_not_transferring, signal_transferring  # noqa: TID251  # as there

from s3pypi_core.bucket import BodyChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from s3transfer.futures import TransferFuture  # noqa: TID251  # as there

    from s3pypi_core.bucket import Headers

LARGE = 64 * 1024 * 1024  # bytes; a larger file is sent in parts

# As the AWS CLI does it: one connection's speed does not bound that of a file.
PART = 8 * 1024 * 1024  # bytes; s3transfer takes more where 10,000 parts are too few
AT_ONCE = 10

_TICK = 0.2  # seconds between two looks at whether to go on
_BLOCK = 1024 * 1024  # bytes that are hashed at a time
_COMPLETE = "before-parameter-build.s3.CompleteMultipartUpload"
_one_at_a_time = threading.Lock()


def count_what_is_sent(client: S3Client) -> None:
    """Let bodies tell of what is sent of them: they are also read to be signed, and that does not count."""
    # TransferManager registers the same two.
    client.meta.events.register_first("request-created.s3", signal_not_transferring)
    client.meta.events.register_last("request-created.s3", signal_transferring)


def counted(file: BinaryIO, size: int, sent: Callable[[int], None]) -> BinaryIO:
    """A body of one request that tells ``sent`` what is sent of it."""

    def told(bytes_transferred: int) -> None:  # its name is s3transfer's
        sent(bytes_transferred)

    body = ReadFileChunk(file, size, size, callbacks=[told], enable_callbacks=False)
    return cast("BinaryIO", body)  # botocore reads, seeks and tells, and no more


def create_in_parts(
    client: S3Client,
    bucket: str,
    key: str,
    path: Path,
    headers: Headers,
    *,
    sha256: str,
    sent: Callable[[int], None],
) -> None:
    """Store a large file as a new object, as Bucket.create_file says; whatever fails is aborted at S3, too.

    One such upload uses as much of the network as there is, so a second one waits for it.
    Raises what botocore raises, BodyChanged, and OSError for a file that cannot be read any more.
    """

    def complete(params: dict[str, Any], **_: object) -> None:
        # The file may have changed since it was hashed: before its parts were read, or meanwhile.
        if digest.result() != sha256 or _stamp(path) != stamp:
            raise BodyChanged(key)
        params["IfNoneMatch"] = "*"

    config = TransferConfig(multipart_threshold=1, multipart_chunksize=PART, max_request_concurrency=AT_ONCE)
    arguments = {
        "ContentType": headers.content_type,
        "CacheControl": headers.cache_control,
        "Metadata": headers.metadata,
    }
    watch = _Watch()
    with _one_at_a_time, _registered(client, _COMPLETE, complete), ThreadPoolExecutor(1) as hashing:
        sent(0)  # it may have been told to stop while it waited
        stamp = _stamp(path)
        digest = hashing.submit(_sha256, path)
        # Left by an exception, the manager aborts the upload, and waits until it has.
        with TransferManager(client, config) as manager:
            future = manager.upload(str(path), bucket, key, arguments, [watch])
            for amount in watch.amounts():
                sent(amount)
            future.result()


class _Watch(BaseSubscriber):
    """Hands what s3transfer's threads tell to the thread that waits."""

    def __init__(self) -> None:
        self._told: SimpleQueue[int | None] = SimpleQueue()

    def on_progress(self, future: TransferFuture, bytes_transferred: int, **_: object) -> None:  # noqa: ARG002
        self._told.put(bytes_transferred)

    def on_done(self, future: TransferFuture, **_: object) -> None:  # noqa: ARG002
        self._told.put(None)

    def amounts(self) -> Iterator[int]:
        """Bytes as they are sent, and 0 now and then, until the upload is over, or aborted."""
        while True:
            try:
                amount = self._told.get(timeout=_TICK)
            except Empty:
                amount = 0
            if amount is None:
                return
            yield amount


def _stamp(path: Path) -> tuple[int, int, int]:
    """What is another where a file has been written to, or replaced."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


@contextlib.contextmanager
def _registered(client: S3Client, event: str, handler: Callable[..., None]) -> Iterator[None]:
    client.meta.events.register(event, handler)
    try:
        yield
    finally:
        client.meta.events.unregister(event, handler)
