"""Our own jurors of a record: what the standards ask and no other reader looks at."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, is_normalized_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.jury.exhibit import Exhibit

# PEP 691, 700, 714, 740 and 792: the keys that mean something. PEP 714 renamed dist-info-metadata because pip
# fails on it in JSON; PEP 708, with its own keys, was rejected.
_PROJECT_KEYS = {"meta", "name", "project-status", "versions", "files"}
_FILE_KEYS = {
    "filename",
    "url",
    "hashes",
    "size",
    "upload-time",
    "requires-python",
    "core-metadata",
    "yanked",
    "provenance",
}
_HEX = re.compile("[0-9a-f]+")


def the_text_is_strict_json(exhibit: Exhibit) -> Iterator[str]:
    """No key twice, no NaN, no half of a surrogate pair: parsers differ on those, and Rust's refuse some."""
    json.loads(exhibit.record.decode(), object_pairs_hook=_without_repetition, parse_constant=_refuse)
    json.dumps(exhibit.document, ensure_ascii=False).encode()
    yield from ()


def every_public_key_is_of_the_standard(exhibit: Exhibit) -> Iterator[str]:
    # PEP 700: "Keys (at any level) with a leading underscore are reserved as private for index server use."
    yield from _strangers(exhibit.document, _PROJECT_KEYS)
    for entry in exhibit.entries:
        yield from _strangers(entry, _FILE_KEYS)


def meta_says_the_version_and_nothing_else(exhibit: Exhibit) -> Iterator[str]:
    # The living text of PEP 792 has an example with the status inside meta, against its own words.
    public = {key: value for key, value in exhibit.document["meta"].items() if not key.startswith("_")}
    if public != {"api-version": "1.4"}:
        yield f"meta is {public}"


def the_name_is_normalised_and_that_of_the_folder(exhibit: Exhibit) -> Iterator[str]:
    # PEP 691: "name: The normalized name of the project."
    name = exhibit.document["name"]
    if name != exhibit.project or not is_normalized_name(name):
        yield f"{name!r} in the folder {exhibit.project!r}"


def a_quarantined_project_offers_nothing(exhibit: Exhibit) -> Iterator[str]:
    # PEP 792: "The index MUST NOT offer any distributions of the project."
    if exhibit.document["project-status"]["status"] == "quarantined" and exhibit.document["files"]:
        yield "quarantined, with files"


def every_file_is_of_the_project_and_there_once(exhibit: Exhibit) -> Iterator[str]:
    names = [entry["filename"] for entry in exhibit.entries]
    if len(set(names)) != len(names):
        yield "a file name comes twice"
    for name in names:
        if _parse(name)[0] != exhibit.project:
            yield f"{name} is of another project"


def the_versions_are_those_of_the_files(exhibit: Exhibit) -> Iterator[str]:
    # PEP 700: "The value of versions is logically a set, and as such may not contain duplicates". "All of
    # the files listed in the files key MUST be associated with one of the versions in the versions key."
    listed = exhibit.document["versions"]
    versions = [Version(text) for text in listed]
    if len(set(versions)) != len(versions) or listed != [str(version) for version in versions]:
        yield f"{listed} has a version twice, or not in its normal form"
    if set(versions) != {_parse(entry["filename"])[1] for entry in exhibit.entries}:
        yield f"{listed} are not the versions of the files"


def every_address_is_the_quoted_file_name(exhibit: Exhibit) -> Iterator[str]:
    # A relative address of one component, in which `+` is `%2B`: S3 takes a bare `+` for a space.
    for entry in exhibit.entries:
        if entry["url"] != quote(entry["filename"], safe=""):
            yield f"{entry['filename']} is at {entry['url']}"


def every_hash_has_a_lower_case_name_and_value(exhibit: Exhibit) -> Iterator[str]:
    # PEP 691: "a mapping of hash names to the hex encoded digest"; PEP 503: "<hashname> is the lowercase name
    # of the hash function (such as sha256)".
    for entry in exhibit.entries:
        for hashes in (entry["hashes"], entry["core-metadata"] or {"sha256": "0" * 64}):
            digits = hashes.get("sha256", "")
            if len(digits) != 64 or not all(
                name.islower() and _HEX.fullmatch(hashes[name]) for name in hashes
            ):
                yield f"{entry['filename']} has the hashes {hashes}"


def every_requires_python_is_a_specifier(exhibit: Exhibit) -> Iterator[str]:
    for entry in exhibit.entries:
        if "requires-python" in entry and not SpecifierSet(entry["requires-python"]):
            yield f"{entry['filename']} requires an empty Python"


def every_upload_time_is_in_utc(exhibit: Exhibit) -> Iterator[str]:
    # PEP 700: "it MUST contain a valid ISO 8601 date/time string, in the format yyyy-mm-ddThh:mm:ss.ffffffZ".
    for entry in exhibit.entries:
        text = entry["upload-time"]
        form = "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ"
        parsed = datetime.strptime(text, form)  # noqa: DTZ007 - the Z is in the form
        if len(text.partition(".")[0]) != len("yyyy-mm-ddThh:mm:ss") + ("." not in text):
            yield f"{entry['filename']} was uploaded at {text}, which reads as {parsed}"


def every_yank_is_a_bool_or_has_a_reason(exhibit: Exhibit) -> Iterator[str]:
    # PEP 691: "a boolean [...] or a non empty, but otherwise arbitrary, string".
    for entry in exhibit.entries:
        if not (isinstance(entry["yanked"], bool) or (isinstance(entry["yanked"], str) and entry["yanked"])):
            yield f"{entry['filename']} is yanked as {entry['yanked']!r}"


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError(f"a key comes twice: {[key for key, _ in pairs]}")
    return dict(pairs)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _strangers(entry: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    for key in entry:
        if key not in known and not key.startswith("_"):
            yield f"{key!r} is no key of the standard"


def _parse(filename: str) -> tuple[str, Version]:
    """Return what the reference parser makes of a file name. Raises ValueError."""
    if filename.endswith(".whl"):
        name, version, _, _ = parse_wheel_filename(filename)
    else:
        name, version = parse_sdist_filename(filename)
    return canonicalize_name(name, validate=True), version
