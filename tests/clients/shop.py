"""A repository that is served for clients: six projects, two users, and an STS that knows two keys."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.builders import build_sdist, build_wheel
from tests.edge.s3_double import s3_double
from tests.edge.sts_double import ALICE, BOB, DEVELOPER, honest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.edge.s3_double import S3Double

FIVE = {
    "acme-app": ["acme-web>=1.0", "acme-cli"],
    "acme-web": ["acme-core>=1.0", "acme-log"],
    "acme-cli": ["acme-core<2", "acme-log"],
    "acme-log": ["acme-core"],
    "acme-core": [],
}
FROM_SOURCE = "acme-native"  # an sdist that needs acme-core before it can be built
_PYPROJECT = b"""\
[build-system]
requires = ["acme-core"]
build-backend = "backend"
backend-path = ["."]
"""
# What installs programs takes only what has one.
_PROGRAM = {
    "acme_app.py": b"def main():\n    import acme_core\n",
    "acme_app-1.0.dist-info/entry_points.txt": b"[console_scripts]\nacme-app = acme_app:main\n",
}
PLENTY = 10_000


@dataclass(frozen=True)
class Shop:
    """Where it is, who may come in and who no more; ``publisher`` are the variables of who uploads."""

    url: str
    bucket: str
    publisher: Mapping[str, str]
    token: str
    revoked: str
    sts: S3Double
    log: Path

    @property
    def minted(self) -> int:
        """How many proofs STS was asked about."""
        return len(self.sts.requests)


def stock(folder: Path) -> list[Path]:
    """Build what it has."""
    wheels = [
        build_wheel(folder, name, "1.0", requires=needs, files=_PROGRAM if name == "acme-app" else {})
        for name, needs in FIVE.items()
    ]
    files = {"pyproject.toml": _PYPROJECT}
    return [*wheels, build_sdist(folder, FROM_SOURCE, "1.0", requires=["acme-app"], files=files)]


@contextlib.contextmanager
def open_shop(programs: Path, folder: Path, variables: Mapping[str, str]) -> Iterator[Shop]:
    """Serve, from the environment with these ``programs``, as long as the block lasts."""
    log = folder / "edge.log"
    with contextlib.ExitStack() as last:
        sts = last.enter_context(s3_double())
        sts.scripts += [honest] * PLENTY
        environ = {**variables, "AWS_ENDPOINT_URL_STS": sts.endpoint}
        command = [str(programs / "s3pypi-serve"), "--port", "0", "--refresh", "0", "--json"]
        server = last.enter_context(
            subprocess.Popen(
                command,
                env=environ,
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=last.enter_context(log.open("w")),
                text=True,
            )
        )
        last.callback(server.terminate)
        assert server.stdout is not None
        ready = json.loads(server.stdout.readline())
        manage = _Manager(programs, ready["environment"], environ)
        manage("s3twine", "upload", *map(str, stock(folder / "dist")))
        yield Shop(
            url=ready["index_url"],
            bucket=ready["bucket"],
            publisher=manage.variables(),
            token=manage.token("alice"),
            revoked=_revoked(manage),
            sts=sts,
            log=log,
        )


@dataclass(frozen=True)
class _Manager:
    """Runs our commands with what a person sources."""

    programs: Path
    sourced: str
    environ: Mapping[str, str]

    def __call__(self, program: str, *arguments: str) -> str:
        return self._run(str(self.programs / program), *arguments)

    def variables(self) -> dict[str, str]:
        pairs = (line.split("=", 1) for line in self._run("env", "-0").split("\0") if line)
        return {name: value for name, value in pairs if name.startswith("AWS_")}

    def _run(self, *words: str) -> str:
        script = f'. {self.sourced} && exec "$0" "$@"'
        command = ["sh", "-c", script, *words]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def token(self, user: str) -> str:
        self("s3pypi-admin", "user", "add", user, "--projects", "acme-*")
        created = self("s3pypi-admin", "token", "create", user, "--expires", "1d")
        (token,) = re.findall(r"^s3p_\S+$", created, re.MULTILINE)
        return str(token)


def _revoked(manage: _Manager) -> str:
    """Let one in for good by AWS, and another in and out again; return a token that was good once."""
    manage("s3pypi-admin", "principal", "add", DEVELOPER)
    manage("s3pypi-admin", "principal", "add", BOB.arn)
    manage("s3pypi-admin", "principal", "remove", BOB.arn)
    token = manage.token("bob")
    manage("s3pypi-admin", "user", "remove", "bob")
    return token


def aws(*, revoked: bool = False) -> dict[str, str]:
    """Return the variables of one who is known to AWS."""
    keys = (BOB if revoked else ALICE).credentials
    variables = {"AWS_ACCESS_KEY_ID": keys.access_key, "AWS_SECRET_ACCESS_KEY": keys.secret_key}
    return variables if keys.session_token is None else {**variables, "AWS_SESSION_TOKEN": keys.session_token}
