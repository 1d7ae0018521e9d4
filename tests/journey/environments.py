"""Virtual environments as users have them: their own variables, and nothing of this tree."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


@contextlib.contextmanager
def serving(tools: Environment, *options: str) -> Iterator[Environment]:
    """Yield ``tools`` with a running repository; its variables are those that the announcement names."""
    serve = ["-m", "s3pypi_serve", "--port", "0", "--refresh", "1", "--json", *options]
    command = [str(tools.programs / "python"), *serve]
    with subprocess.Popen(
        command, env=dict(tools.variables), cwd=tools.folder, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        ready = json.loads(server.stdout.readline())
        exported = subprocess.run(
            ["sh", "-c", f". {ready['environment']} && env -0"],
            env={},
            capture_output=True,
            text=True,
            check=True,
        )
        pairs = (line.split("=", 1) for line in exported.stdout.split("\0") if line)
        try:
            yield tools.with_variables(
                **{n: v for n, v in pairs if n.startswith(("AWS_", "S3PYPI_", "TWINE_"))}
            )
        finally:
            server.terminate()
    assert server.returncode in (0, 143)
