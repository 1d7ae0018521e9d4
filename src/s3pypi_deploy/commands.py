"""From options to what they ask for, with the real ends."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.config.bucket_name import check_bucket_name
from s3pypi_core.config.config import config_paths, config_warnings, read_config
from s3pypi_core.config.snippets import snippet
from s3pypi_core.config.target import Target, region_in, says_who
from s3pypi_core.errors import Interruption, UsageError
from s3pypi_deploy.doctor import examine, find_bucket, find_origin
from s3pypi_deploy.down import take_down
from s3pypi_deploy.errors import DeployInterrupted
from s3pypi_deploy.export import write_export
from s3pypi_deploy.patient import FAILED, Check, Patient
from s3pypi_deploy.real_ends import find_credential, make_ends, resolve, run_program
from s3pypi_deploy.settings import Settings
from s3pypi_deploy.status import show_status
from s3pypi_deploy.up import Wishes, show_changes, stand_up
from s3pypi_deploy.web import DirectWeb
from s3pypi_deploy.whereabouts import find_whereabouts

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable, Mapping

    from s3pypi_deploy.ends import Ends
    from s3pypi_deploy.whereabouts import Whereabouts

DONE, NOT_YET = 0, 1


class Scene(NamedTuple):
    """What a command begins with. ``open_ends`` is given the region and the profile."""

    options: Namespace
    environ: Mapping[str, str]
    open_ends: Callable[[Mapping[str, str], str, str | None], Ends]

    def ends(self, region: str, profile: str | None) -> Ends:
        """The ends, where AWS is needed. Raises RepositoryError."""
        return self.open_ends(self.environ, region, profile)

    def settings(self) -> Settings:
        """The settings that the options of ``up`` make. Raises UsageError."""
        region = self.options.region or region_in(self.environ)
        return Settings.parse(argparse.Namespace(**{**vars(self.options), "region": region}))

    def profile(self, name: str) -> str | None:
        """The profile for the deployment of a name, by the rule of ``whereabouts``. Raises ConfigError."""
        # A file that S3PYPI_CONFIG names need not be there yet: `up` makes it.
        written = any(path.exists() for path in config_paths(self.environ))
        given: str | None = self.options.profile
        if given or says_who(self.environ) or not written:
            return given
        section = read_config(self.environ).named(name)
        return section.profile if section else None

    def whereabouts(self) -> Whereabouts:
        """Which deployment the command is about. Raises UsageError and ConfigError."""
        for warning in config_warnings(self.environ):
            sys.stderr.write(f"warning: {warning}\n")
        return find_whereabouts(self.options, read_config(self.environ), self.environ)


def _up(scene: Scene) -> int:
    settings, options = scene.settings(), scene.options
    profile = scene.profile(settings.name)
    wishes = Wishes(yes=options.yes, json=options.json, profile=profile)
    done = stand_up(settings, scene.ends(settings.region, profile), wishes)
    return DONE if done else NOT_YET


def _plan(scene: Scene) -> int:
    settings = scene.settings()
    ends = scene.ends(settings.region, scene.profile(settings.name))
    show_changes(settings, ends, Wishes(json=scene.options.json))
    return DONE


def _status(scene: Scene) -> int:
    where = scene.whereabouts()
    good = show_status(where, scene.ends(where.home, where.profile), as_json=scene.options.json)
    return DONE if good else NOT_YET


def _down(scene: Scene) -> int:
    where, options = scene.whereabouts(), scene.options
    ends = scene.ends(where.home, where.profile)
    gone = take_down(where, ends, yes=options.yes, with_packages=options.delete_packages)
    return DONE if gone else NOT_YET


def _export(scene: Scene) -> int:
    for path in write_export(scene.settings(), scene.options.output, time.time()):
        sys.stdout.write(f"{path}\n")
    return DONE


def _config(scene: Scene) -> int:
    where = scene.whereabouts()
    find_origin(where)  # which says what is missing where there is no address
    bucket = _bucket(scene.options.bucket) or where.bucket
    target = Target(bucket, where.region, where.profile, where.endpoint_url) if bucket else None
    sys.stdout.write(snippet(scene.options.client, where.url or "", target))
    sys.stderr.write("credentials are not among it: `s3pypi-keyring status` says whether any are found\n")
    return DONE


def _doctor(scene: Scene) -> int:
    where, options = scene.whereabouts(), scene.options
    where = where._replace(bucket=_bucket(options.bucket) or where.bucket)
    origin = find_origin(where)  # without an address there is nobody to ask a keyring about
    credential = find_credential(where.url or "")
    patient = Patient(origin, DirectWeb(), resolve, time.time, credential, find_bucket(where))
    checks = []
    for check in _checks(patient, where, probing=options.probe):
        checks.append(check)
        if not options.json:
            _show(check)
    if options.json:
        document = {"name": where.name, "findings": [check.as_json() for check in checks]}
        sys.stdout.write(f"{json.dumps(document)}\n")
    return NOT_YET if any(check.verdict == FAILED for check in checks) else DONE


def _bucket(name: str | None) -> str | None:
    try:
        return name and check_bucket_name(name)
    except ValueError as error:
        raise UsageError(f"{name!r} is not the name of a bucket: {error}", "check --bucket") from None


def _checks(patient: Patient, where: Whereabouts, *, probing: bool) -> Iterable[Check]:
    if probing and where.bucket is None:
        raise UsageError("the bucket for the probe is not known", "give --bucket NAME")
    failed = set()
    for check in examine(patient):
        yield check
        if check.verdict == FAILED:
            failed.add(check.name)
    if probing and where.bucket:
        from s3pypi_deploy.probe import probe  # noqa: PLC0415  # takes long to load

        target = Target(where.bucket, where.region, where.profile, where.endpoint_url)
        yield from probe(patient, failed, target.open, run_program)


def _show(check: Check) -> None:
    sys.stdout.write(f"{check.verdict}\t{check.name}\t{check.detail}\n")
    if check.remedy:
        sys.stdout.write(f"\t\thint: {check.remedy}\n")
    sys.stdout.flush()


COMMANDS: Mapping[str, Callable[[Scene], int]] = {
    "up": _up,
    "plan": _plan,
    "status": _status,
    "config": _config,
    "doctor": _doctor,
    "down": _down,
    "export": _export,
}


def perform(
    options: Namespace,
    environ: Mapping[str, str],
    open_ends: Callable[[Mapping[str, str], str, str | None], Ends] = make_ends,
) -> int:
    """Do what the options ask; return the exit code.

    Raises RepositoryError, and Interruption on Ctrl-C.
    """
    try:
        return COMMANDS[options.command](Scene(options, environ, open_ends))
    except Interruption:
        raise
    except KeyboardInterrupt:
        raise DeployInterrupted from None
