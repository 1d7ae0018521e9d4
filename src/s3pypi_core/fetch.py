"""An object of the bucket as a file of its own name on this machine, never whole in memory."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from s3pypi_core.bucket import Bucket

_BLOCK = 1024 * 1024  # bytes read at a time


class Fetched(NamedTuple):
    """A file that goes when the block ends, and what its bytes are."""

    path: Path
    sha256: str
    size: int


@contextmanager
def fetched(bucket: Bucket, key: str, *, version: str | None = None) -> Iterator[Fetched]:
    """Read an object, or one of its versions. Raises ObjectGone and BucketError."""
    with tempfile.TemporaryDirectory(prefix="s3twine-") as folder:
        path = Path(folder) / key.rpartition("/")[2]
        with bucket.stream(key, version=version) as source:
            sha256, size = save(source, path)
        yield Fetched(path, sha256, size)


def save(source: BinaryIO, path: Path, told: Callable[[int], object] = bool) -> tuple[str, int]:
    """Write what ``source`` gives to a file; return its SHA-256 (hex) and size; ``told`` hears of bytes."""
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        while block := source.read(_BLOCK):
            digest.update(block)
            size += len(block)
            file.write(block)
            told(len(block))
    return digest.hexdigest(), size
