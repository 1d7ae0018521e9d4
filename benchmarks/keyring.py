"""What a look-up costs: CPU of processes, ours against the same without us.

    python benchmarks/keyring.py [--runs 25]

Many cold processes, after one that warms the disk, each kind in turn, because a busy machine changes its
speed: of two kinds the median difference within a turn, of one kind the median. Everything is on loopback,
and nobody's credentials or keyrings are touched. pip is that of the Python which runs this.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.server
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "edge"), str(ROOT / "src"), str(ROOT)]

from s3pypi_core.origin import Origin
from s3pypi_keyring.identity import Identity
from s3pypi_keyring.session_cache import Session, SessionCache
from tests.builders import build_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MEASURED = ROOT / "benchmarks" / "measured.py"
KEYS = {"AWS_ACCESS_KEY_ID": "ASIA" + "A" * 16, "AWS_SECRET_ACCESS_KEY": "secret"}
PACKAGES = ("one", "two", "three", "four", "five")
SESSION = f"s3ps_{'a' * 200}.{'b' * 43}"
# keyring's command line, without our backend among those that its entry points name.
WITHOUT = """
import sys
from importlib import metadata
entry_points = metadata.entry_points
def others(**wanted):
    found = entry_points(**wanted)
    if wanted.get("group") != "keyring.backends":
        return found
    return metadata.EntryPoints(point for point in found if point.name != "s3pypi")
metadata.entry_points = others
try:
    from keyring import backend
    backend.metadata.entry_points = others
except AttributeError:
    pass
from keyring.cli import main
sys.exit(main(sys.argv[1:]))
"""
WITH = WITHOUT.replace('point.name != "s3pypi"', "point.name")
# Of what any client has loaded, nothing is counted.
MINT = """
import sys, time
from keyring import backend
from s3pypi_keyring.backend import S3PyPIKeyring
begun = time.process_time()
found = S3PyPIKeyring().get_password(sys.argv[1], "alice")
took = time.process_time() - begun
assert found and "botocore" not in sys.modules
print(took)
"""


@contextlib.contextmanager
def repository(wheels: Path) -> Iterator[str]:
    """A repository that gives everyone the same session, and the files to who has it or a password."""

    class Repository(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/-/token":
                expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 43200))
                self._answer(200, json.dumps({"token": SESSION, "expires": expires}).encode())
            elif not self._password().endswith(f":{SESSION}"):
                self._answer(401, b"")
            elif self.path.endswith(".whl"):
                self._answer(200, (wheels / self.path.rpartition("/")[2]).read_bytes())
            else:
                project = self.path.strip("/").rpartition("/")[2]
                files = [path.name for path in wheels.glob(f"{project}-*")]
                page = "".join(f'<a href="/files/{name}">{name}</a>' for name in files)
                self._answer(200, f"<!DOCTYPE html>{page}".encode())

        def _password(self) -> str:
            return base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "text/html" if body.startswith(b"<") else "application/zip")
            self.send_header("WWW-Authenticate", 'Basic realm="benchmark"')
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Repository) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def build_packages(folder: Path) -> None:
    """Five packages that depend on one another."""
    for number, name in enumerate(PACKAGES):
        build_wheel(folder, name, requires=PACKAGES[number + 1 : number + 2])


def prove(commands: Mapping[str, list[str]], environ: Mapping[str, str], url: str) -> None:
    """See that each command does what it is measured for: a kind that fails early would be a fast one."""
    nothing, session = (1, ""), (0, f"{SESSION}\n")
    ours = [*commands["without"][:3], "get", f"{url}/simple/", "alice"]
    wanted = {"without": nothing, "with": nothing, "cached": session}
    for command, want in ((ours, nothing), *((commands[name], want) for name, want in wanted.items())):
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        if (done.returncode, done.stdout) != want:
            sys.exit(f"{command} ends with {done.returncode}: {done.stdout}{done.stderr}")


def cpu(command: list[str], environ: Mapping[str, str], result: Path, code: int) -> float:
    """CPU time in ms, user and system, of a command that must end with ``code``."""
    done = subprocess.run(
        [sys.executable, "-S", str(MEASURED), str(result), *command],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == code  # noqa: S101  # what it took says nothing then
    return 1000 * float(json.loads(result.read_text(encoding="utf-8"))["cpu"])


def in_turns(
    commands: Mapping[str, list[str]], environ: Mapping[str, str], runs: int, home: Path
) -> dict[str, list[float]]:
    """The CPU time of each command in each turn, in ms."""
    took: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            spent = cpu(command, environ, home / "result.json", 0 if name == "cached" else 1)
            if turn:
                took[name].append(spent)
    return took


def above(took: list[float], bare: list[float]) -> float:
    """The median of what each turn's process took more than the bare one of the same turn."""
    return statistics.median(ours - theirs for ours, theirs in zip(took, bare, strict=True))


