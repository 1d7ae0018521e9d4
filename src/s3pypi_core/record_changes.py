"""What care does to a record: each returns the next generation, or the same record if nothing changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from s3pypi_core.record import Tombstone
from s3pypi_core.release import NoSuchRelease

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from s3pypi_core.file import File
    from s3pypi_core.record import Record
    from s3pypi_core.release import Scope


def yank(record: Record, scope: Scope, reason: str | None) -> Record:
    """Mark every file of the release; without a ``reason`` one that was given before stays.

    Raises NoSuchRelease.
    """
    return _mark(record, scope, lambda file: reason or file.yanked or True)


def unyank(record: Record, scope: Scope) -> Record:
    """Take the mark off every file of the release. Raises NoSuchRelease."""
    return _mark(record, scope, lambda _file: False)


def remove(record: Record, files: Iterable[File], date: str) -> Record:
    """Leave a tombstone of ``date`` in the place of each of ``files`` that is there with the same bytes."""
    hashes = {file.filename: file.sha256 for file in files}
    there = [file for file in record.all_files if hashes.get(file.filename) == file.sha256]
    names = {file.filename for file in there}
    return _next(
        record,
        files=tuple(file for file in record.files if file.filename not in names),
        withheld=tuple(file for file in record.withheld if file.filename not in names),
        removed={**record.removed, **{file.filename: Tombstone(file.sha256, date) for file in there}},
    )


def restore(record: Record, files: Iterable[File]) -> Record:
    """Put those of ``files`` back whose tombstones name the same bytes."""
    tombstones = record.removed
    back = [
        file
        for file in files
        if file.filename in tombstones and tombstones[file.filename].sha256 == file.sha256
    ]
    names = {file.filename for file in back}
    place = "withheld" if record.status == "quarantined" else "files"
    left = {name: tombstone for name, tombstone in tombstones.items() if name not in names}
    return _next(record, removed=left, **{place: (*getattr(record, place), *back)})


def forget(record: Record, filenames: Collection[str]) -> Record:
    """Drop the tombstones of these names: they can be uploaded again, with any bytes."""
    left = {name: tombstone for name, tombstone in record.removed.items() if name not in filenames}
    return _next(record, removed=left)


def set_status(record: Record, status: str, reason: str | None) -> Record:
    """Give the project its status; if it has it already, and no ``reason`` is given, the old reason stays.

    Raises ValueError for a status that PEP 792 does not know.
    """
    # PEP 792: "The index hosting the project MUST NOT offer any distributions of the project."
    files = record.all_files
    offered, withheld = ((), files) if status == "quarantined" else (files, ())
    kept = record.status_reason if status == record.status else None
    return _next(record, status=status, status_reason=reason or kept, files=offered, withheld=withheld)


def correct_requirement(record: Record, listed: File, requires_python: str | None) -> Record:
    """Let ``listed`` need this Python, where it is there still, with the same bytes."""

    def corrected(file: File) -> File:
        same = (file.filename, file.sha256) == (listed.filename, listed.sha256)
        return replace(file, requires_python=requires_python) if same else file

    return _for_each_file(record, corrected)


def _mark(record: Record, scope: Scope, mark: Callable[[File], bool | str]) -> Record:
    if not scope.files_of(record):
        raise NoSuchRelease(scope, record)

    def marked(file: File) -> File:
        return replace(file, yanked=mark(file)) if scope.covers(file.filename) else file

    return _for_each_file(record, marked)


def _for_each_file(record: Record, change: Callable[[File], File]) -> Record:
    return _next(record, files=tuple(map(change, record.files)), withheld=tuple(map(change, record.withheld)))


def _next(record: Record, **changes: Any) -> Record:  # noqa: ANN401  # whatever Record has
    changed = replace(record, **changes)
    return record if changed == record else replace(changed, generation=record.generation + 1)


def yank_files(record: Record, files: Iterable[File]) -> Record:
    """Yank those of ``files`` that are there with the same bytes, as each is; a yank that was there stays."""
    marks = {(file.filename, file.sha256): file.yanked for file in files}

    def marked(there: Iterable[File]) -> tuple[File, ...]:
        return tuple(
            replace(file, yanked=mark)
            if not file.yanked and (mark := marks.get((file.filename, file.sha256)))
            else file
            for file in there
        )

    return _next(record, files=marked(record.files), withheld=marked(record.withheld))
