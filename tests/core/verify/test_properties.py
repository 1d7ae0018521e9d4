"""Whatever happens to objects: what the bytes that are left allow is there again, and the rest is named.

`pytest --hypothesis-profile=thorough` tries twenty times as many repositories.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from s3pypi_core.page import is_page_of, status_of, yanks_of
from s3pypi_core.record import CLOSED, Record
from s3pypi_edge.keys import file_key, normalize, page_key, record_key
from tests.damage import age, cared_for_repository, drop, found, look_at, mislabel, overwrite
from tests.repositories import assert_installable, assert_whole, record_of, root_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_core.memory_bucket import MemoryBucket

PROJECTS = ("one", "two", "three", "four")
EMPTY = "five"


@cache
def whole() -> MemoryBucket:
    """The repository that is damaged, made once."""
    with tempfile.TemporaryDirectory() as folder:
        return cared_for_repository(Path(folder))


def swap(bucket: MemoryBucket, key: str, other: str) -> None:
    """Two objects in each other's place."""
    bodies = bucket.objects[key].body, bucket.objects[other].body
    overwrite(bucket, key, bodies[1])
    overwrite(bucket, other, bodies[0])


def hurt(bucket: MemoryBucket, how: str, key: str, other: str, cut: int) -> None:
    """Do one damage to an object that is there, and nothing to one that is not."""
    if key not in bucket.objects or other not in bucket.objects:
        return
    harms: dict[str, Callable[[], None]] = {
        "drop": lambda: drop(bucket, key),
        "truncate": lambda: overwrite(bucket, key, bucket.objects[key].body[:cut]),
        "swap": lambda: swap(bucket, key, other),
        "age": lambda: age(bucket, key),
        "mislabel": lambda: mislabel(bucket, key),
    }
    harms[how]()


HARMS = ("drop", "truncate", "swap", "age", "mislabel")
KEYS = st.deferred(lambda: st.sampled_from([key for key in sorted(whole().objects) if key.startswith("p")]))
DAMAGES = st.lists(st.tuples(st.sampled_from(HARMS), KEYS, KEYS, st.integers(0, 400)), min_size=1, max_size=6)


# Nothing but a metadata file is left of a project, and no list names it.
TWO = [f"packages/two/{name}" for name in ("index.json", "index.html", "two-1.0-py3-none-any.whl")]
GONE = [("drop", key, key, 0) for key in (*TWO, "packages/index.json", "packages/index.html")]


def right_keys(bucket: MemoryBucket) -> set[str]:
    """The files, and their metadata, whose bytes are those of the whole repository."""
    known = whole().objects
    files = [key for key in known if not key.endswith(("/index.json", "/index.html"))]
    return {key for key in files if key in bucket.objects and bucket.objects[key].body == known[key].body}


def right_files(bucket: MemoryBucket, project: str) -> set[str]:
    """The files of the whole repository whose bytes are there still, and who say so themselves."""
    name = normalize(project)
    return {
        file.filename
        for file in record_of(whole(), project).all_files
        if (stored := bucket.objects.get(file_key(name, file.filename)))
        and hashlib.sha256(stored.body).hexdigest() == file.sha256
        and stored.headers.metadata.get("sha256") == file.sha256
    }


def readable(bucket: MemoryBucket, project: str) -> Record | None:
    """The record of a project, if it can be read."""
    stored = bucket.objects.get(record_key(normalize(project)))
    try:
        return Record.parse(stored.body, normalize(project)) if stored else None
    except Exception:  # noqa: BLE001  # whatever is wrong with it
        return None


def told_status(bucket: MemoryBucket, project: str) -> str | None:
    """The status that the record tells, or without one that can be read, the page."""
    record = readable(bucket, project)
    if record is not None:
        return record.status
    page = page_of(bucket, project)
    told = page and status_of(page)
    return told[0] if told else None


def page_of(bucket: MemoryBucket, project: str) -> bytes | None:
    """The page of a project, if that is what lies there."""
    stored = bucket.objects.get(page_key(normalize(project)))
    return stored.body if stored and is_page_of(stored.body, project) else None


@given(DAMAGES)
def test_where_versions_are_kept_everything_comes_back(
    damages: list[tuple[str, str, str, int]],
) -> None:
    bucket = whole().fork(versioned=True)
    for damage in damages:
        hurt(bucket, *damage)

    look_at(bucket, deep=True, repair=True, young=0)

    assert found(look_at(bucket, deep=True, young=0)) == []
    assert_whole(bucket, *PROJECTS)
    for project in (*PROJECTS, EMPTY):
        now, was = record_of(bucket, project), record_of(whole(), project)
        assert replace(now, generation=was.generation) == was
    assert {key: stored.headers for key, stored in bucket.objects.items()} == {
        key: stored.headers for key, stored in whole().objects.items()
    }
    assert bucket.objects["config/users.json"] is whole().objects["config/users.json"]


@given(damages=DAMAGES, deep=st.booleans())
@example(damages=GONE, deep=False)
def test_where_none_are_kept_what_can_be_mended_is_and_the_rest_is_named(
    damages: list[tuple[str, str, str, int]], *, deep: bool
) -> None:
    bucket = whole().fork(versioned=True)
    for damage in damages:
        hurt(bucket, *damage)
    bucket = bucket.fork(versioned=False)
    before = bucket.fork(versioned=False)

    repaired = look_at(bucket, deep=deep, repair=True, young=0)

    assert found(look_at(bucket, deep=deep, young=0)) == found(repaired)
    again = look_at(bucket, deep=deep, repair=True, young=0)
    assert (found(again), again.mended) == (found(repaired), [])
    # A repair takes nothing away, and what was right stays so.
    assert before.objects.keys() <= bucket.objects.keys()
    assert right_keys(before) <= right_keys(bucket)
    assert bucket.objects["config/users.json"] is whole().objects["config/users.json"]
    for project in PROJECTS:
        assert_recovered(before, bucket, project)
    if deep and not repaired.left:
        for project in root_of(bucket).projects:
            assert_installable(bucket, project)


def assert_recovered(before: MemoryBucket, after: MemoryBucket, project: str) -> None:
    """What was left of the project suffices for what it is now."""
    was, now = readable(before, project), readable(after, project)
    status = told_status(before, project)
    assert now is not None or not (right_files(before, project) or was)
    if now is None:
        return
    assert now.generation >= (was.generation if was else 0)
    assert now.status == (status or "active")
    assert not (now.status == "quarantined" and now.files)
    listed = {file.filename for file in now.all_files}
    assert was is None or {file.filename for file in was.all_files} <= listed
    assert was is None or now.removed == was.removed
    if was is None or now.status not in CLOSED:
        assert right_files(before, project) <= listed
    told = None if was else yanks_of(page_of(before, project) or b"")
    assert told is None or all(
        file.yanked == told.get((file.filename, file.sha256), False) for file in now.all_files
    )
    assert bool(listed) == (normalize(project) in root_of(after).projects)
