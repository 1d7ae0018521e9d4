"""The objects of deleted files: taking them away in such a way that they can come back."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from s3pypi_core.bucket import CONNECTIONS, Headers, ObjectGone, PreconditionFailed
from s3pypi_core.errors import RepositoryError
from s3pypi_core.fetch import save
from s3pypi_core.progress import unheard
from s3pypi_edge.keys import METADATA, file_key, is_distribution_name, metadata_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from s3pypi_core.bucket import Bucket, Head
    from s3pypi_core.file import File
    from s3pypi_edge.keys import Project

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class LostMeanwhile(RepositoryError):
    """Files were listed again while they were deleted, and their bytes are gone."""

    def __init__(self, project: Project, filenames: Iterable[str]) -> None:
        super().__init__(
            f"{project} lists files again whose objects are gone: {', '.join(filenames)}",
            "delete that release again, or upload the same files again",
        )


@dataclass(frozen=True)
class _Copy:
    path: Path
    headers: Headers
    sha256: str


@dataclass(frozen=True)
class Removed:
    """Objects that were taken away: ``copies`` are those of which the bucket keeps no version, by key."""

    folder: Path
    copies: dict[str, _Copy] = field(default_factory=dict)


def still_there(bucket: Bucket, project: Project, filenames: Collection[str]) -> list[str]:
    """Those of ``filenames`` of which an object is there: one listing, however many names there are."""
    if not filenames:
        return []
    folder = file_key(project, "")
    found = {entry.key.removeprefix(folder).removesuffix(METADATA) for entry in bucket.list(folder)}
    return [filename for filename in filenames if filename in found]


@contextlib.contextmanager
def remove_objects(bucket: Bucket, project: Project, filenames: Iterable[str]) -> Iterator[Removed]:
    """Take away the objects of these files; until the block ends, they can be brought back."""
    with tempfile.TemporaryDirectory(prefix="s3twine-") as folder:
        removed, failure = Removed(Path(folder)), None
        try:
            side_by_side(lambda name: _remove_pair(bucket, project, name, removed), filenames)
        except (RepositoryError, KeyboardInterrupt) as error:
            failure = error  # what has been taken away by then may have to come back all the same
        yield removed
        if failure is not None:
            raise failure


def side_by_side(task: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    """What ``task`` returns for each. If one fails, its error is raised, and no other is begun after it."""
    pool = ThreadPoolExecutor(CONNECTIONS)
    try:
        return list(pool.map(task, items))
    finally:
        pool.shutdown(cancel_futures=True)


def _remove_pair(bucket: Bucket, project: Project, filename: str, removed: Removed) -> None:
    # The names may be those of tombstones, and a record that was edited by hand may name its own key.
    if not is_distribution_name(filename):
        return
    # A metadata file without its distribution would refuse the name to another distribution.
    for key in (metadata_key(project, filename), file_key(project, filename)):
        # Asked first, because a bucket that keeps versions would put marker upon marker.
        head = bucket.head(key)
        if head is None:
            continue
        if any(version.is_latest and version.id == "null" for version in bucket.versions(key)):
            _copy(bucket, key, head, removed)
        bucket.delete(key)


def _copy(bucket: Bucket, key: str, head: Head, removed: Removed) -> None:
    path = removed.folder / hashlib.sha256(key.encode()).hexdigest()
    try:
        with bucket.stream(key) as body:
            saved = save(body, path)
    except ObjectGone:  # somebody else takes it away
        return
    headers = Headers(head.content_type, head.cache_control, head.metadata)
    removed.copies[key] = _Copy(path, headers, saved.digests["sha256"])


def bring_back(bucket: Bucket, project: Project, files: Iterable[File], removed: Removed) -> None:
    """Put the objects of ``files`` back where they are missing. Raises LostMeanwhile."""
    lost = [file.filename for file in files if not _bring_back_pair(bucket, project, file, removed.copies)]
    if lost:
        raise LostMeanwhile(project, lost)


def _bring_back_pair(bucket: Bucket, project: Project, file: File, copies: dict[str, _Copy]) -> bool:
    there = [_bring_back(bucket, key, copies.get(key)) for key in keys_of(project, file)]
    return all(there)


def keys_of(project: Project, file: File) -> list[str]:
    """The keys that a listed file needs, the distribution's first."""
    keys = [file_key(project, file.filename)]
    return keys if file.core_metadata is None else [*keys, metadata_key(project, file.filename)]


def _bring_back(bucket: Bucket, key: str, copy: _Copy | None) -> bool:
    if copy is not None and bucket.head(key) is None:
        with contextlib.suppress(PreconditionFailed):  # somebody else did
            bucket.create_file(key, copy.path, copy.headers, sha256=copy.sha256, sent=unheard)
    return uncover(bucket, key)


def is_kept(bucket: Bucket, key: str) -> bool:
    """Whether ``uncover`` would find an object there."""
    return any(not version.is_delete_marker for version in bucket.versions(key))


def uncover(bucket: Bucket, key: str) -> bool:
    """Take the delete markers off the object; return whether it is there."""
    if bucket.head(key) is not None:
        return True
    while (versions := bucket.versions(key)) and versions[0].is_delete_marker:
        bucket.remove_version(key, versions[0].id)
    return bool(versions)
