"""From options to what they ask for, with the real ends."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.console import Console

from s3pypi_core.config import config_warnings, read_config
from s3pypi_core.errors import UsageError
from s3pypi_core.snippets import snippet
from s3pypi_core.target import Target
from s3pypi_deploy.doctor import FAILED, Finding, Patient, examine, find_bucket, find_origin
from s3pypi_deploy.down import take_down
from s3pypi_deploy.ends import Ends
from s3pypi_deploy.export import write_export
from s3pypi_deploy.progress import Progress
from s3pypi_deploy.settings import Settings
from s3pypi_deploy.status import show_status
from s3pypi_deploy.up import Wishes, show_changes, stand_up
from s3pypi_deploy.web import DirectWeb
from s3pypi_deploy.whereabouts import find_whereabouts

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from s3pypi_core.config import Config
    from s3pypi_deploy.stacks import Stacks
    from s3pypi_deploy.whereabouts import Whereabouts

DONE, NOT_YET = 0, 1


def perform(options: Namespace, environ: Mapping[str, str]) -> int:
    """Do what the options ask. Raises RepositoryError."""
    return COMMANDS[options.command](options, environ)


def _up(options: Namespace, environ: Mapping[str, str]) -> int:
    settings = _settings(options, environ)
    wishes = Wishes(yes=options.yes, json=options.json, profile=options.profile)
    done = stand_up(settings, make_ends(environ, settings.region, options.profile), wishes)
    return DONE if done else NOT_YET


def _plan(options: Namespace, environ: Mapping[str, str]) -> int:
    settings = _settings(options, environ)
    show_changes(settings, make_ends(environ, settings.region, options.profile), Wishes(json=options.json))
    return DONE


def _status(options: Namespace, environ: Mapping[str, str]) -> int:
    where = find_whereabouts(options, _config(environ), environ)
    good = show_status(where, make_ends(environ, where.home, where.profile), as_json=options.json)
    return DONE if good else NOT_YET


def _down(options: Namespace, environ: Mapping[str, str]) -> int:
    where = find_whereabouts(options, _config(environ), environ)
    ends = make_ends(environ, where.home, where.profile)
    gone = take_down(where, ends, yes=options.yes, delete_packages=options.delete_packages)
    return DONE if gone else NOT_YET


def _export(options: Namespace, environ: Mapping[str, str]) -> int:
    for path in write_export(_settings(options, environ), options.output):
        sys.stdout.write(f"{path}\n")
    return DONE


def _config_of_client(options: Namespace, environ: Mapping[str, str]) -> int:
    given = {"region": None, "profile": None, **vars(options)}
    where = find_whereabouts(type(options)(**given), _config(environ), environ)
    if where.url is None:
        find_origin(where)  # which says what is missing
    sys.stdout.write(snippet(options.client, where.url or ""))
    return DONE


def _doctor(options: Namespace, environ: Mapping[str, str]) -> int:
    where = find_whereabouts(options, _config(environ), environ)
    if options.bucket:
        where = where._replace(bucket=options.bucket)
    origin = find_origin(where)
    patient = Patient(
        origin, DirectWeb(), resolve, time.time, find_credential(where.url or ""), find_bucket(where)
    )
    findings = []
    for finding in _findings(patient, where, probing=options.probe):
        findings.append(finding)
        if not options.json:
            _show(finding)
    if options.json:
        sys.stdout.write(
            json.dumps({"name": where.name, "findings": [one._asdict() for one in findings]}) + "\n"
        )
    return NOT_YET if any(one.verdict == FAILED for one in findings) else DONE


def _findings(patient: Patient, where: Whereabouts, *, probing: bool) -> Iterable[Finding]:
    if probing and where.bucket is None:
        raise UsageError("the bucket for the probe is not known", "give --bucket NAME")
    yield from examine(patient)
    if probing and where.bucket:
        from s3pypi_deploy.probe import probe  # noqa: PLC0415  # takes long to load

        target = Target(where.bucket, where.region, where.profile, where.endpoint_url)
        when = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        yield from probe(patient, target.open(), when, _run)


def _show(finding: Finding) -> None:
    sys.stdout.write(f"{finding.verdict}\t{finding.check}\t{finding.detail}\n")
    if finding.remedy:
        sys.stdout.write(f"\t\thint: {finding.remedy}\n")
    sys.stdout.flush()


COMMANDS: Mapping[str, Callable[[Namespace, Mapping[str, str]], int]] = {
    "up": _up,
    "plan": _plan,
    "status": _status,
    "config": _config_of_client,
    "doctor": _doctor,
    "down": _down,
    "export": _export,
}


def make_ends(environ: Mapping[str, str], region: str, profile: str | None) -> Ends:
    """AWS, the terminal, and the clock. Nothing is asked yet. Raises RepositoryError."""
    # boto3 takes most of a command's start.
    from s3pypi_core.aws_clients import AwsClients  # noqa: PLC0415
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
    if not sys.stdin.isatty():
        return None
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline()


def resolve(host: str) -> list[str]:
    """The addresses of a host; none where DNS knows none."""
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except OSError:
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def find_credential(url: str) -> tuple[str, str] | None:
    """What keyring gives clients for the address; its own troubles are no finding about the repository."""
    import keyring  # noqa: PLC0415  # takes long to load
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        found = keyring.get_credential(url, None)
    except KeyringError:
        return None
    return (found.username, found.password) if found else None


def _settings(options: Namespace, environ: Mapping[str, str]) -> Settings:
    region = options.region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    return Settings.parse(type(options)(**{**vars(options), "region": region}))


def _config(environ: Mapping[str, str]) -> Config:
    for warning in config_warnings(environ):
        sys.stderr.write(f"warning: {warning}\n")
    return read_config(environ)


def _run(command: Sequence[str], environ: Mapping[str, str]) -> int:
    ended = subprocess.run(command, env={**os.environ, **environ}, check=False, stdout=sys.stderr)  # noqa: S603
    return ended.returncode
