"""Those who upload, each in an environment of its own, and the commands by which they do it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REQUIREMENTS = {
    "aws s3 cp": ["awscli"],
    "s3pypi": ["s3pypi==2.0.1"],
    "twine": ["twine", "pypiserver"],
}
OURS, FLOOR, START = "s3twine", "floor", "start-up"
HERE = Path(__file__).parent


class Peer(NamedTuple):
    """An uploader; ``scripts`` is where its programs are."""

    name: str
    scripts: Path

    def command(self, bucket: str, server: str, files: Sequence[Path]) -> list[str]:
        """How it uploads ``files``, all of one folder, to the bucket, or to the pypiserver at ``server``."""
        names = [str(file) for file in files]
        if self.name == OURS:
            return [
                sys.executable,
                "-m",
                "s3pypi_twine",
                "upload",
                "--repository-url",
                f"s3://{bucket}",
                *names,
            ]
        if self.name == START:
            return [sys.executable, "-c", "import botocore.session as s; s.Session().create_client('s3')"]
        if self.name == FLOOR:
            return [sys.executable, str(HERE / "floor.py"), bucket, *names]
        if self.name == "s3pypi":
            return [str(self.scripts / "s3pypi"), "upload", "--index.html", "--bucket", bucket, *names]
        if self.name == "twine":
            options = ["--non-interactive", "--disable-progress-bar", "--username", "me", "--password", "me"]
            return [str(self.scripts / "twine"), "upload", "--repository-url", server, *options, *names]
        copy = [str(self.scripts / "aws"), "s3", "cp", "--recursive", "--only-show-errors"]
        return [*copy, str(files[0].parent), f"s3://{bucket}/"]


def install(folder: Path) -> list[Peer]:
    """Make what is missing of the environments in ``folder``, by pip; return all who upload."""
    found = [Peer(name, Path()) for name in (OURS, FLOOR, START)]
    for name, requirements in REQUIREMENTS.items():
        home = folder / name.replace(" ", "-")
        scripts = home / ("Scripts" if sys.platform == "win32" else "bin")
        if not (home / "complete").exists():
            venv.create(home, with_pip=True)
            subprocess.run([scripts / "python", "-m", "pip", "install", "--quiet", *requirements], check=True)
            (home / "complete").touch()
        found.append(Peer(name, scripts))
    return found


def versions(peers: Sequence[Peer]) -> dict[str, list[str]]:
    """What pip says is installed for each."""
    return {peer.name: _installed(peer) for peer in peers if peer.name in REQUIREMENTS}


def _installed(peer: Peer) -> list[str]:
    freeze = [peer.scripts / "python", "-m", "pip", "freeze"]
    lines = subprocess.run(freeze, check=True, capture_output=True, text=True).stdout.splitlines()
    wanted = [requirement.partition("==")[0] for requirement in REQUIREMENTS[peer.name]]
    return [line for line in lines if line.partition("==")[0] in {*wanted, "botocore"}]


@contextlib.contextmanager
def pypiserver(scripts: Path, folder: Path) -> Iterator[str]:
    """Run pypiserver on loopback with an empty folder; yield its URL."""
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["-i", "127.0.0.1", "-p", str(port), "-P", ".", "-a", ".", "--disable-fallback"]
    process = subprocess.Popen(
        [scripts / "pypi-server", "run", *options, str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None and not _listens(port):
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
