"""``s3twine upload``: from options to a report on standard output."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from s3pypi_core.backoff import Backoff
from s3pypi_core.command_line import FAILED, complain
from s3pypi_core.config import read_config
from s3pypi_core.distribution import Distribution
from s3pypi_core.errors import RepositoryError
from s3pypi_core.plan import Plan, Refused
from s3pypi_core.repository import create_repository
from s3pypi_core.target import find_target
from s3pypi_core.upload import rehearse, upload
from s3pypi_twine.summary import describe

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping


def upload_command(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO) -> int:
    """Upload what ``options`` name; write what became of it to ``out``; return the exit code.

    Raises RepositoryError when nothing was done.
    """
    target = find_target(
        repository=options.repository,
        address=options.repository_url,
        config=read_config(environ),
        environ=environ,
        pypirc=Path.home() / ".pypirc",
    ).override(region=options.region, profile=options.profile, endpoint_url=options.endpoint_url)
    plan = Plan.of(read_all(options.files), skip_existing=options.skip_existing)
    bucket = target.open()
    if options.dry_run:
        report = rehearse(plan, bucket)
    else:
        if options.create:
            create_repository(bucket)
        report = upload(plan, bucket, upload_time=_now(), backoff=Backoff())
    out.write(describe(plan, report, target, dry_run=options.dry_run))
    for error in report.errors:
        complain(error)
    return FAILED if report.errors else 0


def read_all(paths: Iterable[Path]) -> list[Distribution]:
    """Check every file. Raises Refused, naming all that cannot be uploaded."""
    distributions, errors = [], []
    for path in paths:
        try:
            distributions.append(Distribution.read(path))
        except RepositoryError as error:
            errors.append(error)
    if errors:
        raise Refused(errors)
    return distributions


def _now() -> str:
    # PEP 700: "upload-time ... must be in the format yyyy-mm-ddThh:mm:ss.ffffffZ".
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
