"""``s3twine show``: a project or a release, from its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from packaging.metadata import parse_email

from s3pypi_core.care import read_record
from s3pypi_core.errors import RepositoryError
from s3pypi_core.release import NoSuchRelease, Scope
from s3pypi_edge.keys import metadata_key
from s3pypi_twine.answer import Answer
from s3pypi_twine.files_grid import file_document, files_grid, releases_of
from s3pypi_twine.session import perform
from s3pypi_twine.status_line import status_document, status_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from packaging.version import Version

    from s3pypi_core.file import File
    from s3pypi_core.record import Record
    from s3pypi_twine.session import Session


class NoReadme(RepositoryError):
    """No file of the release brings a README that can be read without downloading it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the metadata of {what} in the repository holds no README")


def show_command(options: argparse.Namespace, environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Show a project, or one release of it; return 0."""
    return perform(_show, options, environ, out, err)


def _show(session: Session) -> Answer:
    scope = Scope.parse(session.options.release)
    record = read_record(session.bucket, scope.project)
    version = scope.version or _newest(record)
    files = list(Scope(scope.project, version).files_of(record)) if version else []
    if scope.version and not files:
        raise NoSuchRelease(scope, record)
    readme = _readme(session, f"{scope.project}=={version}", files) if session.options.readme else None
    document = {
        "bucket": session.target.bucket,
        "index_url": session.target.url,
        **status_document(record),
        "releases": [str(release) for release in releases_of(record)],
        "version": str(version) if version else None,
        "files": [file_document(file) for file in files],
        "deleted": {name: tombstone._asdict() for name, tombstone in sorted(record.removed.items())},
        "readme": readme,
    }
    heading = [f"{scope.project}=={version}:"] if version else []
    grids = [files_grid(files)] if files else []
    return Answer(document, [status_line(record), *heading, *grids, *([readme] if readme else [])])


def _newest(record: Record) -> Version | None:
    """The newest final release, or the newest of all; one that is yanked only where there is no other."""
    releases = releases_of(record)
    ranked = sorted(
        releases, key=lambda release: (any(file.yanked for file in releases[release]), release.is_prerelease)
    )
    return next(iter(ranked), None)


def _readme(session: Session, what: str, files: Sequence[File]) -> str:
    """The README in the core metadata of the release. Raises NoReadme."""
    for file in files:
        key = metadata_key(Scope.parse(session.options.release).project, file.filename)
        found = session.bucket.get(key) if file.core_metadata else None
        description = parse_email(found.body)[0].get("description", "") if found else ""
        if description.rstrip() not in {"", "UNKNOWN"}:
            return description.rstrip()
    raise NoReadme(what)
