"""Moving in the status of a project: its source gave it to the files that it has there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from s3pypi_core import record_changes
from s3pypi_core.errors import RepositoryError
from s3pypi_core.move_in.move_file import NotMovedIn
from s3pypi_core.move_in.moving import Row
from s3pypi_core.project_index import change_record

if TYPE_CHECKING:
    from collections.abc import Collection

    from s3pypi_core.move_in.moving import Moving, Result
    from s3pypi_core.move_in.offer import Offers
    from s3pypi_core.project_index import ProjectIndex
    from s3pypi_core.record import Record


def take_status(
    move: Moving, index: ProjectIndex, offers: Offers, here: Collection[str], *, complete: bool
) -> ProjectIndex:
    """Give the project the status that it has at its source; report the outcome, and return the index.

    ``here`` are the names of the source's files that are here, or would be after a dry run. Unless they are
    ``complete``, the status waits: an archived project takes no further file. A status other than ``active``
    that was given here stays, and so does that of a project with files that the source does not have.
    """
    if offers.status == "active" or not (index.record.all_files or here):
        return index
    row = Row(index.record.project, "", None, "failed", status=offers.status)
    if not complete:
        move.say(row._replace(reason="not taken over before every file is: run the same command again"))
        return index
    was = index.record.status
    try:
        if move.dry_run:
            _settled(index.record, offers=offers, here=here)
        else:
            settle = partial(_settled, offers=offers, here=here)
            index = change_record(move.bucket, index, settle, move.backoff)
    except NotMovedIn as error:
        move.say(row._replace(result="refused", reason=error.message))
    except (RepositoryError, ValueError) as error:  # a reason that nothing can hold, say
        move.say(row._replace(reason=move.explain(error)))
    else:
        result: Result = "already there" if was == offers.status else "taken"
        move.say(row._replace(result=result, reason=offers.status_reason or ""))
    return index


def _settled(record: Record, *, offers: Offers, here: Collection[str]) -> Record:
    """The record with the status; the same one where it has it. Raises NotMovedIn."""
    if record.status == offers.status:
        return record
    decide = f"s3twine status {record.project} {offers.status}, if it is wanted"
    if record.status != "active":
        raise NotMovedIn(f"it was made {record.status} here: {decide}")
    others = [file.filename for file in record.all_files if file.filename not in here]
    if others:
        raise NotMovedIn(f"{others[0]} is here, and did not come from there: {decide}")
    return record_changes.set_status(record, offers.status, offers.status_reason)
