"""A file as the record lists it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from packaging.version import Version

from s3pypi_core.bucket import DISTRIBUTION_TYPES
from s3pypi_core.document import as_object, check_text, expect, optional, unknown
from s3pypi_edge.keys import is_distribution_name, normalize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_edge.keys import Project

SUFFIXES = tuple(DISTRIBUTION_TYPES)  # of a wheel, and of the two kinds of sdists

_KEYS = frozenset(
    {
        "filename",
        "url",
        "hashes",
        "size",
        "upload-time",
        "requires-python",
        "core-metadata",
        # PEP 714 renamed it to core-metadata, because pip fails on the old key in JSON: never write it.
        "dist-info-metadata",
        "yanked",
    }
)
_INSIDE = {"hashes": frozenset({"sha256"})}
_SHA256 = re.compile(r"[0-9a-f]{64}")
# PEP 700: "a valid ISO 8601 date/time string, in the format yyyy-mm-ddThh:mm:ss.ffffffZ"; "the fractional
# seconds part of the timestamp (the .ffffff part) is optional, and if present may contain up to 6 digits".
_UPLOAD_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")


@dataclass(frozen=True)
class File:
    """A wheel or an sdist of a project. Raises ValueError for what could not be read back from a record.

    ``sha256`` is of the file, ``core_metadata`` of its ``.metadata`` (None: there is none), both in hex;
    ``size`` is in bytes; ``upload_time`` is UTC, as ``2026-11-22T10:00:00.000000Z`` or without fraction;
    ``yanked`` is the reason, where one was given; ``extra`` holds the keys that are not ours; ``version`` is
    what the file name says.
    """

    filename: str
    sha256: str
    size: int
    upload_time: str
    requires_python: str | None = None
    core_metadata: str | None = None
    yanked: bool | str = False
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    version: Version = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check what clients rely on."""
        if not is_distribution_name(self.filename):
            raise ValueError(f"{self.filename!r} is not the name of a wheel or an sdist")
        check_sha256(self.sha256)
        if self.core_metadata is not None:
            check_sha256(self.core_metadata)
        if self.size < 0:
            raise ValueError(f"{self.filename} has the size {self.size}")
        if not _is_utc(self.upload_time):
            raise ValueError(
                f"{self.filename} was uploaded at {self.upload_time!r}, which is not a time in UTC"
            )
        # PEP 691: "a non empty, but otherwise arbitrary, string to indicate that a file has been yanked".
        if self.yanked == "":
            raise ValueError(f"{self.filename} is yanked for an empty reason")
        for said in (self.requires_python, self.yanked):
            if isinstance(said, str):
                check_text(said, self.filename)
        object.__setattr__(self, "version", version_of(self.filename))

    @classmethod
    def from_json(cls, value: object) -> File:
        """Read what ``to_json`` returned. Raises ValueError."""
        entry = as_object(value, "an entry of 'files'")
        yanked = entry.get("yanked", False)
        return cls(
            filename=expect(entry, "filename", str),
            sha256=expect(expect(entry, "hashes", dict), "sha256", str),
            size=expect(entry, "size", int),
            upload_time=expect(entry, "upload-time", str),
            requires_python=optional(entry, "requires-python"),
            core_metadata=_core_metadata(entry),
            yanked=yanked if isinstance(yanked, bool) else expect(entry, "yanked", str),
            extra=unknown(entry, _KEYS, _INSIDE),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the file as an entry of ``files``."""
        entry = {
            **self.extra,
            "filename": self.filename,
            "url": self.url,
            "hashes": {**self.extra.get("hashes", {}), "sha256": self.sha256},
            "size": self.size,
            "upload-time": self.upload_time,
            "core-metadata": False if self.core_metadata is None else {"sha256": self.core_metadata},
            "yanked": self.yanked,
        }
        if self.requires_python is not None:
            entry["requires-python"] = self.requires_python
        return entry

    @property
    def url(self) -> str:
        """The file's address, relative to the page of its project; a ``+`` in it is ``%2B``."""
        return quote(self.filename, safe="")


def project_of(filename: str) -> Project:
    """The project in the name of a wheel or an sdist. Raises ValueError where the name is not well formed.

    >>> project_of("Acme_Lib-1.0-py3-none-any.whl"), project_of("acme.lib-1.0.tar.gz")
    ('acme-lib', 'acme-lib')
    """
    # Slow to load, and most commands read records without asking for this.
    from packaging.utils import parse_sdist_filename, parse_wheel_filename  # noqa: PLC0415

    if filename.endswith(".whl"):
        return normalize(parse_wheel_filename(filename)[0])
    # The parser of packaging takes anything for the project's name of an sdist.
    return normalize(parse_sdist_filename(filename)[0])


def version_of(filename: str) -> Version:
    """The version in the name of a wheel or an sdist. Raises ValueError where there is none."""
    # The parsers of packaging read a wheel's tags as well, which takes ten times as long.
    if filename.endswith(".whl"):
        return Version(filename.partition("-")[2].partition("-")[0])
    return Version(filename.removesuffix(".tar.gz").removesuffix(".zip").rpartition("-")[2])


def _is_utc(text: str) -> bool:
    try:
        # The form alone lets through the 30th of February, which clients refuse together with the record.
        return bool(_UPLOAD_TIME.fullmatch(text) and datetime.fromisoformat(text[:19]))
    except ValueError:
        return False


def check_sha256(digest: str) -> str:
    """Return the digest. Raises ValueError if it is not a SHA-256 in lower-case hex."""
    if not _SHA256.fullmatch(digest):
        raise ValueError(f"{digest!r} is not a SHA-256")
    return digest


def _core_metadata(entry: Mapping[str, Any]) -> str | None:
    if entry.get("core-metadata", False) is False:
        return None
    return expect(expect(entry, "core-metadata", dict), "sha256", str)
