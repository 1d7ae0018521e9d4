"""A repair that is killed at any write: no bytes are lost, and another ends as if it had not been."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from s3pypi_core.page import project_page, root_page
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, file_key, metadata_key, normalize, page_key, record_key
from tests.care import WRITES, crash_everywhere
from tests.damage import (
    FILE,
    ONE,
    RECORD,
    TWO,
    age,
    cared_for_repository,
    drop,
    found,
    look_at,
    mislabel,
    overwrite,
)
from tests.repositories import body, record_of, root_of

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket
    from s3pypi_core.verify.verified import Verified

THREE, FOUR = normalize("three"), normalize("four")
INDEX = (ROOT_RECORD, ROOT_PAGE, *(key(p) for p in (ONE, TWO, THREE, FOUR) for key in (record_key, page_key)))


def damage(bucket: MemoryBucket) -> None:
    """Something of each kind that a repair mends in a way of its own."""
    overwrite(bucket, RECORD, b"junk")
    drop(bucket, FILE)
    overwrite(bucket, metadata_key(ONE, "one-1.0.tar.gz"), b"junk")
    drop(bucket, metadata_key(ONE, "one-3.0-py3-none-any.whl"))
    mislabel(bucket, file_key(TWO, "two-1.0-py3-none-any.whl"))
    overwrite(bucket, page_key(TWO), b"junk")
    mislabel(bucket, record_key(THREE))
    age(bucket, record_key(FOUR))
    overwrite(bucket, file_key(FOUR, "four-2.0.tar.gz"), b"junk")
    drop(bucket, ROOT_RECORD)


def repair(bucket: MemoryBucket) -> Verified:
    return look_at(bucket, deep=True, repair=True, young=0)


def state(bucket: MemoryBucket) -> dict[str, Any]:
    """All that a repository says, however often it was written; its pages say what its records do."""
    root, records = root_of(bucket), [record_of(bucket, project) for project in (ONE, TWO, THREE, FOUR)]
    assert body(bucket, ROOT_PAGE) == root_page(root)
    for record in records:
        assert body(bucket, page_key(record.project)) == project_page(record)
    return {
        "root": root.projects,
        "records": [replace(record, generation=0) for record in records],
        "bytes": {key: stored.body for key, stored in bucket.objects.items() if key not in INDEX},
        "headers": {key: stored.headers for key, stored in bucket.objects.items()},
    }


@pytest.mark.parametrize("versioned", [False, True], ids=["no versions", "versions"])
def test_a_repair_that_is_killed_at_any_write_is_completed_by_another(
    tmp_path: Path, *, versioned: bool
) -> None:
    whole = cared_for_repository(tmp_path)
    damaged = whole.fork(versioned=True)
    damage(damaged)
    unhurt = damaged.fork(versioned=versioned)
    right = {key: stored.body for key, stored in whole.objects.items() if key not in INDEX}
    assert len(found(look_at(unhurt, deep=True, young=0))) >= 8

    def kept(bucket: MemoryBucket, key: str) -> list[bytes]:
        versions = [bucket.get_version(key, version.id) for version in bucket.versions(key)]
        return [version.body for version in versions if version]

    def crashed(bucket: MemoryBucket) -> None:
        """Bytes that were there are there, or are kept."""
        for key, bytes_ in right.items():
            if bytes_ in kept(unhurt, key):
                assert bytes_ in kept(bucket, key), key

    reference = unhurt.fork(versioned=versioned)
    assert (found(repair(reference)) == []) == versioned
    expected = state(reference)

    def finished(bucket: MemoryBucket) -> None:
        assert state(bucket) == expected

    def fresh() -> MemoryBucket:
        return unhurt.fork(versioned=versioned)

    writes = crash_everywhere(fresh, repair, finished, crashed=crashed, kinds=WRITES)

    assert writes > 10
