"""Waiting for what another thread or process does.

There is no loop here whose body may never run: what a test covers does not hang on who is the faster.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOOKS = 3000  # every 0.02 s: a minute
_PAUSE = 0.02


def until(condition: Callable[[], bool]) -> None:
    """Return when the condition holds; fail after a minute."""
    assert any(_later(condition) for _ in range(LOOKS))


def until_it_says(path: Path, content: str) -> None:
    """Return when the file is there and holds that."""
    until(lambda: path.exists() and content in path.read_text())


def _later(condition: Callable[[], bool]) -> bool:
    time.sleep(_PAUSE)
    return condition()
