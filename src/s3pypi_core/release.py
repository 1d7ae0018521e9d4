"""What a command means by ``PROJECT`` and ``PROJECT==VERSION``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_core.file import version_of
from s3pypi_edge.keys import normalize

if TYPE_CHECKING:
    from s3pypi_core.file import File
    from s3pypi_core.record import Record
    from s3pypi_edge.keys import Project


class NoSuchRelease(RepositoryError):
    """The project has no file of this version."""

    def __init__(self, scope: Scope, record: Record) -> None:
        there = ", ".join(record.versions) or "none"
        hint = f"the releases of {scope.project}: {there}"
        if scope.removed_from(record):
            hint = f"it was deleted; s3twine undelete {scope} brings it back while the bucket keeps its files"
        super().__init__(f"{scope.project} has no release {scope.version}", hint)


@dataclass(frozen=True)
class Scope:
    """One release of a project, or, without a version, all of it."""

    project: Project
    version: Version | None = None

    @classmethod
    def parse(cls, text: str) -> Scope:
        """Read ``PROJECT`` or ``PROJECT==VERSION``, however the name is spelled. Raises UsageError.

        >>> str(Scope.parse("Acme_Lib == 1.0"))
        'acme-lib==1.0'
        """
        name, equals, version = text.partition("==")
        try:
            return cls(normalize(name.strip()), Version(version) if equals else None)
        except InvalidVersion:
            problem = f"{version.strip()!r} is not a version"
        except ValueError as error:
            problem = str(error)
        raise UsageError(f"{text!r} is not a release: {problem}", "write PROJECT==VERSION, as in demo==1.0")

    @classmethod
    def release(cls, text: str) -> Scope:
        """Read ``PROJECT==VERSION``, and nothing else. Raises UsageError."""
        scope = cls.parse(text)
        if scope.version is None:
            raise UsageError(f"{text!r} does not say which release", f"write {scope.project}==VERSION")
        return scope

    def __str__(self) -> str:
        return self.project if self.version is None else f"{self.project}=={self.version}"

    def covers(self, filename: str) -> bool:
        """Whether the file of this name is meant; 1.0 and 1.0.0 are one version."""
        try:
            return self.version is None or version_of(filename) == self.version
        except InvalidVersion:  # the name of a tombstone may be anything
            return False

    def files_of(self, record: Record) -> tuple[File, ...]:
        """The files that are meant, those of a quarantined project too."""
        return tuple(file for file in record.all_files if self.covers(file.filename))

    def removed_from(self, record: Record) -> tuple[str, ...]:
        """The names of the deleted files that are meant, in order."""
        return tuple(filename for filename in sorted(record.removed) if self.covers(filename))
