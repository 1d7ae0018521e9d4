"""What only the bytes tell: whether they are those that the record promises."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from s3pypi_core.bucket import ObjectGone
from s3pypi_core.distribution import Distribution, InvalidDistribution
from s3pypi_core.fetch import fetched
from s3pypi_core.look import METADATA
from s3pypi_edge.keys import file_key, metadata_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from s3pypi_core.bucket import Bucket
    from s3pypi_core.finding import Finding
    from s3pypi_core.look import Look
    from s3pypi_core.record import File


def read_bytes(
    bucket: Bucket, look: Look, known: list[Finding], go_on: Callable[[], bool]
) -> Iterator[Finding]:
    """Read every listed object of the project but those that are in ``known``, and judge it.

    ``go_on`` is asked before each file.
    """
    if look.record is None:
        return
    known_keys = {finding.key for finding in known}
    for file in (*look.record.files, *look.record.withheld):
        if not go_on():
            return
        if file_key(look.project, file.filename) not in known_keys:
            yield from _judge_file(bucket, look, file)
        if file.core_metadata and metadata_key(look.project, file.filename) not in known_keys:
            yield from _judge_metadata(bucket, look, file)


def _judge_file(bucket: Bucket, look: Look, file: File) -> Iterator[Finding]:
    name = file.filename
    try:
        with fetched(bucket, file_key(look.project, name)) as found:
            if found.sha256 != file.sha256:
                yield look.finding("file-damaged", name, "its bytes are not those whose hash is listed", name)
            elif file.core_metadata:
                inside = hashlib.sha256(Distribution.read(found.path).metadata).hexdigest()
                if inside != file.core_metadata:
                    fault = "the record promises other metadata than the file holds"
                    yield look.finding("metadata-differs", name + METADATA, fault, name)
    except ObjectGone:
        yield look.finding("file-missing", name, "it is listed, and it is gone", name)
    except InvalidDistribution as error:
        fault = error.message.partition(": ")[2]
        yield look.finding("metadata-differs", name + METADATA, f"the file holds no metadata: {fault}", name)


def _judge_metadata(bucket: Bucket, look: Look, file: File) -> Iterator[Finding]:
    found = bucket.get(metadata_key(look.project, file.filename))
    name = file.filename + METADATA
    if found is None:
        yield look.finding("metadata-missing", name, "the record promises it, and it is gone", file.filename)
    elif hashlib.sha256(found.body).hexdigest() != file.core_metadata:
        fault = "its bytes are not those whose hash is listed"
        yield look.finding("metadata-damaged", name, fault, file.filename)
