"""``s3twine list``: from one object of the index, whatever the bucket holds besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from s3pypi_core.care import read_record, read_root
from s3pypi_core.errors import UsageError
from s3pypi_core.release import Scope
from s3pypi_twine.answer import Answer, Grid
from s3pypi_twine.files_grid import release_document, releases_grid, releases_of
from s3pypi_twine.session import perform
from s3pypi_twine.status_line import status_document, status_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from s3pypi_twine.session import Session


def list_command(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """List the projects, or the releases of one; return 0."""
    return perform(_list, options, environ, out, err)


def _list(session: Session) -> Answer:
    where = {"bucket": session.target.bucket, "index_url": session.target.url}
    if session.options.project is None:
        projects = read_root(session.bucket).projects
        parts = [Grid(("Project",), [(project,) for project in projects])] if projects else []
        return Answer({**where, "projects": list(projects)}, parts or ["There is no project yet."])
    scope = Scope.parse(session.options.project)
    if scope.version is not None:
        raise UsageError(f"{scope} is a release, and this lists projects", f"s3twine show {scope}")
    record = read_record(session.bucket, scope.project)
    releases = [release_document(version, files) for version, files in releases_of(record).items()]
    document = {**where, **status_document(record), "releases": releases}
    return Answer(document, [status_line(record), *([releases_grid(record)] if releases else [])])
