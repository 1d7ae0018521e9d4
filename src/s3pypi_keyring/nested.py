"""Whether this thread is already looking something up: other backends may ask keyring, which asks us."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_thread = threading.local()


def is_looking_up() -> bool:
    """Tell whether a look-up is under way in this thread."""
    return getattr(_thread, "depth", 0) > 0


class Ended(Exception):
    """Something that was asked tried to end the program."""


@contextlib.contextmanager
def looking_up() -> Iterator[None]:
    """Say that one is, for as long as this lasts. What would end the program raises Ended instead."""
    _thread.depth = getattr(_thread, "depth", 0) + 1
    try:
        yield
    except SystemExit:
        raise Ended from None
    finally:
        _thread.depth -= 1
