"""Files and releases as people and scripts read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.filesize import decimal

from s3pypi_twine.answer import Grid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from packaging.version import Version

    from s3pypi_core.file import File
    from s3pypi_core.record import Record, Tombstone


def releases_of(record: Record) -> dict[Version, list[File]]:
    """The files of each release, newest release first; those of a quarantined project too."""
    releases: dict[Version, list[File]] = {}
    for file in sorted(record.all_files, key=lambda file: file.version, reverse=True):
        releases.setdefault(file.version, []).append(file)
    return releases


def releases_grid(record: Record) -> Grid:
    """A row for each release."""
    rows = [
        (
            str(version),
            str(len(files)),
            decimal(sum(file.size for file in files)),
            max(file.upload_time for file in files)[:10],
            _pythons(files),
            yanked(files),
        )
        for version, files in releases_of(record).items()
    ]
    return Grid(("Version", "Files", "Size", "Uploaded", "Python", "Yanked"), rows)


def files_grid(files: Iterable[File]) -> Grid:
    """A row for each file."""
    return Grid((*_ABOUT, "SHA-256"), [(*_about(file), file.sha256) for file in files])


def forgetting_grid(files: Iterable[File], tombstones: Mapping[str, Tombstone]) -> Grid:
    """A row for each file, and one for each name that was deleted before, which says when."""
    rows = [(*_about(file), "", file.sha256) for file in files]
    rows += [
        (name, *_NOTHING, tombstone.date[:10], tombstone.sha256) for name, tombstone in tombstones.items()
    ]
    return Grid((*_ABOUT, "Deleted", "SHA-256"), rows)


_ABOUT = ("File", "Size", "Uploaded", "Python", "Yanked")
_NOTHING = ("", "", "", "")


def _about(file: File) -> tuple[str, str, str, str, str]:
    return (
        file.filename,
        decimal(file.size),
        file.upload_time[:10],
        file.requires_python or "",
        yanked([file]),
    )


def release_document(version: Version, files: Sequence[File]) -> dict[str, Any]:
    """What scripts are told of a release."""
    return {
        "version": str(version),
        "files": len(files),
        "size": sum(file.size for file in files),
        "upload_time": max(file.upload_time for file in files),
        "requires_python": sorted({file.requires_python for file in files if file.requires_python}),
        "yanked": all(file.yanked for file in files),
        "yank_reasons": _reasons(files),
    }


def file_document(file: File) -> dict[str, Any]:
    """What scripts are told of a file."""
    return {
        "filename": file.filename,
        "size": file.size,
        "sha256": file.sha256,
        "upload_time": file.upload_time,
        "requires_python": file.requires_python,
        "yanked": file.yanked,
    }


def yanked(files: Sequence[File]) -> str:
    """The reasons for which the files are yanked, or that they are; nothing where none is."""
    marked = [file for file in files if file.yanked]
    said = "; ".join(_reasons(files)) or ("yes" if marked else "")
    return said if len(marked) in {0, len(files)} else f"{said} ({len(marked)} of {len(files)} files)"


def _reasons(files: Iterable[File]) -> list[str]:
    return sorted({file.yanked for file in files if isinstance(file.yanked, str)})


def _pythons(files: Iterable[File]) -> str:
    found = sorted({file.requires_python or "" for file in files})
    return " or ".join(each or "any" for each in found) if len(found) > 1 else found[0]
