"""Which place in the repository an address means: the only way from a URL to a key."""

from __future__ import annotations

from typing import NamedTuple

from s3pypi_edge.keys import (
    ROOT_PAGE,
    ROOT_RECORD,
    Project,
    file_key,
    is_file_name,
    normalize,
    page_key,
    record_key,
)
from s3pypi_edge.urls import decode, encode, encode_path

LONGEST_PATH = 1000  # characters, decoded: then no key exceeds the 1,024 bytes that S3 takes


class Place(NamedTuple):
    """The root (no project), a project's index (no file), or a file.

    ``moved_to`` is the one path of the place, where the path asked for was another spelling of it.
    """

    project: Project | None = None
    filename: str | None = None
    moved_to: str | None = None

    def uri(self, form: str) -> str:
        """The percent-encoded path of the object; ``form`` is "json" or "html", whatever for a file."""
        if self.project is None:
            key = ROOT_RECORD if form == "json" else ROOT_PAGE
        elif self.filename is None:
            key = record_key(self.project) if form == "json" else page_key(self.project)
        else:
            key = file_key(self.project, self.filename)
        # S3 reads a plain "+" as a space: everything but unreserved characters is encoded.
        return "/" + encode_path(key)


def find_place(uri: str) -> Place | None:
    """The place that a request's path means, None where it means nothing.

    The path is split before it is decoded, once; then each part must be a name from which no key can escape.
    So encoded slashes, dot segments, empty segments, a second encoding and the like need no rule of their
    own.
    """
    if not uri.isascii():
        return None
    # Every name here is ASCII, so nothing with a replacement character in it is one.
    first, *parts = (decode(part).decode("ascii", "replace") for part in uri.split("/"))
    if first or not parts or len("/".join(parts)) >= LONGEST_PATH:
        return None
    match parts:
        case [""] | ["simple", ""]:
            return Place()
        case ["simple"]:
            return Place(moved_to="/simple/")
        case ["simple", *rest]:
            return _find_in_project(rest)
    place = _find_in_project(parts)
    # What begins with "simple", however it is spelled, is the index and never the project of that name.
    return None if place is None or place.project == "simple" else place


def _find_in_project(parts: list[str]) -> Place | None:
    name, *rest = parts
    try:
        project = normalize(name)
    except ValueError:
        return None
    if rest in ([], [""]):
        is_canonical = name == project and bool(rest)
        return Place(project, moved_to=None if is_canonical else f"/simple/{project}/")
    if len(rest) > 1 or not is_file_name(rest[0]):
        return None
    moved_to = None if name == project else f"/simple/{project}/{encode(rest[0])}"
    return Place(project, rest[0], moved_to)
