"""Our own jurors of a project's objects: whether they are what the record says."""

from __future__ import annotations

import email
import hashlib
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

from tests.jury.exhibit import PAGE, RECORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.jury.exhibit import Exhibit

# Clients take no other types of an index, and a proxy in between must neither keep an index nor share a file.
_INDEX_TYPES = {RECORD: "application/vnd.pypi.simple.v1+json", PAGE: "text/html; charset=utf-8"}
_FILE_TYPES = {
    ".whl": "application/octet-stream",
    ".gz": "application/gzip",
    ".zip": "application/zip",
    ".metadata": "text/plain; charset=utf-8",
}


def every_file_has_the_listed_bytes(exhibit: Exhibit) -> Iterator[str]:
    for entry in exhibit.entries:
        body = exhibit.objects[entry["filename"]].body
        if (len(body), _sha256(body)) != (entry["size"], entry["hashes"]["sha256"]):
            yield f"{entry['filename']} has other bytes"


def every_metadata_file_is_what_the_distribution_says(exhibit: Exhibit) -> Iterator[str]:
    # PEP 658: the file is there for a wheel, and for an sdist if building can only confirm what it says.
    for entry in exhibit.entries:
        name, metadata = entry["filename"], _metadata(entry["filename"], exhibit)
        if not (name.endswith(".whl") or _is_final(metadata)):
            if entry["core-metadata"] is not False:
                yield f"{name} has metadata that a build may change"
        elif entry["core-metadata"] != {"sha256": _sha256(metadata)}:
            yield f"{name} is listed with other metadata than its own"
        elif exhibit.objects[f"{name}.metadata"].body != metadata:
            yield f"{name}.metadata is not what is in {name}"


def the_folder_holds_what_is_listed_and_nothing_else(exhibit: Exhibit) -> Iterator[str]:
    listed = {RECORD, PAGE}
    for entry in exhibit.entries:
        listed |= {entry["filename"]} | (
            {f"{entry['filename']}.metadata"} if entry["core-metadata"] else set()
        )
    for name in listed ^ set(exhibit.objects):
        yield f"{name} is {'missing' if name in listed else 'not listed'}"


def every_object_has_the_right_headers(exhibit: Exhibit) -> Iterator[str]:
    for name, stored in exhibit.objects.items():
        if (stored.headers.content_type, stored.headers.cache_control) != _headers(name):
            yield f"{name} has the headers {stored.headers}"


def _headers(name: str) -> tuple[str, str]:
    if name in _INDEX_TYPES:
        return _INDEX_TYPES[name], "no-cache"
    return _FILE_TYPES[name[name.rindex(".") :]], "max-age=31536000, immutable"


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _metadata(filename: str, exhibit: Exhibit) -> bytes:
    body = io.BytesIO(exhibit.objects[filename].body)
    if filename.endswith(".tar.gz"):
        with tarfile.open(fileobj=body) as archive:
            unpacked = archive.extractfile(_place(archive.getnames(), "/PKG-INFO"))
            return unpacked.read() if unpacked else b""
    with zipfile.ZipFile(body) as archive:
        suffix = ".dist-info/METADATA" if filename.endswith(".whl") else "/PKG-INFO"
        return archive.read(_place(archive.namelist(), suffix))


def _place(names: list[str], suffix: str) -> str:
    return next(name for name in names if name.endswith(suffix) and name.count("/") == 1)


def _is_final(metadata: bytes) -> bool:
    fields = email.message_from_bytes(metadata)
    dynamic = {str(value).lower() for name, value in fields.items() if name.lower() == "dynamic"}
    version = [int(part) for part in fields["Metadata-Version"].split(".")]
    return version >= [2, 2] and not dynamic & {"requires-dist", "requires-python", "provides-extra"}
