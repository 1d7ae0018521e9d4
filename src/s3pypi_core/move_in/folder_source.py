"""A folder of distributions, as pypiserver and dumb-pypi serve it, with folders in it or without."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError
from s3pypi_core.file import SUFFIXES, project_of
from s3pypi_core.move_in.offer import Offer, Offers, Unfit, as_upload_time
from s3pypi_edge.keys import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

# What such folders hold besides, and what cannot be published any more.
_OUTDATED = (".egg", ".exe", ".msi", ".rpm", ".tar.bz2", ".tar.xz", ".tar.Z", ".tgz", ".tar", ".deb")
_BLOCK = 1024 * 1024  # bytes read at a time


class FolderSource:
    """The wheels and sdists in a folder and below; hidden folders and other files are passed over.

    Files whose names tell no project are unfit ones of the project that they begin with.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def projects(self) -> list[str]:
        """See Source.projects."""
        return sorted(self._paths)

    def offers(self, name: str) -> Offers:
        """See Source.offers; it reads each file of the project to learn its hash."""
        paths = self._paths.get(normalize(name))
        if paths is None:
            raise RepositoryError(f"{self._folder} holds no file of {name}", "check the name")
        offers: dict[str, Offer] = {}
        unfit = []
        for path in paths:
            if reason := _fault(path):
                unfit.append(Unfit(path.name, reason))
                continue
            offer = self._offer(path)
            first = offers.setdefault(path.name, offer)
            if first.digests != offer.digests:
                unfit.append(Unfit(path.name, f"there are two of this name: {first.place} is taken"))
        return Offers([*offers.values()], unfit)

    def is_one(self, _name: str, _other: str) -> bool:
        """See Source.is_one: no spelling makes a difference here."""
        return True

    @contextmanager
    def stream(self, offer: Offer) -> Iterator[BinaryIO]:
        """See Source.stream."""
        path = self._folder / offer.place
        try:
            with path.open("rb") as file:
                yield file
        except OSError as error:
            raise RepositoryError(f"cannot read {path}: {error.strerror}") from None

    @cached_property
    def _paths(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for path in sorted(self._folder.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(self._folder).parts)
            if not hidden and path.name.endswith((*SUFFIXES, *_OUTDATED)) and path.is_file():
                found.setdefault(_likely_project(path.name), []).append(path)
        return found

    def _offer(self, path: Path) -> Offer:
        place = str(path.relative_to(self._folder))
        sha256, status = hashlib.sha256(), path.stat()
        with self.stream(Offer(path.name, place)) as file:
            while block := file.read(_BLOCK):
                sha256.update(block)
        changed = as_upload_time(datetime.fromtimestamp(status.st_mtime, timezone.utc))
        digests = {"sha256": sha256.hexdigest()}
        return Offer(path.name, place, digests=digests, size=status.st_size, upload_time=changed)


def _fault(path: Path) -> str:
    """Why the file cannot be taken; empty if it can."""
    if path.name.endswith(_OUTDATED):
        return "it is neither a wheel (.whl) nor an sdist (.tar.gz, .zip)"
    try:
        project_of(path.name)
    except ValueError as fault:
        return f"its file name is wrong: {fault}"
    return ""


def _likely_project(filename: str) -> str:
    """The project of any file, as far as its name tells."""
    try:
        return project_of(filename)
    except ValueError:
        begin = filename.partition("-")[0]
    try:
        return normalize(begin)
    except ValueError:
        return "unknown"
