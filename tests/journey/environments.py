"""Virtual environments as users have them: their own variables, and nothing of this tree."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).resolve().parents[2]
_KEPT = {"LANG", "LC_ALL", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "TMPDIR"}


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and the only variables that its commands see."""

    folder: Path
    variables: Mapping[str, str]

    @property
    def programs(self) -> Path:
        """The folder of its console scripts."""
        return self.folder / "bin"

    def run(self, *command: str, code: int = 0, stdin: str | None = None, **variables: str) -> str:
        """Run a command by name; return what it prints, both streams, after checking its exit code."""
        done = subprocess.run(
            command,
            env={**self.variables, **variables},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            input=stdin,
            text=True,
            check=False,
            timeout=180,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def with_variables(self, **variables: str) -> Environment:
        """The same environment, with more variables."""
        return Environment(self.folder, {**self.variables, **variables})


def make_environment(folder: Path, *packages: str) -> Environment:
    """Make an environment with the newest pip and ``packages``, from the package registry."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--upgrade-deps", str(folder)], check=True, capture_output=True
    )
    if packages:
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", *packages]
        subprocess.run(pip, check=True, capture_output=True)
    (folder / "home").mkdir()
    variables = {name: value for name, value in os.environ.items() if name in _KEPT}
    variables |= {
        "HOME": str(folder / "home"),
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_CACHE_DIR": "1",
    }
    return Environment(folder, variables)
