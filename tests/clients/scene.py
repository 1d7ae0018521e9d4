"""One run of a client: a fresh home and project, what is written there, and what must not be."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3pypi_core.config.snippets import SHELL, parts
from s3pypi_core.config.target import Target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from s3pypi_core.config.snippets import Part

PATIENCE = 120  # seconds for a client
SELDOM = 0.05  # seconds between two looks at the processes
# Whatever looks like a token or a session, also where nobody told us which.
SECRET = re.compile(rb"s3ps?_[A-Za-z0-9._-]{20,}")
_ELSEWHERE = re.compile(r"self add s3twine|^pipx |^uv tool install|^pip install|docker build")
_PROCESSES = ["ps", "-e", "-ww", "-o", "args"]  # without -ww it shows 80 characters of a line
OUR_CACHE = "s3pypi"
MODULES = ("acme_app", "acme_web", "acme_cli", "acme_log", "acme_core")


@dataclass(frozen=True)
class Outcome:
    """What a client ended with, and said on both streams."""

    code: int
    output: str
    seen: frozenset[str]


@dataclass(frozen=True)
class Scene:
    """``variables`` are the only ones that the client sees; uploads go to ``bucket``."""

    folder: Path
    url: str
    variables: Mapping[str, str]
    bucket: str = "acme-pypi"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def log(self) -> Path:
        """Where our backend says what it was asked."""
        return self.folder / "keyring.log"

    @property
    def lookups(self) -> list[str]:
        """What our backend was asked, and what it said to that: a line each."""
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []

    def write(self, client: str, files: Mapping[str, str]) -> None:
        """Write the files of the project, and below what is there the lines of the snippet for ``client``."""
        added = {part.place: part.lines for part in self._parts(client) if part.place != SHELL}
        for place in {**files, **added}:
            path = self.home / place[2:] if place.startswith("~/") else self.project / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files.get(place, "") + added.get(place, ""), encoding="utf-8")

    def shell(self, client: str) -> str:
        """What the snippet for ``client`` says to type, but for what installs ours, and what runs docker."""
        typed = "".join(part.lines for part in self._parts(client) if part.place == SHELL)
        return "".join(line for line in typed.splitlines(keepends=True) if not _ELSEWHERE.search(line))

    def _parts(self, client: str) -> tuple[Part, ...]:
        return parts(client, self.url, Target(self.bucket))

    def run(self, script: str, secrets: Collection[str]) -> Outcome:
        """Run a shell script in the project, and look at all processes meanwhile."""
        watch = Watch(secrets)
        with watch, (self.folder / "output").open("w+b") as output:
            done = subprocess.run(
                ["sh", "-ec", script],
                env=dict(self.variables),
                cwd=self.project,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=PATIENCE,
            )
        said = (self.folder / "output").read_text(encoding="utf-8", errors="replace")
        # Only now it is known which session this was; others on this machine may run tests as well.
        known = [*secrets, *self._sessions()]
        return Outcome(done.returncode, said, frozenset(s for s in watch.seen if any(k in s for k in known)))

    def _sessions(self) -> list[str]:
        """The sessions in our cache."""
        files = [path for path in self.folder.rglob("*") if path.parent.name == OUR_CACHE and path.is_file()]
        return [found.decode() for path in files for found in SECRET.findall(path.read_bytes())]

    def has_installed(self, modules: Collection[str]) -> bool:
        """Whether all modules lie side by side in one environment."""
        if not modules:
            return True
        folders = {path.parent for path in self.folder.rglob("acme_core.py")}
        return any(
            folder.name in {"site", "site-packages"} and all((folder / f"{m}.py").exists() for m in modules)
            for folder in folders
        )

    def leaks(self, secrets: Iterable[str]) -> list[str]:
        """Every file that holds a secret, but for the cache of our own."""
        return [
            str(path.relative_to(self.folder))
            for path in self.folder.rglob("*")
            if path.is_file() and not path.is_symlink() and not _is_ours(path) and holds_secret(path, secrets)
        ]


def _is_ours(path: Path) -> bool:
    """Whether it is our cache, which nobody else may read."""
    return path.parent.name == OUR_CACHE and not path.stat().st_mode & 0o077


def holds_secret(path: Path, secrets: Iterable[str]) -> bool:
    """Whether one of them, or anything that looks like one, is in a file, as it is or as in a header."""
    content = path.read_bytes()
    return SECRET.search(content) is not None or any(
        spelling in content for secret in secrets for spelling in _spellings(secret.encode())
    )


def _spellings(secret: bytes) -> list[bytes]:
    # Base64 of it, after a user name of any length; what is mixed with what stands beside it is left out.
    encoded = [base64.b64encode(b":" * before + secret)[4 * bool(before) : -4] for before in range(3)]
    return [secret, *encoded]


class Watch:
    """Looks for secrets in the arguments of all processes, as everybody on the machine may."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secrets)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.seen: set[str] = set()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(SELDOM):
            shown = subprocess.run(_PROCESSES, capture_output=True, check=True).stdout
            self.seen |= {line.decode() for line in shown.splitlines() if self._is_secret(line)}

    def _is_secret(self, line: bytes) -> bool:
        return any(secret.encode() in line for secret in self._secrets) or SECRET.search(line) is not None


def open_scene(folder: Path, url: str, path: Iterable[Path], variables: Mapping[str, str]) -> Scene:
    """Make an empty home and project; the client finds the programs of ``path``, and the system's."""
    for name in ("home", "project", "tmp"):
        (folder / name).mkdir(parents=True)
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
    own = {
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "PATH": os.pathsep.join([*map(str, path), os.defpath]),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "S3PYPI_LOG": str(folder / "keyring.log"),
    }
    return Scene(folder, url, {**kept, **own, **variables})
