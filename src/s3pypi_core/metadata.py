"""Core metadata, as bytes, out of a wheel or an sdist whose every checksum holds."""

from __future__ import annotations

import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from packaging.version import Version

from s3pypi_edge.keys import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from s3pypi_edge.keys import Project

_MOST_METADATA = 5 * 1024 * 1024  # bytes: it is held in memory, and far above any README
_CHUNK = 128 * 1024  # bytes; larger ones cost a page fault each time

# What the standard library raises for bytes that are no archive, or one that is cut short or damaged.
_DAMAGE = (
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,  # encrypted; its subclass NotImplementedError: an unknown compression
    lzma.LZMAError,
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


def read_wheel_metadata(stream: IO[bytes], project: Project, version: Version) -> bytes:
    """Return METADATA. Raises ValueError with a sentence if there is none, or the wheel is damaged."""
    with _unpacking("zip"), zipfile.ZipFile(stream) as archive:
        return _read_zip(archive, _wheel_member(archive.namelist(), project, version))


def read_sdist_metadata(stream: IO[bytes], filename: str, project: Project, version: Version) -> bytes:
    """Return PKG-INFO. Raises ValueError with a sentence if there is none, or the sdist is damaged."""
    if filename.endswith(".zip"):
        with _unpacking("zip"), zipfile.ZipFile(stream) as archive:
            return _read_zip(archive, _sdist_member(archive.namelist(), project, version))
    with (
        _unpacking("gzipped tar"),
        gzip.GzipFile(fileobj=stream) as unpacked,
        tarfile.open(fileobj=unpacked, mode="r:") as archive,
    ):
        return _read_tar(archive, unpacked, project, version)


@contextmanager
def _unpacking(kind: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise ValueError(f"it is not a whole {kind} file ({str(error) or 'it ends too early'})") from None


def _read_zip(archive: zipfile.ZipFile, member: str) -> bytes:
    with archive.open(member) as unpacked:
        metadata = _read_at_most(unpacked, member)
    # As ZipFile.testzip does, which is four times slower because it reads by the megabyte.
    for name in archive.namelist():
        try:
            with archive.open(name) as unpacked:
                while unpacked.read(_CHUNK):
                    pass
        except zipfile.BadZipFile:
            raise ValueError(f"{name} in it is damaged") from None
    return metadata


def _read_tar(archive: tarfile.TarFile, unpacked: gzip.GzipFile, project: Project, version: Version) -> bytes:
    members = archive.getmembers()
    name = _sdist_member([member.name for member in members], project, version)
    # Read to the very end, where gzip has its checksum.
    while unpacked.read(_CHUNK):
        pass
    (member,) = (member for member in members if member.name == name)
    # PEP 721 has links followed on unpacking; metadata must be in the sdist itself.
    content = archive.extractfile(member) if member.isreg() else None
    if content is None:
        raise ValueError(f"{name} in it is not a regular file")
    return _read_at_most(content, name)


def _read_at_most(unpacked: IO[bytes], member: str) -> bytes:
    metadata = unpacked.read(_MOST_METADATA + 1)
    if len(metadata) > _MOST_METADATA:
        raise ValueError(f"{member} in it is larger than {_MOST_METADATA // 1024**2} MiB")
    return metadata


def _wheel_member(names: Sequence[str], project: Project, version: Version) -> str:
    # The wheel format: "{distribution}-{version}.dist-info/ contains metadata", and "should include at least
    # METADATA, WHEEL and RECORD files": installers refuse a wheel without them.
    folders = {folder for folder, slash, _ in (name.partition("/") for name in names) if slash}
    folder = _only([folder for folder in folders if folder.endswith(".dist-info")], ".dist-info folder")
    if not _is_of(folder.removesuffix(".dist-info"), project, version):
        raise ValueError(f"{folder} in it is not that of {project} {version}")
    found = [
        _only([name for name in names if name == f"{folder}/{required}"], f"{folder}/{required}")
        for required in ("METADATA", "WHEEL", "RECORD")
    ]
    return found[0]


def _sdist_member(names: Iterable[str], project: Project, version: Version) -> str:
    # The sdist format: "a single top-level directory called {name}-{version} (e.g. foo-1.0), containing the
    # source files of the package. The name and version MUST match the metadata stored in the file."
    found = [name for name in names if name.endswith("/PKG-INFO") and name.count("/") == 1]
    member = _only(found, "NAME-VERSION/PKG-INFO")
    folder = member.removesuffix("/PKG-INFO")
    if not _is_of(folder, project, version):
        raise ValueError(f"{folder} in it is not the folder of {project} {version}")
    return member


def _only(found: list[str], what: str) -> str:
    if len(found) != 1:
        raise ValueError(f"it has {'more than one' if found else 'no'} {what}")
    return found[0]


def _is_of(folder: str, project: Project, version: Version) -> bool:
    name, _, text = folder.rpartition("-")
    try:
        return normalize(name) == project and Version(text) == version
    except ValueError:
        return False
