"""What the commands that look after a repository have in common: finding a project, and showing a change."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError
from s3pypi_core.project_index import ProjectIndex, RecordLost, bring_page_up_to_date, change_record
from s3pypi_core.root_index import RootIndex
from s3pypi_edge.keys import ROOT_RECORD, record_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket
    from s3pypi_core.record import Record
    from s3pypi_core.root import Root
    from s3pypi_edge.keys import Project


class NoSuchProject(RepositoryError):
    """Nothing was ever uploaded under this name."""

    def __init__(self, project: Project, root: Root) -> None:
        close = get_close_matches(project, root.projects)
        hint = f"did you mean {', '.join(close)}?" if close else "s3twine list says which projects there are"
        super().__init__(f"there is no project named {project}", hint)


def read_root(bucket: Bucket) -> Root:
    """Read the list of projects. Raises NoRepository, UnreadableDocument or BucketError."""
    return RootIndex.of(bucket, bucket.get(ROOT_RECORD), None).root


def open_project(bucket: Bucket, project: Project) -> ProjectIndex:
    """Read the record and the page of a project that must be there.

    Raises NoSuchProject, NoRepository, RecordLost, UnreadableDocument or BucketError.
    """
    index = ProjectIndex.read(bucket, project, known=False)
    _check_known(bucket, index)
    return index


def read_record(bucket: Bucket, project: Project) -> Record:
    """Read the record alone. Raises what ``open_project`` raises."""
    index = ProjectIndex.of(bucket, project, bucket.get(record_key(project)), None, known=False)
    _check_known(bucket, index)
    return index.record


def _check_known(bucket: Bucket, index: ProjectIndex) -> None:
    """Raise what says why there is no record, if there is none: only then the root is read."""
    if index.record_etag is not None:
        return
    root, project = read_root(bucket), index.record.project
    raise RecordLost(project) if project in root else NoSuchProject(project, root)


def change(
    bucket: Bucket, index: ProjectIndex, change: Callable[[Record], Record], backoff: Backoff
) -> ProjectIndex:
    """Change the record in one step, then bring its page up to date. Raises what ``change_record`` raises."""
    changed = change_record(bucket, index, change, backoff)
    bring_page_up_to_date(bucket, changed, backoff)
    return changed
