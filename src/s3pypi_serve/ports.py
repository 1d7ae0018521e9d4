"""A block of free ports on 127.0.0.1 that no other server of ours takes at the same moment."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LOOPBACK = "127.0.0.1"
GRPC = 10_000  # SeaweedFS listens for gRPC this far above each of its ports
BLOCK = 25
_GUARD = BLOCK - 1
# Neither these nor those 10,000 above lie where Linux or macOS take ports for outgoing connections.
FIRST_PORTS = range(20_000, 22_700, BLOCK)


@contextlib.contextmanager
def reserved_block(wanted: Iterable[int], blocks: Iterable[int] = FIRST_PORTS) -> Iterator[int]:
    """Yield the first port of a block in which all offsets of ``wanted`` are free, and hold the block.

    The last port of a block is bound as long as the block is in use: two servers that start at the
    same moment never choose the same one. Raises RepositoryError if there is no free block.
    """
    offsets = [offset + above for offset in wanted for above in (0, GRPC)]
    for first in blocks:
        with socket.socket() as guard:
            if _bind(guard, first + _GUARD) and all(_is_free(first + offset) for offset in offsets):
                yield first
                return
    raise RepositoryError(f"no free block of ports for the embedded S3 server on {LOOPBACK}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return _bind(probe, port)


def _bind(unbound: socket.socket, port: int) -> bool:
    try:
        unbound.bind((LOOPBACK, port))
    except OSError:
        return False
    return True
