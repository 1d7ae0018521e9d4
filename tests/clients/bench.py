"""Environments for clients, made in a second each: uv makes them, out of one cache."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.journey.environments import make_environment

if TYPE_CHECKING:
    from pathlib import Path

OURS = "our wheel"


@dataclass(frozen=True)
class Bench:
    """Makes environments below ``folder``; ``wheel`` is what users of ours install."""

    folder: Path
    uv: Path
    cache: Path
    wheel: Path

    def environment(self, *packages: str) -> Path:
        """Return the folder of the programs of an environment, made the first time that it is asked for."""
        environment = self.folder / re.sub(r"\W+", "-", " ".join(packages))
        if not environment.exists():
            self._uv("venv", "--seed", "--python", sys.executable, str(environment))
            wanted = [package.replace(OURS, str(self.wheel)) for package in packages]
            self._uv("pip", "install", "--python", str(environment), *wanted)
        return environment / "bin"

    def path(self, packages: tuple[str, ...], programs: tuple[str, ...]) -> Path:
        """Return a folder with nothing but these programs of an environment, as pipx would make one.

        Many clients bring a ``keyring`` that does not know our backend: it stays out of reach.
        """
        environment = self.environment(*packages)
        folder = environment.parent / "-".join(("path", *programs))
        if not folder.exists():
            folder.mkdir()
            for program in programs:
                (folder / program).symlink_to(environment / program)
        return folder

    def _uv(self, *arguments: str) -> None:
        command = [str(self.uv), "--quiet", "--no-config", "--cache-dir", str(self.cache), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def open_bench(folder: Path, cache: Path, wheel: Path) -> Bench:
    """Get uv, with pip."""
    programs = make_environment(folder / "uv-for-the-bench", "uv").programs
    return Bench(folder, programs / "uv", cache, wheel)
