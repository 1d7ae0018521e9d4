"""Whatever happens to objects: what the bytes that are left allow is there again, and the rest is named."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from s3pypi_core.record import Record
from s3pypi_edge.keys import file_key, normalize, record_key
from tests.damage import age, cared_for_repository, drop, found, look_at, overwrite
from tests.repositories import assert_installable, assert_whole, record_of, root_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_core.memory_bucket import MemoryBucket

PROJECTS = ("one", "two")


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
    }
    harms[how]()


KEYS = st.deferred(lambda: st.sampled_from(sorted(whole().objects)))
DAMAGES = st.lists(
    st.tuples(st.sampled_from(["drop", "truncate", "swap", "age"]), KEYS, KEYS, st.integers(0, 400)),
    min_size=1,
    max_size=4,
)


def right_bytes(bucket: MemoryBucket, project: str) -> set[str]:
    """The files of the whole repository whose bytes are there still, and who say so themselves."""
    name = normalize(project)
    return {
        file.filename
        for file in record_of(whole(), project).files
        if (stored := bucket.objects.get(file_key(name, file.filename)))
        and hashlib.sha256(stored.body).hexdigest() == file.sha256
    }


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
    for project in PROJECTS:
        now, was = record_of(bucket, project), record_of(whole(), project)
        assert replace(now, generation=was.generation) == was


@given(DAMAGES)
def test_where_none_are_kept_what_can_be_mended_is_and_the_rest_is_named(
    damages: list[tuple[str, str, str, int]],
) -> None:
    bucket = whole().fork(versioned=True)
    for damage in damages:
        hurt(bucket, *damage)
    bucket = bucket.fork(versioned=False)
    kept = {project: right_bytes(bucket, project) for project in PROJECTS}
    seen = {project: _generation(bucket, project) for project in PROJECTS}

    repaired = look_at(bucket, deep=True, repair=True, young=0)

    assert found(look_at(bucket, deep=True, young=0)) == found(repaired)
    for project in PROJECTS:
        listed = {file.filename for file in record_of(bucket, project).files} if kept[project] else set()
        assert kept[project] <= listed
        assert not kept[project] or project in root_of(bucket).projects
        assert not kept[project] or record_of(bucket, project).generation >= seen[project]
    if not repaired.left:
        for project in root_of(bucket).projects:
            assert_installable(bucket, project)


def _generation(bucket: MemoryBucket, project: str) -> int:
    """What the record says of itself, if it still does."""
    stored = bucket.objects.get(record_key(normalize(project)))
    try:
        return Record.parse(stored.body, normalize(project)).generation if stored else 0
    except Exception:  # noqa: BLE001  # whatever is wrong with it
        return 0
