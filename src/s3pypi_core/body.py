"""The body of a request: a stream that counts what is read of it to be sent."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, cast

from s3pypi_core.bucket import UnreadableBody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import IO


class ShortBody(Exception):
    """The file has become shorter than it was."""


class Body(io.RawIOBase):
    """``size`` bytes of ``stream`` from ``offset``; tells ``sent`` how many were read to be sent.

    That is what is read between ``start`` and the next ``seek``: botocore reads a body to sign it, rewinds
    it, reads it to send it, and rewinds it again to try again. What was told of an attempt is taken back
    then, as a negative amount. What ``sent`` raises ends the reading, and so does ShortBody.
    """

    def __init__(self, stream: IO[bytes], size: int, sent: Callable[[int], None], *, offset: int = 0) -> None:
        self.size = size
        self._stream = stream
        self._sent = sent
        self._offset = offset
        self._told = 0
        self._counting = False
        stream.seek(offset)

    def start(self) -> None:
        """Count from here on: the request is being sent."""
        self._counting = True

    def readable(self) -> bool:
        """A body can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none at the end."""
        left = self.size - self.tell()
        block = self._stream.read(left if size < 0 else min(size, left))
        if left and size and not block:
            raise ShortBody
        if self._counting and block:
            self._told += len(block)
            self._sent(len(block))
        return block

    def tell(self) -> int:
        """How far it has been read."""
        return self._stream.tell() - self._offset

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go elsewhere, and count no more; what was told is taken back."""
        self._counting = False
        if self._told:
            self._sent(-self._told)
            self._told = 0
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self.tell(), io.SEEK_END: self.size}[whence]
        return self._stream.seek(self._offset + origin + offset) - self._offset

    def as_stream(self) -> IO[bytes]:
        """Itself, as the type that botocore's stubs know."""
        return cast("IO[bytes]", self)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file, open for reading. Raises UnreadableBody."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableBody(path, error) from error
    with file:
        yield file


def to_nobody(_amount: int) -> None:
    """A ``sent`` for when nobody wants to know."""
