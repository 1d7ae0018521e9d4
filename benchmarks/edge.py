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
import hashlib
import importlib.util
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "edge")]

from benchmarks.edge_aws import BUCKET, Aws, loopback_aws
from s3pypi_edge.proof import make_proof
from s3pypi_edge.sigv4 import AwsCredentials
from s3pypi_edge.tokens import digest, make_token

CHILD = str(ROOT / "benchmarks" / "edge_child.py")
HOST = "pypi.acme.com"
ROUNDS = 29_000  # passlib's default, which the fork uses
TRIES = 200
WARM = 1000
USERS = 10_000
MINTS = 5  # as many as there are at once
ROLE = "arn:aws:iam::123456789012:role/Developer"
TOKEN = make_token("k3v9", bytes(32))


class Subject(NamedTuple):
    """A handler that is measured: where it lies, and who comes in."""

    name: str
    folder: Path
    module: str
    function: str
    secret: str = "password-0"  # noqa: S105


def password_hash(password: str, rounds: int = ROUNDS) -> str:
    """A hash as passlib writes it."""
    salt = hashlib.md5(password.encode(), usedforsecurity=False).digest()
    parts = (salt, hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds))
    encoded = [base64.b64encode(part).decode().rstrip("=").replace("+", ".") for part in parts]
    return f"$pbkdf2-sha256${rounds}${encoded[0]}${encoded[1]}"


def event(name: str, secret: str, uri: str = "/simple/demo/") -> dict[str, Any]:
    """A viewer-request event, with credentials."""
    authorization = "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()
    sent = {"host": HOST, "user-agent": "pip/26.3", "accept": "text/html", "authorization": authorization}
    headers = {key: [{"key": key.title(), "value": value}] for key, value in sent.items()}
    request = {"clientIp": "203.0.113.178", "headers": headers, "method": "GET", "querystring": ""}
    config = {
        "distributionDomainName": "d1.cloudfront.net",
        "distributionId": "E1",
        "eventType": "viewer-request",
    }
    return {"Records": [{"cf": {"config": config, "request": {**request, "uri": uri}}}]}


def ours(users: dict[str, Any]) -> dict[str, Any]:
    """A user store of ours."""
    return {"version": 1, "users": users, "principals": []}


def many_users() -> dict[str, Any]:
    """Ten thousand users: half have a password, half a token."""
    stored = password_hash("x", 1)
    return {
        f"user-{number}": {"projects": ["acme-*", "demo"]}
        | (
            {"password": stored}
            if number % 2
            else {
                "tokens": [
                    {"id": f"t{number}", "sha256": digest(str(number)), "expires": "2027-01-31T00:00:00Z"}
                ]
            }
        )
        for number in range(USERS)
    }


