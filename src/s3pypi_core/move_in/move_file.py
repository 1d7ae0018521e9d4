"""Moving in one file: whether it is wanted, reading it, checking it, storing it."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.bucket import NoAccess
from s3pypi_core.distribution import Distribution
from s3pypi_core.errors import RepositoryError
from s3pypi_core.fetch import save
from s3pypi_core.move_in.moving import Result, Row
from s3pypi_core.record import CLOSED
from s3pypi_core.send import send
from s3pypi_edge.keys import is_distribution_name

if TYPE_CHECKING:
    from s3pypi_core.fetch import Saved
    from s3pypi_core.file import File
    from s3pypi_core.move_in.moving import Moving
    from s3pypi_core.move_in.offer import Offer
    from s3pypi_core.record import Record
    from s3pypi_edge.keys import Project

# Many times the largest wheel on PyPI: a source that tells no size shall not fill the disk.
MOST_UNTOLD = 10 * 1024**3  # bytes


class NotMovedIn(RepositoryError):
    """A file, or the status of a project, stays at its source; the sentence says why."""


class Verdict(NamedTuple):
    """Why a file is not wanted."""

    result: Result
    reason: str = ""


def verdict(record: Record, filename: str, sha256: str | None) -> Verdict | None:
    """What the record has against a file, if anything; ``sha256`` is None as long as nobody knows it."""
    if not is_distribution_name(filename):
        return Verdict("refused", "it is neither a wheel (.whl) nor an sdist (.tar.gz, .zip)")
    if filename in record.removed:
        return Verdict("refused", "a file of this name was deleted, and never comes back")
    listed = {file.filename: file.sha256 for file in record.all_files}.get(filename)
    if listed is None and record.status in CLOSED:
        return Verdict("refused", f"the project is {record.status} and takes no files")
    if listed is None or sha256 is None:
        return None
    return (
        Verdict("already there")
        if listed == sha256
        else Verdict("refused", "another file has this name here")
    )


def bring(move: Moving, record: Record, offer: Offer) -> File | Row:
    """Read a file into a folder of its own, check it, store it; a row says why it is not. Raises Stopped."""
    row = Row(record.project, offer.filename, offer.size, "failed")
    try:
        move.go_on()
        with tempfile.TemporaryDirectory(prefix="s3twine-") as folder:
            path = Path(folder) / offer.filename
            saved = _fetch(move, offer, path)
            if said := verdict(record, offer.filename, saved.digests["sha256"]):
                return row._replace(result=said.result, reason=said.reason)
            return _store(move, record.project, offer, path)
    except NotMovedIn as error:
        return row._replace(result="refused", reason=error.message)
    except (RepositoryError, OSError, ValueError) as error:
        # A full disk, say, or a yank whose reason nothing can hold.
        return row._replace(reason=move.explain(error))


def _fetch(move: Moving, offer: Offer, path: Path) -> Saved:
    """Read it, no further than its source says. Raises NotMovedIn for what is not what the source says."""
    size = 0

    def heard(amount: int) -> None:
        nonlocal size
        size += amount
        move.go_on()
        move.watch.read(amount)
        _check_length(offer, size)

    try:
        with move.source.stream(offer) as body:
            saved = save(body, path, algorithms=offer.claims, told=heard)
    except NoAccess as error:  # not to the repository's bucket, without which nothing could go on
        raise RepositoryError(error.message, error.hint) from None
    if offer.size not in {None, saved.size}:
        raise NotMovedIn(f"it has {saved.size} bytes, and its source says {offer.size}")
    for algorithm, digest in offer.claims.items():
        if saved.digests[algorithm] != digest:
            raise NotMovedIn(f"its {algorithm} is {saved.digests[algorithm]}, and its source says {digest}")
    return saved


def _check_length(offer: Offer, size: int) -> None:
    if offer.size is None and size > MOST_UNTOLD:
        raise NotMovedIn(f"it has more than {MOST_UNTOLD} bytes, and its source does not say how many")
    if offer.size is not None and size > offer.size:
        raise NotMovedIn(f"it has more bytes than the {offer.size} that its source says")


def _store(move: Moving, project: Project, offer: Offer, path: Path) -> File:
    distribution = _read(path)
    if distribution.project != project:
        raise NotMovedIn(f"it is a file of the project {distribution.project}")
    time = offer.upload_time or move.now
    file = send(move.bucket, distribution, time, move.backoff, lambda _amount: move.go_on())
    return replace(
        file,
        requires_python=file.requires_python or offer.requires_python,
        yanked=offer.yanked,
    )


def _read(path: Path) -> Distribution:
    try:
        return Distribution.read(path)
    except RepositoryError as error:
        # The path is one that nobody knows.
        raise NotMovedIn(error.message.removeprefix(f"{path}: ")) from None
