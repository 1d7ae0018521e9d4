"""What a look-up costs: CPU of processes, ours against the same without us.

    python benchmarks/keyring.py [--runs 15]

The median of cold processes, after one that warms the disk; and the same processes in turns, because a busy
machine changes its speed. Everything is on loopback, and nobody's credentials or keyrings are touched.
"""

from __future__ import annotations

import argparse
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
sys.path[:0] = [str(ROOT / "edge"), str(ROOT / "src")]

from s3pypi_core.origin import Origin
from s3pypi_keyring.identity import Identity
from s3pypi_keyring.session_cache import Session, SessionCache

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MEASURED = ROOT / "benchmarks" / "measured.py"
KEYS = {"AWS_ACCESS_KEY_ID": "ASIA" + "A" * 16, "AWS_SECRET_ACCESS_KEY": "secret"}
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
# As the function of a repository imports botocore's modules: never.
MINT = """
import sys, time
from keyring import backend  # what any client has loaded
from s3pypi_keyring.backend import S3PyPIKeyring
begun = time.process_time()
found = S3PyPIKeyring().get_password(sys.argv[1], "alice")
took = time.process_time() - begun
assert found and "botocore" not in sys.modules
print(took)
"""


@contextlib.contextmanager
def token_desk() -> Iterator[str]:
    """A repository that gives everyone the same session, at once."""

    class Desk(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 43200))
            body = json.dumps({"token": SESSION, "expires": expires}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def cpu(command: list[str], environ: Mapping[str, str], result: Path) -> float:
    """CPU time of a command in ms, user and system."""
    subprocess.run(
        [sys.executable, "-S", str(MEASURED), str(result), *command],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return 1000 * float(json.loads(result.read_text(encoding="utf-8"))["cpu"])


def medians(
    commands: Mapping[str, list[str]], environ: Mapping[str, str], runs: int, home: Path
) -> dict[str, float]:
    """The median CPU time of each command, in ms."""
    took: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            spent = cpu(command, environ, home / "result.json")
            if turn:
                took[name].append(spent)
    return {name: statistics.median(spent) for name, spent in took.items()}


def mint(url: str, environ: Mapping[str, str], runs: int, home: Path) -> float:
    """The median CPU time that our backend takes for a new session, in ms, keyring itself not counted."""
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


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder, token_desk() as url:
        home = Path(folder)
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
            **KEYS,
        }
        unrelated = ["get", "https://pypi.example.org/simple/", "alice"]
        cached = ["get", f"{url}/simple/", "alice"]
        python = [sys.executable, "-c"]
        took = medians(
            {
                "unrelated, without us": [*python, WITHOUT, *unrelated],
                "unrelated, with us": [*python, WITH, *unrelated],
                "cached session": [*python, WITH, *cached],
            },
            environ,
            runs,
            home,
        )
        bare = took["unrelated, without us"]
        print(f"{'CPU of `keyring get`, ms':32} {'median':>8} {'above':>8}")
        for name, spent in took.items():
            print(f"{name:32} {spent:8.1f} {spent - bare:8.1f}")
        print(f"{'a mint from the environment, ours':32} {mint(url + '/simple/', environ, runs, home):7.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
