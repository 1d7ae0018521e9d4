"""What ``s3twine upload`` says at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.filesize import decimal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.version import Version

    from s3pypi_core.plan import Outcome, Plan
    from s3pypi_core.target import Target
    from s3pypi_core.upload import Report

_SAID: dict[Outcome, str] = {
    "uploaded": "uploaded",
    "already there": "already there",
    "skipped": "skipped: another file has this name",
}


def describe(plan: Plan, report: Report, target: Target, *, dry_run: bool) -> str:
    """Return a line for each file of ``report``, then how to install what is now there."""
    lines = list(_files(plan, report, dry_run=dry_run))
    if dry_run:
        lines.append("dry run: nothing was written")
    elif report.outcomes:
        lines += ["", *_installable(plan, report, target)]
    return "".join(f"{line}\n" for line in lines)


def _files(plan: Plan, report: Report, *, dry_run: bool) -> Iterator[str]:
    for distribution in plan:
        outcome = report.outcomes.get(distribution.filename)
        if outcome is None:
            continue
        said = "would be uploaded" if dry_run and outcome == "uploaded" else _SAID[outcome]
        yield f"{distribution.filename} ({decimal(distribution.size)}): {said}"


def _installable(plan: Plan, report: Report, target: Target) -> Iterator[str]:
    """PEP 440 names each release; nothing new is still installable, and worth saying."""
    if "uploaded" not in report.outcomes.values():
        yield f"Nothing to do: all of it is in s3://{target.bucket} already."
    releases: dict[str, set[Version]] = {}
    for distribution in plan:
        if report.outcomes.get(distribution.filename) in ("uploaded", "already there"):
            releases.setdefault(distribution.project, set()).add(distribution.version)
    if not releases:
        return
    requirements = [f"{project}=={version}" for project in releases for version in sorted(releases[project])]
    yield f"Installable now from {target.url or f's3://{target.bucket}'}:"
    index = f" --index-url {target.url}" if target.url else ""
    yield from (f"  pip install{index} {requirement}" for requirement in requirements)
