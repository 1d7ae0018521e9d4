"""Good pages made bad: an exhibit, and the ways to put a single fault into it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.builders import build_metadata, build_sdist, build_wheel
from tests.jury.corpus import new_repository, rewrite, set_status
from tests.jury.exhibit import RECORD
from tests.jury.panel import objections
from tests.repositories import publish

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket
    from s3pypi_core.record import Record
    from tests.jury.exhibit import Exhibit
    from tests.jury.panel import Juror

ABSENT = ...  # what a key is changed to when it is taken out
LEGACY, WHEEL, SDIST, LOCAL = range(4)  # the files of the exhibit, in the order of its record
WHEEL_NAME = "demo_pkg-1.0-py3-none-any.whl"


def publish_demo(folder: Path) -> MemoryBucket:
    """Publish demo-pkg, with a bit of everything in four files, and another project."""
    bucket = new_repository()
    publish(
        bucket,
        build_sdist(
            folder,
            filename="demo-pkg-0.9.zip",
            metadata=build_metadata("demo-pkg", "0.9", metadata_version="2.1"),
        ),
        build_wheel(folder, "demo-pkg", "1.0", requires_python=">=3.9,<4"),
        build_sdist(folder, "demo-pkg", "1.0"),
        build_wheel(folder, "demo-pkg", "1.1+local.1"),
        build_wheel(folder, "other"),
    )
    rewrite(bucket, "demo-pkg", _decorated)
    return bucket


def _decorated(record: Record) -> Record:
    files = list(record.files)
    files[WHEEL] = replace(files[WHEEL], yanked="broken & late")
    files[LOCAL] = replace(files[LOCAL], extra={"provenance": "https://example.com/provenance"})
    return set_status(replace(record, files=tuple(files)), "deprecated", "use 'other'")


def with_json(exhibit: Exhibit, path: Iterable[str | int], value: object) -> Exhibit:
    """The exhibit with one value of its record put in, changed, or taken out."""
    place = document = json.loads(exhibit.record)
    *outer, last = path
    for key in outer:
        place = place[key]
    if value is ABSENT:
        del place[last]
    else:
        place[last] = value
    return exhibit.with_body(RECORD, json.dumps(document).encode())


def with_text(exhibit: Exhibit, name: str, old: str, new: str) -> Exhibit:
    """The exhibit with other words in one of its documents."""
    text = exhibit.objects[name].body.decode()
    assert old in text
    return exhibit.with_body(name, text.replace(old, new, 1).encode())


def described(fault: tuple[Iterable[str | int], object, str]) -> str:
    """The id of a row: where, what, and who objects."""
    path, value, juror = fault
    return f"{'.'.join(map(str, path))}={value!a:.40}-{juror}"


def assert_rejected(exhibit: Exhibit, jury: Mapping[str, Juror], *jurors: str) -> None:
    """Each of these jurors must object, whatever the others say."""
    found = objections(exhibit, jury)
    assert set(jurors) <= set(found), found
