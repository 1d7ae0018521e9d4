"""LocalStack in an environment of its own, made once: its last open version runs on Python 3.13 only."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from tests.journey.environments import PROJECT

if TYPE_CHECKING:
    from collections.abc import Sequence

# `make clean` removes it.
_PLACE = PROJECT / ".venv-localstack"
_ENVIRONMENT = _PLACE / "environment"
_WANTED = Path(__file__).with_name("requirements.txt")
_READY = _PLACE / "ready"
_IS_3_13 = "import sys; sys.exit(sys.version_info[:2] != (3, 13))"


def find_python() -> str | None:
    """A Python 3.13 of this machine that starts; None where there is none."""
    listed = subprocess.run([str(PROJECT / ".ci" / "pythons")], capture_output=True, text=True, check=True)
    found = (python for python in listed.stdout.splitlines() if _runs([python, "-c", _IS_3_13]))
    return next(found, None)


def localstack_python(python: str) -> Path:
    """The interpreter of an environment with LocalStack, made where it is missing. pip gets the packages."""
    ours = _ENVIRONMENT / "bin" / "python"
    wanted = f"{python}\n{_WANTED.read_text(encoding='utf-8')}"
    _PLACE.mkdir(exist_ok=True)
    with FileLock(_PLACE / "lock"):
        if not _READY.exists() or _READY.read_text(encoding="utf-8") != wanted:
            _READY.unlink(missing_ok=True)
            _run([python, "-m", "venv", "--clear", str(_ENVIRONMENT)])
            _run([str(ours), "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", str(_WANTED)])
            _READY.write_text(wanted, encoding="utf-8")
    return ours


def _runs(command: Sequence[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
