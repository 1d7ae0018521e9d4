"""``s3twine upload``: from options to a report on standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from s3pypi_core.backoff import Backoff
from s3pypi_core.errors import Interruption, RepositoryError
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.plan import Plan, SeveralErrors
from s3pypi_core.repository import create_repository
from s3pypi_core.upload import rehearse, upload
from s3pypi_edge.keys import ROOT_RECORD
from s3pypi_twine.files import read_all, select
from s3pypi_twine.options import notes_on
from s3pypi_twine.progress import shown
from s3pypi_twine.readme_check import check_readmes
from s3pypi_twine.result import Uploaded, failure_to_json, to_json
from s3pypi_twine.screen import Screen
from s3pypi_twine.session import Beginning
from s3pypi_twine.summary import summarize

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from s3pypi_core.bucket import Bucket
    from s3pypi_core.distribution import Distribution
    from s3pypi_core.upload import Report
    from s3pypi_twine.session import Session


def upload_command(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Upload what ``options`` name; write what became of it to ``out``; return 0.

    Raises RepositoryError (or Interruption) for what went wrong, after what became of the rest is written.
    """
    screen = Screen.of(options, environ, out, err)
    try:
        done = _perform(options, environ, screen)
    except (RepositoryError, Interruption) as error:
        if options.json:
            out.write(failure_to_json(error))
        raise
    if options.json:
        out.write(to_json(done))
    else:
        summarize(done, screen)
    if done.report.errors:
        raise SeveralErrors(done.report.errors)
    return 0


def _perform(options: argparse.Namespace, environ: Mapping[str, str], screen: Screen) -> Uploaded:
    for note in notes_on(options.without_effect):
        screen.note(note)
    beginning = Beginning.of(options, environ, screen)
    distributions = _read(options, screen)
    plan = Plan.of(distributions, skip_existing=options.skip_existing)
    if not options.no_check:
        check_readmes(plan, strict=options.strict, warn=screen.warn, tell=screen.tell)
    files = f"{len(distributions)} file{'s' * (len(distributions) > 1)}"
    report = _upload(plan, beginning.open(f"{files} to {beginning.target}"))
    return Uploaded(plan, report, beginning.target, options.dry_run)


def _read(options: argparse.Namespace, screen: Screen) -> list[Distribution]:
    selection = select(options.files)
    if selection.passed_over:
        names = ", ".join(str(path) for path in selection.passed_over)
        screen.note(f"note: the repository holds no signatures and no attestations; passed over: {names}")
    return read_all(selection)


def _upload(plan: Plan, session: Session) -> Report:
    options, bucket, screen = session.options, session.bucket, session.screen
    if options.dry_run:
        return rehearse(plan, _as_if_made(bucket, screen) if options.create else bucket)
    if options.create:
        create_repository(bucket)
    with shown(screen, plan) as progress:
        return upload(plan, bucket, backoff=Backoff(), progress=progress)


def _as_if_made(bucket: Bucket, screen: Screen) -> Bucket:
    """The bucket, or where it holds no repository, one that is as it would then be."""
    if bucket.get(ROOT_RECORD) is not None:
        return bucket
    screen.note(f"s3://{bucket.name} holds no repository yet: would make one")
    empty = MemoryBucket(bucket.name)
    create_repository(empty)
    return empty