def mint(url: str, environ: Mapping[str, str], runs: int, home: Path) -> float:
    """The CPU time that our backend takes for a new session, in ms, keyring itself not counted."""
    took = []
    for turn in range(runs):
        fresh = {**environ, "XDG_CACHE_HOME": str(home / f"cache-{turn}")}
        done = subprocess.run(
            [sys.executable, "-c", MINT, url], env=fresh, capture_output=True, text=True, check=True
        )
        took.append(1000 * float(done.stdout))
    return statistics.median(took)


def keep_session(url: str, cache: Path) -> None:
    """Put a session where the backend looks for one."""
    origin = Origin.parse(url)
    assert origin is not None  # noqa: S101  # it is ours
    address = f"{origin.scheme}://{origin.address}"
    key = Identity.find(None, KEYS).key(address)
    SessionCache(cache / "s3pypi").keep(key, address, Session(SESSION, time.time() + 40_000))


def installs(url: str, environ: Mapping[str, str], runs: int, home: Path) -> dict[str, float]:
    """The wall time of ``pip install`` of the five packages, in ms: as it is, and with a keyring."""
    program = home / "bin" / "keyring"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\n{WITH}", encoding="utf-8")
    program.chmod(0o755)
    pip = [sys.executable, "-m", "pip", "--isolated", "install", "--no-cache-dir", "--quiet", "--no-input"]
    pip += ["--disable-pip-version-check"]  # it would ask the index, in a session of its own
    with_us = {**environ, "PATH": f"{program.parent}{os.pathsep}{environ['PATH']}"}
    index = {
        "credentials in the URL": (
            url.replace("//", f"//alice:{SESSION}@"),
            ["--keyring-provider", "disabled"],
        ),
        "credentials by the keyring": (url, ["--keyring-provider", "subprocess"]),
    }
    took: dict[str, list[float]] = {**{name: [] for name in index}, "one process start": []}
    for turn in range(runs + 1):
        for name, (address, options) in index.items():
            target = ["--target", str(home / f"{name}-{turn}"), "--index-url", f"{address}/simple/"]
            spent = wall([*pip, *options, *target, PACKAGES[0]], with_us)
            if turn:
                took[name].append(spent)
        # keyring without us: our own look-up is what is judged.
        start = [sys.executable, "-c", WITHOUT, "get", f"{url}/simple/", "alice"]
        spent = wall(start, with_us, code=1)
        if turn:
            took["one process start"].append(spent)
    return {name: statistics.median(spent) for name, spent in took.items()}


def wall(command: list[str], environ: Mapping[str, str], code: int = 0) -> float:
    """Wall time of a command that must end with ``code``, in ms."""
    begun = time.monotonic()
    done = subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=False)
    took = 1000 * (time.monotonic() - begun)
    assert done.returncode == code  # noqa: S101  # what it took says nothing then
    return took


def judge(name: str, value: float, limit: float) -> bool:
    """Print a figure beside its limit; return whether it is within."""
    print(f"{name:48} {value:8.1f} {limit:8.1f}  {'' if value <= limit else 'TOO MUCH'}".rstrip())
    return value <= limit


def main() -> int:
    """Measure, and print a table; return 1 where a figure is above its limit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=25)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder, repository(Path(folder, "wheels")) as url:
        home = Path(folder)
        build_packages(home / "wheels")
        config = home / "config" / "s3pypi" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f'[repositories.acme]\nurl = "{url}/simple/"\nauth = "aws"\n', encoding="utf-8")
        keep_session(url, home / "cache")
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "PYTHONPATH": os.pathsep.join(sys.path[:2]),
            "PYTHONHASHSEED": "0",
            **KEYS,
        }
        unrelated = ["get", "https://pypi.example.org/simple/", "alice"]
        python = [sys.executable, "-c"]
        commands = {
            "without": [*python, WITHOUT, *unrelated],
            "with": [*python, WITH, *unrelated],
            "cached": [*python, WITH, "get", f"{url}/simple/", "alice"],
        }
        prove(commands, environ, url)
        took = in_turns(commands, environ, runs, home)
        minted = mint(f"{url}/simple/", environ, runs, home)
        waited = installs(url, environ, max(3, runs // 3), home)
    print(f"`keyring get` takes {statistics.median(took['without']):.1f} ms of CPU without us\n")
    print(f"{'ms':48} {'took':>8} {'limit':>8}")
    limit = 1.1 * waited["credentials in the URL"] + waited["one process start"]
    fine = [
        judge("CPU: an unrelated look-up, with us, above", above(took["with"], took["without"]), 5),
        judge("CPU: a cached session, above", above(took["cached"], took["without"]), 15),
        judge("CPU: a session from the environment's keys, ours", minted, 80),
        judge("wall: pip install by the keyring", waited["credentials by the keyring"], limit),
    ]
    print(f"\nwall: {', '.join(f'{name} {spent:.0f} ms' for name, spent in waited.items())}")
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
