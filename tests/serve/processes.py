"""Looking at processes, and waiting for what they do."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def wait_for(path: Path, content: str) -> None:
    assert any(patiently(lambda: path.exists() and content in path.read_text()) for _ in range(500))


def wait_for_the_end_of(group: int) -> None:
    assert any(patiently(lambda: not living(group)) for _ in range(500))


def patiently(condition: Callable[[], bool]) -> bool:
    time.sleep(0.02)
    return condition()


def living(group: int) -> list[Path]:
    """The processes of a group; the dead that nobody has collected do not count."""
    return [process for process in Path("/proc").glob("[0-9]*") if is_living(process, group)]


def is_living(process: Path, group: int) -> bool:
    try:
        state, _, its_group = (process / "stat").read_text().rpartition(")")[2].split()[:3]
    except OSError:  # pragma: no cover  # it has ended at this moment
        return False
    return int(its_group) == group and state != "Z"
