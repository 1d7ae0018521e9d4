"""A distribution: a wheel or an sdist on this machine, read once and checked."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from packaging.metadata import ExceptionGroup, Metadata, parse_email

from s3pypi_core.errors import RepositoryError
from s3pypi_core.file import SUFFIXES, project_of, version_of
from s3pypi_core.metadata import read_sdist_metadata, read_wheel_metadata
from s3pypi_edge.keys import Project, is_distribution_name, normalize

if TYPE_CHECKING:
    from pathlib import Path

    from packaging.version import Version

_MOST_BYTES = 5 * 1024**4  # what S3 takes as an object
_CHUNK = 128 * 1024  # bytes; larger ones cost a page fault each time
_DECIDES_RESOLUTION = frozenset({"requires-dist", "requires-python", "provides-extra"})


class InvalidDistribution(RepositoryError):
    """A file is not a wheel or an sdist that can be published; ``fault`` says why, without its path."""

    def __init__(self, path: Path, fault: str, hint: str = "") -> None:
        super().__init__(f"{path}: {fault}", hint)
        self.fault = fault


@dataclass(frozen=True)
class Distribution:
    """What is known of a wheel or an sdist before it is published.

    ``sha256`` (hex), ``size`` (bytes) and ``metadata`` (METADATA or PKG-INFO, as it stands in the file) are
    of the same moment. ``metadata_is_final`` says that installing can only confirm ``metadata``, so that
    it may be published beside the file.
    """

    path: Path
    filename: str
    project: Project
    version: Version
    sha256: str
    size: int
    requires_python: str | None
    metadata: bytes
    metadata_is_final: bool

    @classmethod
    def read(cls, path: Path) -> Distribution:
        """Read the file, which may have gigabytes, and check it. Raises InvalidDistribution."""
        try:
            _check_is_file(path)
            project, version = _parse_filename(path)
            with path.open("rb") as stream:
                return cls._of(path, stream, project, version)
        except OSError as error:
            raise InvalidDistribution(path, f"it cannot be read: {error.strerror}") from None
        except ValueError as fault:
            raise InvalidDistribution(path, str(fault), "build it again, as `python -m build` does") from None

    @classmethod
    def _of(cls, path: Path, stream: IO[bytes], project: Project, version: Version) -> Distribution:
        is_wheel = path.name.endswith(".whl")
        size = _size(stream)
        sha256 = _sha256(stream)
        if is_wheel:
            body = read_wheel_metadata(stream, project, version)
        else:
            body = read_sdist_metadata(stream, path.name, project, version)
        metadata = _parse_metadata(body, project, version)
        return cls(
            path=path,
            filename=path.name,
            project=project,
            version=version,
            sha256=sha256,
            size=size,
            requires_python=_requires_python(body),
            metadata=body,
            metadata_is_final=is_wheel or _is_final(metadata),
        )


def _check_is_file(path: Path) -> None:
    if path.is_dir():
        raise InvalidDistribution(path, "it is a folder", f"name the files in it: {path / '*'}")
    if not path.exists():
        raise InvalidDistribution(path, "there is no such file")
    if not path.is_file():
        raise InvalidDistribution(path, "it is not a regular file")


def _parse_filename(path: Path) -> tuple[Project, Version]:
    if not path.name.endswith(SUFFIXES):
        raise InvalidDistribution(path, "it is neither a wheel (.whl) nor an sdist (.tar.gz, .zip)")
    try:
        project, version = project_of(path.name), version_of(path.name)
    except ValueError as fault:
        raise InvalidDistribution(
            path, f"its file name is wrong: {fault}", "keep the name that the build tool gave it"
        ) from None
    if not is_distribution_name(path.name):
        raise InvalidDistribution(
            path, "its name is too long, or holds characters that a repository does not serve"
        )
    return project, version


def _size(stream: IO[bytes]) -> int:
    size = os.fstat(stream.fileno()).st_size
    if size > _MOST_BYTES:
        raise ValueError(f"it has {size:,} bytes, and S3 takes {_MOST_BYTES:,} at most")
    return size


def _sha256(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    stream.seek(0)
    return digest.hexdigest()


def _parse_metadata(body: bytes, project: Project, version: Version) -> Metadata:
    try:
        metadata = Metadata.from_email(body, validate=True)
    except ExceptionGroup as faults:
        sentences = "; ".join(str(fault) for fault in faults.exceptions)
        raise ValueError(f"its metadata is invalid: {sentences}") from None
    if normalize(metadata.name) != project or metadata.version != version:
        raise ValueError(
            f"its file name says {project} {version}, and its metadata {metadata.name} {metadata.version}"
        )
    return metadata


def _requires_python(body: bytes) -> str | None:
    raw, _ = parse_email(body)
    # As the author wrote it, but for line breaks; an empty field asks for nothing.
    return " ".join(raw.get("requires_python", "").split()) or None


def _is_final(metadata: Metadata) -> bool:
    # PEP 643: "If a field is not marked as Dynamic, then the value of the field in any wheel built from the
    # sdist MUST match the value in the sdist." Resolvers act on three fields only; setuptools marks others,
    # such as License-File, in nearly every sdist, and no installer compares those.
    major, _, minor = metadata.metadata_version.partition(".")
    return (int(major), int(minor)) >= (2, 2) and _DECIDES_RESOLUTION.isdisjoint(metadata.dynamic or ())
