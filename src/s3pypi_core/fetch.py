"""An object of the bucket as a file of its own name on this machine, never whole in memory."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import BinaryIO

    from s3pypi_core.bucket import Bucket, Head

_BLOCK = 1024 * 1024  # bytes read at a time


class Fetched(NamedTuple):
    """A file that goes when the block ends, what its bytes are, and what the bucket said of them."""

    path: Path
    sha256: str
    size: int
    head: Head


@contextmanager
def fetched(bucket: Bucket, key: str, *, version: str | None = None) -> Iterator[Fetched]:
    """Read an object, or one of its versions. Raises ObjectGone and BucketError."""
    with tempfile.TemporaryDirectory(prefix="s3twine-") as folder:
        path = Path(folder) / key.rpartition("/")[2]
        with bucket.opened(key, version=version) as source:
            saved = save(source.body, path)
        yield Fetched(path, saved.digests["sha256"], saved.size, source.head)


class Saved(NamedTuple):
    """The digests of a file in hex, by the name of the algorithm, SHA-256 always; and its size in bytes."""

    digests: Mapping[str, str]
    size: int


def save(
    source: BinaryIO,
    path: Path,
    *,
    algorithms: Iterable[str] = (),
    told: Callable[[int], object] = bool,
) -> Saved:
    """Write what ``source`` gives to a file, a block at a time; ``told`` hears of the bytes of each."""
    hashes = {name: hashlib.new(name, usedforsecurity=False) for name in {"sha256", *algorithms}}
    size = 0
    with path.open("wb") as file:
        while block := source.read(_BLOCK):
            for digest in hashes.values():
                digest.update(block)
            size += len(block)
            file.write(block)
            told(len(block))
    return Saved({name: digest.hexdigest() for name, digest in hashes.items()}, size)
