"""Deleting: the record first, then its page, the objects, and last the root, if nothing is left to name.

At every moment in between the repository installs what its record lists, and the same command again
finishes what a crash interrupted. A record is never deleted: it holds the tombstones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3pypi_core import record_changes
from s3pypi_core.care import change
from s3pypi_core.objects import bring_back, remove_objects, still_there
from s3pypi_core.project_index import ProjectIndex
from s3pypi_core.root_index import settle_project
from s3pypi_edge.keys import file_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket
    from s3pypi_core.file import File
    from s3pypi_core.record import Record
    from s3pypi_edge.keys import Project


@dataclass(frozen=True)
class Deleted:
    """``removed`` are the names that are gone; ``kept`` were to go, and are listed all the same.

    ``earlier`` are those of ``removed`` that were deleted before, and of which nothing was left.
    """

    record: Record
    removed: Sequence[str]
    kept: Sequence[str]
    earlier: Sequence[str] = ()

    @property
    def now(self) -> list[str]:
        """The names of which this deletion took something away."""
        return [name for name in self.removed if name not in self.earlier]


def delete(
    bucket: Bucket,
    index: ProjectIndex,
    choose: Callable[[Record], Sequence[File]],
    *,
    leftovers: Collection[str],
    date: str,
    backoff: Backoff,
) -> Deleted:
    """Delete the files that ``choose`` takes from the record, and what is left of ``leftovers``.

    ``choose`` is asked again whenever somebody else changed the record. ``leftovers`` are names that were
    deleted before; one listing tells whose objects are still there. ``date`` is what the tombstones say.
    What was listed again meanwhile, bytes and all, is left alone or brought back.
    Raises what change_record and settle_project raise, and LostMeanwhile.
    """
    project = index.record.project
    _check_leave(bucket, project, [*(file.filename for file in choose(index.record)), *leftovers])
    chosen: dict[str, File] = {}

    def without(record: Record) -> Record:
        files = choose(record)
        chosen.update({file.filename: file for file in files})
        return record_changes.remove(record, files, date)

    current = change(bucket, index, without, backoff)
    doomed = [name for name in {**chosen, **dict.fromkeys(leftovers)} if name in current.record.removed]
    left = still_there(bucket, project, [name for name in doomed if name not in chosen])
    with remove_objects(
        bucket, project, [name for name in doomed if name in chosen or name in left]
    ) as removed:
        current = ProjectIndex.read(bucket, project, known=True)
        listed = {file.filename: file for file in current.record.all_files}
        bring_back(bucket, project, [listed[name] for name in doomed if name in listed], removed)
    settle_project(bucket, project, backoff)
    return Deleted(
        current.record,
        removed=[name for name in doomed if name not in listed],
        kept=[name for name in {**chosen, **dict.fromkeys(doomed)} if name in listed],
        earlier=[name for name in doomed if not (name in chosen or name in left or name in listed)],
    )


def forget(bucket: Bucket, project: Project, filenames: Collection[str], backoff: Backoff) -> list[str]:
    """Drop the tombstones of these names, whose objects are gone; return those that can be taken again.

    It comes last: of whatever was left undone before it, a tombstone tells. Raises what change_record raises.
    """
    index = ProjectIndex.read(bucket, project, known=True)
    record = change(bucket, index, lambda record: record_changes.forget(record, filenames), backoff).record
    listed = {file.filename for file in record.all_files}  # somebody may have brought them back meanwhile
    return [name for name in filenames if name not in listed]


def _check_leave(bucket: Bucket, project: Project, filenames: Sequence[str]) -> None:
    """Ask first for what publishers may not do: they could change the record, and then go no further.

    Raises BucketError.
    """
    for filename in filenames[:1]:
        bucket.versions(file_key(project, filename))