class Laboratory:
    """Measures subjects; everything they read comes from ``aws``."""

    def __init__(self, folder: Path, aws: Aws) -> None:
        self.folder = folder
        self.aws = aws
        bundle = folder / "bundle.pem"
        usual = Path(__import__("certifi").where()).read_bytes()
        bundle.write_bytes(usual + aws.certificate.read_bytes())
        self.environ = {
            "PATH": os.defpath,
            "AWS_ACCESS_KEY_ID": "AKLOCAL",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_CA_BUNDLE": str(bundle),
            "SSL_CERT_FILE": str(bundle),
        }

    def run(self, scenario: str, subject: Subject, events: list[Any], *flags: str) -> tuple[float, Any]:
        """CPU of a whole process in milliseconds, and what it says."""
        arguments = [CHILD, scenario, str(subject.folder), subject.module, subject.function]
        return self._process([sys.executable, *flags, *arguments], json.dumps(events))

    def always_loaded(self) -> set[str]:
        """What this Python loads for itself, whoever runs."""
        code = "import json, sys; print('\\n' + json.dumps([*sys.modules]))"
        return set(self._process([sys.executable, "-c", code], "")[1])

    def bare(self) -> float:
        """CPU of a Python that does nothing, in milliseconds."""
        return self._process([sys.executable, "-c", "print('\\n{}')"], "")[0]

    def _process(self, command: list[str], text: str) -> tuple[float, Any]:
        with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as said:
            given.write(text)
            given.seek(0)
            process = subprocess.Popen(
                command, stdin=given, stdout=said, stderr=subprocess.DEVNULL, env=self.environ
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            if process.returncode:
                raise SystemExit(f"{command} ended with {process.returncode}")
            return (usage.ru_utime + usage.ru_stime) * 1000, json.loads(
                said.read().strip().rpartition("\n")[2]
            )

    def serve_users(self, count: int) -> None:
        """Give every subject the users ``user-0`` and so on, with the passwords ``password-0`` and so on."""
        hashes = {f"user-{number}": password_hash(f"password-{number}") for number in range(count)}
        users: dict[str, Any] = {name: {"password": text, "projects": ["*"]} for name, text in hashes.items()}
        users["ci"] = {"tokens": [{"id": "k3v9", "sha256": digest(TOKEN)}], "projects": ["*"]}
        self.aws.objects["config/users.json"] = json.dumps(ours(users)).encode()
        self.aws.objects["config/users"] = "\n".join(
            f"{name}:{text}" for name, text in hashes.items()
        ).encode()
        for number in range(count):
            salted = hashlib.sha1(f"password-{number}salt".encode(), usedforsecurity=False).hexdigest()
            value = json.dumps({"password_hash": salted, "password_salt": "salt"})
            self.aws.parameters[f"/s3pypi/{HOST}/users/user-{number}"] = value


def zip_size(subject: Subject, modules: set[str], compression: int) -> float:
    """KB of a zip of all files of the handler, and of everything it imports that Python does not have.

    Of ours that is the zip that is deployed: the whole package, with a configuration.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for file in sorted(subject.folder.rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                archive.write(file, str(file.relative_to(subject.folder)))
        for file in _libraries(modules):
            archive.write(file)
    return packed.tell() / 1000


def _libraries(modules: set[str]) -> list[Path]:
    found: list[Path] = []
    for name in sorted(modules - set(sys.stdlib_module_names) - {"__main__"}):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None or "site-packages" not in spec.origin:
            continue
        origin = Path(spec.origin)
        files = origin.parent.rglob("*") if origin.name == "__init__.py" else [origin]
        found += [file for file in files if file.is_file() and file.suffix != ".pyc"]
    return found


def measure(laboratory: Laboratory, subject: Subject) -> dict[str, Any]:
    """All figures of one subject."""
    is_ours = subject.name == "ours"
    name = "ci" if is_ours else "user-0"
    laboratory.serve_users(3)
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
    laboratory.serve_users(3)
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
    laboratory.serve_users(TRIES)
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
    users = many_users()
    users["ci"] = {"tokens": [{"id": "k3v9", "sha256": digest(TOKEN)}], "projects": ["*"]}
    lines = [f"user-{number}:{password_hash('x', 1)}" for number in range(USERS)]
    lines.append(f"user-a:{password_hash(subject.secret)}")
    laboratory.aws.objects["config/users.json"] = json.dumps(ours(users)).encode()
    laboratory.aws.objects["config/users"] = "\n".join(lines).encode()
    name, given = ("ci", "parse") if subject.name == "ours" else ("user-a", "parse_lines")
    _, cold = laboratory.run("cold", subject, [event(name, subject.secret)])
    if cold["in"] != [True]:
        raise SystemExit(f"{subject.name} turned away who belongs")
    _, read = laboratory.run(given, subject, [ours(users)] if subject.name == "ours" else lines)
    _, warm = laboratory.run("each", subject, [event(name, subject.secret)] * (WARM + 1))
    return {
        "10,000 users: read, ms": statistics.median(read["cpu"]),
        "10,000 users: memory in all, MB": cold["memory"],
        "10,000 users: warm p50, us": statistics.median(warm["cpu"]) * 1000,
    }


def measure_minting(laboratory: Laboratory, subject: Subject) -> dict[str, Any]:
    """CPU of making a session of a proof, the first time and again; STS is asked over TLS each time."""
    users: dict[str, Any] = {"ci": {"tokens": [{"id": "k3v9", "sha256": digest(TOKEN)}], "projects": ["*"]}}
    store = {**ours(users), "principals": [{"arn": ROLE, "projects": ["*"]}]}
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


def our_subject(folder: Path, endpoint: str) -> Subject:
    """The function as it is deployed: its modules, and a configuration."""
    package = folder / "ours" / "s3pypi_edge"
    shutil.copytree(ROOT / "edge" / "s3pypi_edge", package, ignore=shutil.ignore_patterns("__pycache__"))
    config = {
        "bucket": BUCKET,
        "region": "us-east-1",
        "realm": HOST,
        "hosts": [HOST],
        "endpoints": {"s3": endpoint, "sts": endpoint},
    }
    (package / "config.json").write_text(json.dumps(config))
    return Subject("ours", folder / "ours", "s3pypi_edge.handler", "handle", TOKEN)


def peer(folder: Path, source: Path, name: str, module: str, function: str) -> Subject:
    """A copy of a peer's code: nothing is left where it lies."""
    shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return Subject(name, folder / name, module, function)


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
