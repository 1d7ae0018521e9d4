"""Bringing a deleted release back, as long as the bucket keeps its bytes: the objects, then the record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from s3pypi_core import record_changes
from s3pypi_core.care import change
from s3pypi_core.document import UnreadableDocument
from s3pypi_core.errors import RepositoryError
from s3pypi_core.objects import LostMeanwhile, is_kept, keys_of, side_by_side, uncover
from s3pypi_core.project_index import find_record
from s3pypi_core.release import NoSuchRelease
from s3pypi_core.root_index import settle_project
from s3pypi_core.terminal import one_line
from s3pypi_core.verify.restore import CannotMend, read_unlisted
from s3pypi_edge.keys import file_key, metadata_key, record_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket
    from s3pypi_core.file import File
    from s3pypi_core.project_index import ProjectIndex
    from s3pypi_core.record import Record
    from s3pypi_core.release import Scope
    from s3pypi_edge.keys import Project

Item = TypeVar("Item")


class NotKept(RepositoryError):
    """The bucket no longer holds what is needed to bring files back."""

    def __init__(self, project: Project, filenames: Iterable[str], what: str) -> None:
        names = ", ".join(map(one_line, filenames))
        super().__init__(
            f"{project}: the bucket does not keep {what} {names}; nothing is listed again",
            "without bucket versioning, or after its retention, a deleted file is gone: "
            "build it with another version",
        )


@dataclass(frozen=True)
class Undeleted:
    """``restored`` are the files that are listed again; none, if all of the release was.

    ``rebuilt`` are the names of those that no earlier record listed: nothing tells whether they were yanked.
    """

    record: Record
    restored: Sequence[File]
    rebuilt: Sequence[str] = ()


def undelete(bucket: Bucket, index: ProjectIndex, scope: Scope, backoff: Backoff) -> Undeleted:
    """Bring back every deleted file of the release, as it was listed last, a yank included.

    Where no earlier record lists it any more, its entry is written anew, from its bytes and its tombstone.
    Raises NoSuchRelease, NotKept with the record untouched, and what change_record and settle_project raise.
    """
    project = index.record.project
    removed = scope.removed_from(index.record)
    if not removed and not scope.files_of(index.record):
        raise NoSuchRelease(scope, index.record)
    listed_then = _last_listed(bucket, index.record, removed)
    rebuilt = [name for name in removed if name not in listed_then]
    needed = {name: keys_of(project, file) for name, file in listed_then.items()}
    needed.update({name: [file_key(project, name)] for name in rebuilt})
    # Before anything is uncovered: what is not listed again is not to be had by its address either.
    if lost := _failing(lambda name: all(is_kept(bucket, key) for key in needed[name]), removed):
        raise NotKept(project, lost, "the bytes of")
    _uncover_all(bucket, project, [*listed_then.values()])
    rewritten = _rebuild_all(bucket, index.record, rebuilt)
    files = sorted([*listed_then.values(), *rewritten], key=lambda file: file.filename)
    changed = change(bucket, index, lambda record: record_changes.restore(record, files), backoff)
    settle_project(bucket, project, backoff)
    listed = {file.filename for file in changed.record.all_files}
    if forgotten := [file.filename for file in files if file.filename not in listed]:
        raise NotKept(project, forgotten, "the tombstones of")
    # A deletion of the same files may have taken them away since we looked, without seeing this record.
    if lost := _failing(lambda file: _uncover(bucket, project, file), files, _filename):
        raise LostMeanwhile(project, lost)
    return Undeleted(changed.record, files, rebuilt)


def _last_listed(bucket: Bucket, record: Record, filenames: Sequence[str]) -> dict[str, File]:
    """By name, the entries that old versions of the record have with the hashes of the tombstones."""
    wanted = {name: record.removed[name].sha256 for name in filenames}
    found: dict[str, File] = {}
    key = record_key(record.project)
    for version in bucket.versions(key) if wanted else ():
        if wanted.keys() == found.keys():
            break
        for file in _files_then(bucket, record.project, version.id):
            if wanted.get(file.filename) == file.sha256:
                found.setdefault(file.filename, file)
    return found


def _files_then(bucket: Bucket, project: Project, version_id: str) -> tuple[File, ...]:
    """What a version of the record listed; nothing, if it cannot be read."""
    try:
        record = find_record(bucket, project, version=version_id)
    except UnreadableDocument:
        return ()
    return record.all_files if record else ()


def _uncover_all(bucket: Bucket, project: Project, files: Sequence[File]) -> None:
    """Let the objects be there, with the bytes that are promised. Raises NotKept."""

    def is_there(file: File) -> bool:
        return _uncover(bucket, project, file) and _is_what_was_listed(bucket, project, file)

    if lost := _failing(is_there, files, _filename):
        raise NotKept(project, lost, "the bytes of")


def _rebuild_all(bucket: Bucket, record: Record, filenames: Sequence[str]) -> list[File]:
    """Write the entries of these files anew, as a repair does with an upload that was never listed.

    Raises NotKept.
    """
    project = record.project

    def rebuild(filename: str) -> File | None:
        for key in (metadata_key(project, filename), file_key(project, filename)):
            uncover(bucket, key)
        head = bucket.head(file_key(project, filename))
        if head is None or head.metadata.get("sha256") != record.removed[filename].sha256:
            return None
        try:
            return read_unlisted(bucket, project, filename, undeleting=True)
        except CannotMend:
            return None

    rebuilt = side_by_side(rebuild, filenames)
    if lost := [name for name, file in zip(filenames, rebuilt, strict=True) if file is None]:
        raise NotKept(project, lost, "the bytes of")
    return [file for file in rebuilt if file is not None]


def _failing(
    check: Callable[[Item], bool], items: Sequence[Item], name: Callable[[Item], str] = str
) -> list[str]:
    """The names of the items of which ``check`` says no."""
    passed = side_by_side(check, items)
    return [name(item) for item, good in zip(items, passed, strict=True) if not good]


def _filename(file: File) -> str:
    return file.filename


def _uncover(bucket: Bucket, project: Project, file: File) -> bool:
    there = [uncover(bucket, key) for key in keys_of(project, file)]
    return all(there)


def _is_what_was_listed(bucket: Bucket, project: Project, file: File) -> bool:
    head = bucket.head(file_key(project, file.filename))
    if head is None or (head.size, head.metadata.get("sha256")) != (file.size, file.sha256):
        return False
    if file.core_metadata is None:
        return True
    found = bucket.get(metadata_key(project, file.filename))
    return found is not None and hashlib.sha256(found.body).hexdigest() == file.core_metadata
