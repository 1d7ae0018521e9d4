"""The real ends: AWS, the network, the keyring, a person at a terminal, and the clock."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.console import Console

from s3pypi_core.config.target import Target
from s3pypi_deploy.ends import Ends
from s3pypi_deploy.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s3pypi_deploy.stacks import Stacks


def make_ends(environ: Mapping[str, str], region: str, profile: str | None) -> Ends:
    """AWS, the terminal, and the clock. Nothing is asked yet. Raises RepositoryError."""
    # boto3 takes most of a command's start.
    from s3pypi_core.aws.aws_clients import AwsClients  # noqa: PLC0415
    from s3pypi_deploy.aws_stacks import AwsStacks  # noqa: PLC0415
    from s3pypi_deploy.aws_surroundings import AwsSurroundings  # noqa: PLC0415

    clients = AwsClients.open(profile=profile, region=region)

    @lru_cache
    def stacks_in(there: str) -> Stacks:
        return AwsStacks(there, clients.cloudformation(there), time.sleep)

    return Ends(
        stacks_in=stacks_in,
        around=AwsSurroundings(clients, region),
        open_bucket=lambda name: Target(name, region=region, profile=profile).open(),
        out=Console(highlight=False, soft_wrap=True),
        progress=Progress(Console(stderr=True, highlight=False)),
        ask=ask,
        sleep=time.sleep,
        now=time.time,
        resolve=resolve,
        environ=environ,
    )


def ask(question: str) -> str | None:
    """Ask on standard error; None where nobody is there."""
    if sys.stdin is None or not sys.stdin.isatty():  # None is Python's word for a closed one
        return None
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline()


def resolve(host: str) -> list[str]:
    """The addresses of a host; none where DNS knows none."""
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):  # the latter for what can be no name, such as one with an empty label
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def find_credential(url: str) -> tuple[str, str] | None:
    """What keyring gives clients for the address; its own troubles are no finding about the repository.

    They are told on standard error, by their kind only: who knows what a backend quotes.
    """
    try:
        import keyring  # noqa: PLC0415  # takes long to load

        found = keyring.get_credential(url, None)
    except Exception as error:  # noqa: BLE001  # a backend is anybody's code, and may not even be there
        sys.stderr.write(
            f"warning: keyring gives no credentials, it fails with {type(error).__name__}\n"
            "hint: `keyring --list-backends` shows what it asks; PYTHON_KEYRING_BACKEND chooses\n"
        )
        return None
    return (found.username, found.password) if found else None


def run_program(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a program with these variables besides ours; its output goes to standard error.

    What ours tell pip is not among them: another index, or a proxy, would be proven in this one's place.
    """
    ours = {name: value for name, value in os.environ.items() if not name.upper().startswith("PIP_")}
    ended = subprocess.run(command, env={**ours, **environ}, check=False, stdout=sys.stderr)  # noqa: S603
    return ended.returncode
