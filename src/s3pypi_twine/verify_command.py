"""``s3twine verify``: from options to a report on standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from s3pypi_core.backoff import Backoff
from s3pypi_core.bucket_clock import bucket_time
from s3pypi_core.command_line import FAILED, complain
from s3pypi_core.errors import Interruption, RepositoryError, UsageError
from s3pypi_core.terminal import one_line
from s3pypi_core.verify.verified import Verified
from s3pypi_core.verify.verify import YOUNG, Order, verify
from s3pypi_edge.keys import normalize
from s3pypi_twine.answer import errors_document, to_document
from s3pypi_twine.screen import Screen
from s3pypi_twine.session import Beginning
from s3pypi_twine.verify_progress import watched

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping

    from s3pypi_core.config.target import Target
    from s3pypi_core.verify.mend import Left
    from s3pypi_edge.keys import Project


def verify_command(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Verify what ``options`` name; write every disagreement to ``out``; return 1 if any is left, else 0.

    Raises RepositoryError, or Interruption.
    """
    screen, verified = Screen.of(options, environ, out, err), Verified()
    try:
        target = _perform(options, environ, screen, verified)
    except (RepositoryError, Interruption) as error:
        if options.json:
            out.write(to_document({**_told(verified), "errors": errors_document([*verified.errors, error])}))
        else:
            mended = [] if isinstance(error, Interruption) else _mended(verified)  # which says it itself
            _print([*mended, *_left_lines(verified)], out)
        _complain(verified, screen)
        raise
    if options.json:
        out.write(to_document(_document(target, verified)))
    else:
        _print(_lines(verified), out)
    _complain(verified, screen)
    return FAILED if verified.left or verified.errors else 0


def _print(lines: Iterable[str], out: TextIO) -> None:
    out.write("".join(f"{one_line(line)}\n" for line in lines))


def _complain(verified: Verified, screen: Screen) -> None:
    """Say what could not be looked at."""
    for warning in verified.warnings:
        screen.warn(warning)
    for error in verified.errors:
        complain(error)


def _perform(
    options: argparse.Namespace, environ: Mapping[str, str], screen: Screen, verified: Verified
) -> Target:
    projects = [_project(name) for name in options.projects]
    beginning = Beginning.of(options, environ, screen)
    order = Order(projects, deep=options.deep, repair=options.repair, young=0 if options.now else YOUNG)
    bucket = beginning.open(f"verifying {beginning.target}").bucket
    with watched(screen) as watch:
        # The times of objects are those of the bucket's clock.
        verify(bucket, order, now=bucket_time(bucket), backoff=Backoff(), watch=watch, verified=verified)
    return beginning.target


def _project(name: str) -> Project:
    try:
        return normalize(name)
    except ValueError as fault:
        raise UsageError(str(fault), "name projects, without versions") from None


def _mended(verified: Verified) -> Iterator[str]:
    for finding, done in verified.mended:
        yield f"mended {finding.key}: {finding.fault}"
        yield f"    {done}"


def _lines(verified: Verified) -> Iterator[str]:
    yield from _mended(verified)
    yield from _left_lines(verified)
    yield _summary(verified)


def _left_lines(verified: Verified) -> Iterator[str]:
    for left in verified.left:
        yield f"{left.finding.key}: {left.finding.fault}"
        if left.reason:
            yield f"    could not be mended: {left.reason}"
        yield f"    {left.remedy}"


def _summary(verified: Verified) -> str:
    looked = f"{_count(verified.projects, 'project')}, {_count(verified.files, 'file')}"
    mended = f"{_count(len(verified.mended), 'disagreement')} mended, " if verified.mended else ""
    if not verified.left and not verified.errors:
        return f"{looked}: {mended}all in order"
    left = _count(len(verified.left), "disagreement") + (" left" if mended else "")
    failed = f", {_count(len(verified.errors), 'project')} not verified" if verified.errors else ""
    return f"{looked}: {mended}{left}{failed}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _document(target: Target, verified: Verified) -> dict[str, Any]:
    return {
        "bucket": target.bucket,
        "projects": verified.projects,
        "files": verified.files,
        **_told(verified),
        "errors": errors_document(verified.errors),
    }


def _told(verified: Verified) -> dict[str, Any]:
    return {
        "findings": [_left(left) for left in verified.left],
        "mended": [
            {"kind": finding.kind, "key": finding.key, "fault": finding.fault, "done": done}
            for finding, done in verified.mended
        ],
        "warnings": verified.warnings,
    }


def _left(left: Left) -> dict[str, Any]:
    finding = left.finding
    said = {"kind": finding.kind, "key": finding.key, "project": finding.project, "fault": finding.fault}
    return {**said, "remedy": left.remedy, "reason": left.reason or None}
