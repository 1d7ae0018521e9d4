"""What was done to an earlier state of a record after it had been put back: it counts in the rebuilt one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from s3pypi_core.record import CLOSED
from s3pypi_core.record_changes import set_status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from s3pypi_core.file import File
    from s3pypi_core.record import Record

_STRICTER = ("active", "deprecated", "archived", "quarantined")


def with_what_came(best: Record, now: Record, earlier: Collection[str]) -> Record:
    """The best state of a record, and what ``now``, an earlier one that was put back, has been given since.

    Nothing tells what was done to ``now`` from what it said before, so whatever withdraws a file wins: every
    tombstone, every yank, and the stricter status. Files that an upload has put on it come, too, unless the
    project is closed; ``earlier`` are names that the best state had seen, and may have lost on purpose.
    """
    known = {file.filename for file in best.all_files} | best.removed.keys() | {*earlier}
    came = [file for file in now.all_files if file.filename not in known and best.status not in CLOSED]
    merged = replace(
        best, files=_withdrawn((*best.files, *came), now), withheld=_withdrawn(best.withheld, now)
    )
    # A name that was forgotten, and published again with other bytes, is no deleted one.
    listed = {file.filename for file in merged.all_files}
    gone = {name: tombstone for name, tombstone in now.removed.items() if name not in listed}
    merged = replace(merged, removed={**gone, **best.removed})
    if _STRICTER.index(now.status) > _STRICTER.index(best.status):
        return set_status(merged, now.status, now.status_reason)
    return merged


def _withdrawn(files: Iterable[File], now: Record) -> tuple[File, ...]:
    """The files without those that ``now`` has tombstones of, with these very bytes, and with its yanks."""
    yanks = {(file.filename, file.sha256): file.yanked for file in now.all_files}
    return tuple(
        replace(file, yanked=file.yanked or yanks.get((file.filename, file.sha256), False))
        for file in files
        if file.filename not in now.removed or now.removed[file.filename].sha256 != file.sha256
    )


def said_of(best: Record, merged: Record) -> str:
    """What the merged record withdraws of all that the best state offers, in words; empty if nothing."""
    parts = list(_said_of(best, merged))
    return f"; as the state that was put back says: {'; '.join(parts)}" if parts else ""


def _said_of(best: Record, merged: Record) -> Iterator[str]:
    if gone := sorted(merged.removed.keys() - best.removed.keys()):
        yield f"deleted {', '.join(gone)}"
    before = {file.filename for file in best.all_files if file.yanked is not False}
    yanked = {file.filename for file in merged.all_files if file.yanked is not False}
    if new := sorted(yanked - before):
        yield f"yanked {', '.join(new)}"
    if merged.status != best.status:
        yield merged.status
