"""Moving in the yanks of files that are here already: a release may be withdrawn after it was taken."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from s3pypi_core import record_changes
from s3pypi_core.errors import RepositoryError
from s3pypi_core.move_in.moving import Row
from s3pypi_core.project_index import change_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from s3pypi_core.file import File
    from s3pypi_core.move_in.moving import Moving
    from s3pypi_core.move_in.offer import Offer
    from s3pypi_core.project_index import ProjectIndex
    from s3pypi_core.record import Record


def take_yanks(
    move: Moving, index: ProjectIndex, offers: Iterable[Offer], here: Mapping[str, str]
) -> ProjectIndex:
    """Yank the files that the source yanks and nobody did here; report each, and return the index.

    ``here`` are the SHA-256 of the source's files that are here, by name. All of it is one change of the
    record. What is yanked here stays as it is, whatever the source says: nothing is offered again by this.
    """
    due = _due(move, index.record, offers, here)
    if move.dry_run or not due:
        _say_taken(move, index.record, due)
        return index
    try:
        change = partial(record_changes.yank_files, files=due)
        index = change_record(move.bucket, index, change, move.backoff)
    except RepositoryError as error:
        reason = move.explain(error)
        for file in due:
            move.say(_row(index.record, file.filename)._replace(result="failed", reason=reason))
        return index
    # Others may have deleted one meanwhile, or yanked it for a reason of their own, which stays.
    there = {(file.filename, file.sha256): file.yanked for file in index.record.all_files}
    _say_taken(
        move,
        index.record,
        [file for file in due if there.get((file.filename, file.sha256)) == file.yanked],
    )
    return index


def _due(move: Moving, record: Record, offers: Iterable[Offer], here: Mapping[str, str]) -> list[File]:
    """The files that are to be yanked, as they will be; a reason that nothing can hold costs its own file."""
    listed = {(file.filename, file.sha256): file for file in record.all_files if not file.yanked}
    due = []
    for offer in offers:
        file = listed.get((offer.filename, here.get(offer.filename, "")))
        if file is None or not offer.yanked:
            continue
        try:
            due.append(replace(file, yanked=offer.yanked))
        except ValueError as error:
            move.say(_row(record, offer.filename)._replace(result="failed", reason=move.explain(error)))
    return due


def _say_taken(move: Moving, record: Record, files: Iterable[File]) -> None:
    for file in files:
        reason = file.yanked if isinstance(file.yanked, str) else ""
        move.say(_row(record, file.filename)._replace(reason=reason))


def _row(record: Record, filename: str) -> Row:
    return Row(record.project, filename, None, "taken", yanked=True)
