"""Uploading, side by side with others: wall-clock, CPU, peak memory and requests.

    python benchmarks/upload.py --environments DIR [--rounds N] [--work NAME] [--json FILE]

Everybody uploads to the embedded S3 server (twine to a pypiserver) through a proxy that adds 30 ms to each
request. DIR is for the environments of the others, which pip installs when they are not there. The medians
of the rounds are printed, and written as JSON. See docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.peers import FLOOR, OURS, START, Peer, install, pypiserver, versions
from benchmarks.slow_network import SlowNetwork, slow_network
from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.backoff import Backoff
from s3pypi_core.bucket import PAGE_HEADERS, RECORD_HEADERS
from s3pypi_core.file import File
from s3pypi_core.page import project_page
from s3pypi_core.record import Record
from s3pypi_core.repository import create_repository
from s3pypi_core.root_index import RootIndex, name_projects
from s3pypi_edge.keys import normalize, page_key, record_key
from s3pypi_serve.s3_server import AccessKeys, s3_server
from tests.builders import build_sdist, build_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

DELAY = 0.03  # seconds, for each request
RATE = 40e6  # bytes a second, for each connection, where a large file is sent
EVERYBODY = (OURS, FLOOR, "aws s3 cp", "s3pypi", "twine")
KEYS = AccessKeys("AKBENCHMARK", "a-secret-of-the-benchmark")
HERE = Path(__file__).parent


class Work(NamedTuple):
    """Something to upload: who does it, the files, how fast a connection is, and what is there before."""

    name: str
    who: Sequence[str]
    build: Callable[[Path], list[Path]]
    rate: float | None = None
    listed: int = 0


class Took(NamedTuple):
    """What one upload took: seconds, seconds, bytes, lines of requests."""

    wall: float
    cpu: float
    memory: float
    requests: list[str]


def many(folder: Path) -> list[Path]:
    """200 files of 50 projects: two releases of each, wheel and sdist, with 8 kB that do not compress."""
    return [
        build(folder, f"project-{project}", version, files={"noise.bin": os.urandom(8000)})
        for project in range(50)
        for version in ("1.0", "2.0")
        for build in (build_wheel, build_sdist)
    ]


def one(folder: Path) -> list[Path]:
    """One small wheel."""
    return [build_wheel(folder, "demo", "1.0", files={"noise.bin": os.urandom(8000)})]


def large(folder: Path) -> list[Path]:
    """A wheel of 200 MB that do not compress, built by another process to keep this one small."""
    code = "import os, sys; from pathlib import Path; from tests.builders import build_wheel;"
    code += "build_wheel(Path(sys.argv[1]), files={'noise.bin': os.urandom(200_000_000)})"
    subprocess.run([sys.executable, "-c", code, folder], check=True, cwd=HERE.parent)
    return list(folder.iterdir())


WORKS = (
    Work("200 files of 50 projects", EVERYBODY, many),
    Work("1 wheel, new project", EVERYBODY, one),
    Work("1 new version into 500 files", (OURS, START), one, listed=500),
    Work("1 new version into 10,000 files", (OURS, START), one, listed=10_000),
    Work("200 MB at 40 MB/s a connection", EVERYBODY, large, rate=RATE),
)


def main() -> int:
    """Measure, print, write; return 1 where a bound was not met."""
    options = _parser().parse_args()
    peers = {peer.name: peer for peer in install(options.environments.resolve())}
    works = [work for work in WORKS if options.work in work.name]
    results: dict[str, dict[str, list[Took]]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="s3twine-benchmark-") as scratch,
        _server(Path(scratch)) as server,
    ):
        for work in works:
            results[work.name] = _measure(work, [peers[name] for name in work.who], options.rounds, server)
            _print(work, results[work.name])
    all_met = _judge(results)
    if options.json:
        options.json.write_text(
            json.dumps(_document(results, peers.values(), options.rounds), indent=1) + "\n"
        )
    return 0 if all_met else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--environments", type=Path, required=True, metavar="DIR")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", default="", metavar="NAME", help="only work with this in its name")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser


@contextlib.contextmanager
def _server(scratch: Path) -> Iterator[str]:
    """The embedded S3 server, with its keys in the environment and nobody's settings."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "S3PYPI_", "TWINE_"))]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": KEYS.access_key,
        "AWS_SECRET_ACCESS_KEY": KEYS.secret_key,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(scratch),
    }
    with s3_server(scratch / "server", KEYS) as server:
        os.environ["AWS_ENDPOINT_URL_S3"] = server
        yield server


def _measure(work: Work, peers: Sequence[Peer], rounds: int, server: str) -> dict[str, list[Took]]:
    """Let them take turns; what each upload took, by name."""
    taken: dict[str, list[Took]] = {peer.name: [] for peer in peers}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="s3twine-benchmark-") as scratch:
            files = work.build(Path(scratch, "files"))
            for peer in peers:
                bucket = f"bench-{os.urandom(6).hex()}"
                _prepare(bucket, work.listed)
                taken[peer.name].append(_upload(peer, bucket, server, work, files, Path(scratch)))
    return taken


