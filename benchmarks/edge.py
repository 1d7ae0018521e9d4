"""What the edge function costs, beside two published handlers that do the same job.

    python benchmarks/edge.py --s3pypi DIR --fork DIR [--json FILE] [--importtime]

DIR is where you put their code (none of it is here): ``handler.py`` of s3pypi's basic_auth, and ``app.py``
with ``users.py`` of the authenticated fork; both need boto3, the fork passlib and basicauth too. Without a
DIR that column stays empty. AWS is a double on loopback, over TLS with a bundle of usual size; needs Linux
and the openssl command. All times are of CPU.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "edge")]

from benchmarks.edge_aws import loopback_aws
from benchmarks.edge_laboratory import Laboratory
from benchmarks.edge_subjects import Subject, our_subject, peer, zip_size
from benchmarks.edge_users import HOST, TOKEN, event, many_lines, many_users, our_store, serve_users
from s3pypi_edge.proof import make_proof
from s3pypi_edge.sigv4 import AwsCredentials

TRIES = 200
WARM = 1000
MINTS = 5  # as many as there are at once
ROLE = "arn:aws:iam::123456789012:role/Developer"


def measure(laboratory: Laboratory, subject: Subject) -> dict[str, Any]:
    """All figures of one subject."""
    is_ours = subject.name == "ours"
    name = "ci" if is_ours else "user-0"
    serve_users(laboratory.aws, 3)
    figures: dict[str, Any] = {}
    first = [event(name, subject.secret)]
    _, said = laboratory.run("cold", subject, first)
    if said["in"] != [True]:
        raise SystemExit(f"{subject.name} turned away who belongs")
    modules = set(said["modules"]) - laboratory.always_loaded()
    figures["zip, deflated, KB"] = zip_size(subject, modules, zipfile.ZIP_DEFLATED)
    figures["zip, not compressed, KB"] = zip_size(subject, modules, zipfile.ZIP_STORED)
    calls = len(laboratory.aws.calls)
    _, warm = laboratory.run("each", subject, first * (WARM + 1))
    spent = sorted(warm["cpu"])
    figures["warm p50, us"] = statistics.median(spent) * 1000
    figures["warm p99, us"] = spent[int(len(spent) * 0.99)] * 1000
    figures["AWS calls per 1,000 warm requests"] = len(laboratory.aws.calls) - calls - 1
    figures |= measure_wrong(laboratory, subject)
    figures |= measure_store(laboratory, subject)
    return figures | (measure_minting(laboratory, subject) if is_ours else {})


def measure_cold(laboratory: Laboratory, subjects: list[Subject], rounds: int) -> dict[str, dict[str, Any]]:
    """CPU from the start of Python to the first answer, above a bare Python's; all take turns."""
    serve_users(laboratory.aws, 3)
    spent: dict[str, list[list[float]]] = {subject.name: [[], []] for subject in subjects}
    bare = []
    for _ in range(rounds):
        bare.append(laboratory.bare())
        for subject in subjects:
            events = [event("ci" if subject.name == "ours" else "user-0", subject.secret)]
            # As the zip is unpacked: nobody has compiled its modules. Python and its libraries come compiled.
            for folder in subject.folder.rglob("__pycache__"):
                shutil.rmtree(folder)
            spent[subject.name][1].append(laboratory.run("cold", subject, events, "-B")[0])
            laboratory.run("cold", subject, events)
            spent[subject.name][0].append(laboratory.run("cold", subject, events)[0])
    figures = ("cold start, ms", "cold start from sources, ms")
    floor = statistics.median(bare)
    return {
        name: {figure: statistics.median(times) - floor for figure, times in zip(figures, kinds, strict=True)}
        for name, kinds in spent.items()
    }


def measure_wrong(laboratory: Laboratory, subject: Subject) -> dict[str, Any]:
    """Median CPU of a right, a wrong and an unknown pair, each for the first time, in milliseconds."""
    serve_users(laboratory.aws, TRIES)
    pairs = [(f"user-{number}", f"password-{number}") for number in range(TRIES)]
    pairs += [(f"user-{number}", "wrong") for number in range(TRIES)]
    pairs += [(f"unknown-{number}", "wrong") for number in range(TRIES)]
    if subject.name == "ours":
        store = json.loads(laboratory.aws.objects["config/users.json"])
        _, said = laboratory.run("verify", subject, [store, *pairs])
    else:
        _, said = laboratory.run("each", subject, [event(*pairs[0]), *(event(*pair) for pair in pairs)])
    kinds = ("right password, ms", "wrong password, ms", "unknown user, ms")
    figures = {
        kind: statistics.median(said["cpu"][number * TRIES : (number + 1) * TRIES])
        for number, kind in enumerate(kinds)
    }
    if "again" in said:
        figures["wrong password again, ms"] = statistics.median(said["again"][TRIES : 2 * TRIES])
    return figures


