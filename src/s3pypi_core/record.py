"""The record of a project: its PEP 691 JSON, which is the truth about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from s3pypi_core.document import (
    API_VERSION,
    as_object,
    check_text,
    dump,
    expect,
    expect_generation,
    load,
    optional,
    reading,
    unknown,
)
from s3pypi_core.errors import RepositoryError
from s3pypi_core.file import File, check_sha256
from s3pypi_core.terminal import one_line
from s3pypi_edge.keys import Project, record_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packaging.version import Version

__all__ = ["CLOSED", "STATUSES", "File", "NameRemoved", "NameTaken", "ProjectClosed", "Record", "Tombstone"]

# PEP 792: "A project always has exactly one status."
STATUSES = ("active", "archived", "quarantined", "deprecated")
CLOSED = ("archived", "quarantined")
_KEYS = frozenset(
    {"meta", "name", "project-status", "versions", "files", "_generation", "_removed", "_withheld"}
)
_INSIDE = {"meta": frozenset({"api-version"}), "project-status": frozenset({"status", "reason"})}


class NameTaken(RepositoryError):
    """A file name of the upload is listed already, and names other bytes."""

    def __init__(self, project: str, filenames: Iterable[str]) -> None:
        super().__init__(
            f"{project} has other files under these names: {_sentence(filenames)}",
            "a published file never changes: build these with another version",
        )


class NameHeld(NameTaken):
    """A file name of the upload is in the bucket with other bytes, although the record does not list it."""

    def __init__(self, project: str, filename: str) -> None:
        super().__init__(project, [filename])
        self.message = (
            f"{project}: the bucket holds other contents under the name {filename}, which the index does not "
            "list: another upload is under way, or was interrupted"
        )
        self.hint = "run that upload again with its own files, or build these with another version"


class NameRemoved(RepositoryError):
    """A file name of the upload was deleted before."""

    def __init__(self, project: str, filenames: Iterable[str]) -> None:
        super().__init__(
            f"{project} had files of these names, which were deleted: {_sentence(filenames)}",
            "they never come back, as lock files may name their hashes: build these with another version",
        )


class ProjectClosed(RepositoryError):
    """The status of the project forbids uploads."""

    def __init__(self, project: str, status: str, reason: str | None) -> None:
        super().__init__(
            f"{project} is {status} and takes no uploads" + (f": {one_line(reason)}" if reason else ""),
            f"s3twine status {project} active opens it again",
        )


class Tombstone(NamedTuple):
    """What stays of a deleted file: its hash, and when it went."""

    sha256: str
    date: str


@dataclass(frozen=True)
class Record:
    """With the project alone: the record of one that has no file yet, of generation 0.

    ``files`` and ``withheld`` are in the order of version and name.
    ``removed`` are the tombstones by file name; ``withheld`` are the files of a quarantined project;
    ``extra`` are keys of the document that are not ours.
    """

    project: Project
    generation: int = 0
    files: tuple[File, ...] = ()
    removed: Mapping[str, Tombstone] = field(default_factory=dict, hash=False)
    withheld: tuple[File, ...] = ()
    status: str = "active"
    status_reason: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Put the files in order. Raises ValueError for what could not be read back from a record."""
        if self.status not in STATUSES:
            raise ValueError(f"the status is {self.status!r}")
        check_text(self.status_reason or "", "the reason of the status")
        object.__setattr__(self, "files", _in_order(self.files))
        object.__setattr__(self, "withheld", _in_order(self.withheld))

    @classmethod
    def parse(cls, body: bytes, project: Project) -> Record:
        """Read what ``to_json`` wrote. Raises UnreadableDocument."""
        key = record_key(project)
        with reading(key):
            document = load(body, key)
            if expect(document, "name", str) != project:
                raise ValueError(f"it is of another project, {document['name']!r}")
            status, reason = _status(document)
            return cls(
                project,
                expect_generation(document),
                files=_files(document, "files"),
                removed=_tombstones(document),
                withheld=_files(document, "_withheld") if "_withheld" in document else (),
                status=status,
                status_reason=reason,
                extra=unknown(document, _KEYS, _INSIDE),
            )

    def to_json(self) -> bytes:
        """Return the PEP 691 project detail, as it lies in the bucket and as clients read it."""
        status = {"status": self.status}
        if self.status_reason is not None:
            status["reason"] = self.status_reason
        return dump(
            {
                **self.extra,
                "meta": {**self.extra.get("meta", {}), "api-version": API_VERSION},
                "name": self.project,
                "project-status": {**self.extra.get("project-status", {}), **status},
                "versions": self.versions,
                "files": [file.to_json() for file in self.files],
                "_generation": self.generation,
                "_removed": {name: self.removed[name]._asdict() for name in sorted(self.removed)},
                "_withheld": [file.to_json() for file in self.withheld],
            }
        )

    @property
    def versions(self) -> list[str]:
        """The versions of all files, withheld ones too, oldest first, each once and normalised."""
        # PEP 700: "The value of versions is logically a set, and as such may not contain duplicates".
        # 1.0 and 1.0.0 are one version, which is written as its first file writes it.
        spelled: dict[Version, str] = {}
        for file in self.all_files:
            spelled.setdefault(file.version, str(file.version))
        return [spelled[version] for version in sorted(spelled)]

    @property
    def all_files(self) -> tuple[File, ...]:
        """The files that are offered, and those that wait while the project is quarantined."""
        return (*self.files, *self.withheld)

    def file(self, filename: str) -> File | None:
        """Return the file that is offered under this name."""
        return self._by_name.get(filename)

    def with_files(self, files: Iterable[File]) -> Record:
        """Return the next generation, which lists these files too; or this one, if it does already.

        A file that is listed with the same sha256 is kept as it is (its upload time, a yank).
        Raises NameTaken, which names every file that is listed with another sha256.
        """
        merged = dict(self._by_name)
        taken = [
            file.filename for file in files if merged.setdefault(file.filename, file).sha256 != file.sha256
        ]
        if taken:
            raise NameTaken(self.project, taken)
        if len(merged) == len(self.files):
            return self
        return replace(self, generation=self.generation + 1, files=tuple(merged.values()))

    def refuse_uploads_of(self, filenames: Iterable[str]) -> None:
        """Raise ProjectClosed, or NameRemoved with every name that was deleted, whatever its bytes."""
        # PEP 792: "The index hosting the project MUST NOT allow uploads of new distributions to the project."
        if self.status in CLOSED:
            raise ProjectClosed(self.project, self.status, self.status_reason)
        removed = [filename for filename in filenames if filename in self.removed]
        if removed:
            raise NameRemoved(self.project, removed)

    @cached_property
    def _by_name(self) -> dict[str, File]:
        return {file.filename: file for file in self.files}


def _sentence(filenames: Iterable[str]) -> str:
    return ", ".join(sorted(set(filenames)))


def _in_order(files: tuple[File, ...]) -> tuple[File, ...]:
    if len({file.filename for file in files}) != len(files):
        raise ValueError("a file name comes twice")
    return tuple(sorted(files, key=lambda file: (file.version, file.filename)))


def _files(document: Mapping[str, Any], key: str) -> tuple[File, ...]:
    return tuple(map(File.from_json, expect(document, key, list)))


def _tombstones(document: Mapping[str, Any]) -> dict[str, Tombstone]:
    entries = as_object(document.get("_removed", {}), "'_removed'")
    return {
        name: _tombstone(as_object(entry, f"the tombstone of {name!r}")) for name, entry in entries.items()
    }


def _tombstone(entry: Mapping[str, Any]) -> Tombstone:
    return Tombstone(check_sha256(expect(entry, "sha256", str)), expect(entry, "date", str))


def _status(document: Mapping[str, Any]) -> tuple[str, str | None]:
    # PEP 792: "If no status is explicitly noted, then the project is considered to be in the active state."
    marker = as_object(document.get("project-status", {}), "'project-status'")
    return optional(marker, "status") or "active", optional(marker, "reason")