def _prepare(name: str, listed: int) -> None:
    """Make a repository whose project ``demo`` lists so many files, in a bucket that is no longer slow."""
    bucket = S3Bucket.open(name)
    bucket.make()
    create_repository(bucket)
    for number in range(16):  # the server makes room on disk when a bucket is first written to
        bucket.create(f"warm/{number}", b"", PAGE_HEADERS)
    if listed:
        demo = normalize("demo")
        sha256, time = "0" * 64, "2026-11-22T10:00:00.000000Z"
        record = Record(demo).with_files(
            File(f"demo-0.{minor}-py3-none-any.whl", sha256, 1000, time, ">=3.10", sha256)
            for minor in range(listed)
        )
        bucket.create(page_key(demo), project_page(record), PAGE_HEADERS)
        bucket.create(record_key(demo), record.to_json(), RECORD_HEADERS)
        name_projects(bucket, RootIndex.read(bucket), [demo], Backoff(), read_first=False)


def _upload(peer: Peer, bucket: str, server: str, work: Work, files: Sequence[Path], scratch: Path) -> Took:
    with contextlib.ExitStack() as running:
        behind = server
        if peer.name == "twine":
            behind = running.enter_context(pypiserver(peer.scripts, scratch / "pypiserver"))
        network = running.enter_context(slow_network(behind, delay=DELAY, rate=work.rate))
        command = peer.command(bucket, network.url, files)
        return _run(command, network, scratch / "took.json")


def _run(command: Sequence[str], network: SlowNetwork, result: Path) -> Took:
    # s3pypi asks a DynamoDB for its locks first, and goes on without when there is none.
    environ = os.environ | {"AWS_ENDPOINT_URL_S3": network.url, "AWS_ENDPOINT_URL_DYNAMODB": network.url}
    measured = [sys.executable, "-S", "-E", str(HERE / "measured.py"), str(result), *command]
    done = subprocess.run(measured, check=False, env=environ, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return Took(**json.loads(result.read_text()), requests=list(network.requests))


def _median(taken: Sequence[Took], field: str) -> float:
    return statistics.median(getattr(took, field) for took in taken)


def _print(work: Work, taken: dict[str, list[Took]]) -> None:
    print(f"\n{work.name}\n{'':12}{'wall s':>9}{'x floor':>9}{'cpu s':>9}{'MB':>7}{'requests':>10}")
    floor = _median(taken.get(FLOOR, next(iter(taken.values()))), "wall")
    for name, times in taken.items():
        wall = _median(times, "wall")
        relative = f"{wall / floor:9.2f}" if FLOOR in taken else f"{'':9}"
        memory, requests = _median(times, "memory") / 1e6, statistics.median(len(t.requests) for t in times)
        print(f"{name:12}{wall:9.2f}{relative}{_median(times, 'cpu'):9.2f}{memory:7.0f}{requests:10.0f}")


def _judge(results: dict[str, dict[str, list[Took]]]) -> bool:
    """Print what was to be reached, and what was; return whether all of it was."""
    print()
    all_met = True
    for sentence, value, bound, at_most in _bounds(results):
        met = value <= bound if at_most else value >= bound
        bounded = f"{'at most' if at_most else 'at least'} {bound:g}"
        print(f"{'met    ' if met else 'NOT MET'} {sentence}: {value:.2f} ({bounded})")
        all_met &= met
    return all_met


def _bounds(results: dict[str, dict[str, list[Took]]]) -> Iterator[tuple[str, float, float, bool]]:
    def ratio(work: str, one: str, other: str) -> float:
        return _median(results[work][one], "wall") / _median(results[work][other], "wall")

    files, wheel, few, lots, big = (work.name for work in WORKS)
    if files in results:
        yield "200 files, times the floor", ratio(files, OURS, FLOOR), 2.0, True
        yield "200 files, times faster than s3pypi", ratio(files, "s3pypi", OURS), 5.0, False
    if wheel in results:
        yield "1 wheel, times s3pypi", ratio(wheel, OURS, "s3pypi"), 1.3, True
    if {few, lots} <= results.keys():
        counts = {len(took.requests) for work in (few, lots) for took in results[work][OURS]}
        yield "different numbers of requests into 500 and 10,000", len(counts), 1, True
        lines = [line for work in (few, lots) for took in results[work][OURS] for line in took.requests]
        yield "listings", sum(_is_listing(line) for line in lines), 0, True
    if lots in results:
        above = _median(results[lots][OURS], "cpu") - _median(results[lots][START], "cpu")
        yield "into 10,000 files, s of CPU above start-up", above, 1.0, True
    if big in results:
        yield "200 MB, times aws s3 cp", ratio(big, OURS, "aws s3 cp"), 1.2, True
        yield "200 MB, peak memory in MB", _median(results[big][OURS], "memory") / 1e6, 120, True


def _is_listing(line: str) -> bool:
    """Whether a request asks for the bucket itself, and not for a key."""
    path, _, query = line.partition(" ")[2].partition("?")
    return line.startswith("GET ") and path.strip("/").count("/") == 0 and "location" not in query


def _document(
    results: dict[str, dict[str, list[Took]]], peers: Iterable[Peer], rounds: int
) -> dict[str, object]:
    return {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "cores": os.cpu_count(),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "python": platform.python_version(),
        "versions": versions(list(peers)),
        "rounds": rounds,
        "works": {
            work: {
                name: [{**took._asdict(), "requests": len(took.requests)} for took in times]
                for name, times in taken.items()
            }
            for work, taken in results.items()
        },
    }


if __name__ == "__main__":
    sys.exit(main())
