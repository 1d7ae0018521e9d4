"""Looking at the processes of this machine."""

from __future__ import annotations

from pathlib import Path

from tests.waiting import until


def wait_for_the_end_of(group: int) -> None:
    until(lambda: not living(group))


def living(group: int) -> list[Path]:
    """The processes of a group; the dead that nobody has collected do not count."""
    return [process for process in Path("/proc").glob("[0-9]*") if is_living(process, group)]


def is_living(process: Path, group: int) -> bool:
    try:
        state, _, its_group = (process / "stat").read_text().rpartition(")")[2].split()[:3]
    except OSError:  # pragma: no cover  # it has ended at this moment
        return False
    return int(its_group) == group and state != "Z"