def measure_store(laboratory: Laboratory, subject: Subject) -> dict[str, Any]:
    """Reading ten thousand users, and the memory of a process that answered with them."""
    if subject.name == "s3pypi":
        return {}  # it asks SSM for one user at a time
    store, lines = our_store(many_users()), many_lines(subject.secret)
    laboratory.aws.objects["config/users.json"] = json.dumps(store).encode()
    laboratory.aws.objects["config/users"] = "\n".join(lines).encode()
    name, given = ("ci", "parse") if subject.name == "ours" else ("user-a", "parse_lines")
    _, cold = laboratory.run("cold", subject, [event(name, subject.secret)])
    if cold["in"] != [True]:
        raise SystemExit(f"{subject.name} turned away who belongs")
    _, read = laboratory.run(given, subject, [store] if subject.name == "ours" else lines)
    _, warm = laboratory.run("each", subject, [event(name, subject.secret)] * (WARM + 1))
    return {
        "10,000 users: read, ms": statistics.median(read["cpu"]),
        "10,000 users: memory in all, MB": cold["memory"],
        "10,000 users: warm p50, us": statistics.median(warm["cpu"]) * 1000,
    }


def measure_minting(laboratory: Laboratory, subject: Subject) -> dict[str, Any]:
    """CPU of making a session of a proof, the first time and again; STS is asked over TLS each time."""
    serve_users(laboratory.aws, 0)
    store = json.loads(laboratory.aws.objects["config/users.json"])
    store["principals"] = [{"arn": ROLE, "projects": ["*"]}]
    key = {"id": "a1", "key": base64.b64encode(bytes(32)).decode(), "created": "2026-01-01T00:00:00Z"}
    laboratory.aws.objects["config/users.json"] = json.dumps(store).encode()
    laboratory.aws.objects["config/keys.json"] = json.dumps({"version": 1, "keys": [key]}).encode()
    laboratory.aws.role = ROLE
    credentials = AwsCredentials("ASIA" + "A" * 16, "secret", "token")
    proof = make_proof(credentials, region="us-east-1", host=HOST, now=time.time())
    _, said = laboratory.run(
        "each", subject, [event("ci", TOKEN), *[event("__iam__", proof, "/-/token")] * MINTS]
    )
    if said["last"] != "200":
        raise SystemExit(f"no session was made, but a {said['last']} answered")
    return {
        "session made, the first, ms": said["cpu"][0],
        "session made, ms": statistics.median(said["cpu"][1:]),
    }


def table(results: dict[str, dict[str, Any]]) -> str:
    """The figures side by side."""
    names = list(results)
    lines = [f"| figure | {' | '.join(names)} |", f"|---|{'--:|' * len(names)}"]
    for figure in next(iter(results.values())):  # ours, which has them all
        values = [results[name].get(figure) for name in names]
        cells = ["" if value is None else _readable(value) for value in values]
        lines.append(f"| {figure} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _readable(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004  # three figures are enough


def importtime(laboratory: Laboratory, subject: Subject) -> str:
    """What Python says its imports cost, dearest first."""
    code = f"import sys; sys.path.insert(0, {str(subject.folder)!r}); import {subject.module}"
    command = [sys.executable, "-X", "importtime", "-c", code]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=laboratory.environ).stderr
    rows = [line.removeprefix("import time:").split("|") for line in said.splitlines()[1:]]
    rows.sort(key=lambda row: -int(row[0]))
    return "\n".join(f"{row[0].strip():>8} us {row[2].strip()}" for row in rows[:20])


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--s3pypi", type=Path, metavar="DIR", help="folder of s3pypi's handler.py")
    parser.add_argument("--fork", type=Path, metavar="DIR", help="folder of the fork's app.py and users.py")
    parser.add_argument("--rounds", type=int, default=11, help="cold starts of each (default: %(default)s)")
    parser.add_argument("--cold", action="store_true", help="only the cold starts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--importtime", action="store_true", help="only say which of our imports cost most")
    return parser


def main() -> None:
    """Measure, and print."""
    arguments = parser().parse_args()
    with tempfile.TemporaryDirectory() as name, loopback_aws(Path(name)) as aws:
        laboratory = Laboratory(Path(name), aws)
        subjects = [our_subject(Path(name), aws.endpoint)]
        if arguments.importtime:
            print(importtime(laboratory, subjects[0]))
            return
        if arguments.s3pypi:
            subjects.append(peer(Path(name), arguments.s3pypi, "s3pypi", "handler", "handle"))
        if arguments.fork:
            subjects.append(peer(Path(name), arguments.fork, "fork", "app", "lambda_handler"))
        results = measure_cold(laboratory, subjects, arguments.rounds)
        if not arguments.cold:
            for subject in subjects:
                results[subject.name] |= measure(laboratory, subject)
    print(table(results))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
