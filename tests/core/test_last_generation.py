"""A number that no document reaches, as somebody may write it by hand: nothing is written over it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s3pypi_core import record_changes
from s3pypi_core.care import change, open_project, read_record
from s3pypi_core.document import LAST_GENERATION, NoNextGeneration
from s3pypi_core.release import Scope
from s3pypi_core.verify.renew import renew_record, renew_root
from s3pypi_edge.keys import ROOT_RECORD, file_key, normalize, record_key
from tests.builders import build_wheel
from tests.care import delete, new_repository
from tests.repositories import PATIENT, publish, record_of, root_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket
    from s3pypi_core.record import Record

DEMO = normalize("demo")
RECORD, WHEEL = record_key(DEMO), file_key(DEMO, "demo-1.0-py3-none-any.whl")


def yank(bucket: MemoryBucket) -> None:
    def yanked(record: Record) -> Record:
        return record_changes.yank(record, Scope.parse("demo==1.0"), None)

    change(bucket, open_project(bucket, DEMO), yanked, PATIENT)


WRITERS: dict[str, tuple[str, Callable[[MemoryBucket], object]]] = {
    "yank": (RECORD, yank),
    "delete": (RECORD, lambda bucket: delete(bucket, "demo==1.0")),
    "renew the record": (RECORD, lambda bucket: renew_record(bucket, DEMO, PATIENT)),
    "delete the project": (ROOT_RECORD, lambda bucket: delete(bucket, "demo")),
    "renew the root": (ROOT_RECORD, lambda bucket: renew_root(bucket, PATIENT)),
}


@pytest.fixture
def bucket(tmp_path: Path) -> MemoryBucket:
    made = new_repository()
    publish(made, build_wheel(tmp_path))
    return made


def number(bucket: MemoryBucket, key: str, generation: int) -> None:
    """Let the document say that it is of this generation."""
    document = record_of(bucket, "demo") if key == RECORD else root_of(bucket)
    numbered = replace(document, generation=generation).to_json()
    bucket.objects[key] = bucket.objects[key]._replace(body=numbered)


@pytest.mark.parametrize(("key", "write"), WRITERS.values(), ids=WRITERS)
def test_nothing_is_written_that_could_not_be_read(
    bucket: MemoryBucket, key: str, write: Callable[[MemoryBucket], object]
) -> None:
    number(bucket, key, LAST_GENERATION)
    was = bucket.objects[key]
    with pytest.raises(NoNextGeneration) as caught:
        write(bucket)
    assert caught.value.message.startswith(f"{key} is of generation {LAST_GENERATION}, ")
    assert caught.value.hint.startswith("s3twine verify --repair")
    assert bucket.objects[key] is was
    assert key != RECORD or WHEEL in bucket.objects


@pytest.mark.parametrize("name", ["demo", "new"])
def test_an_upload_is_refused_too(bucket: MemoryBucket, tmp_path: Path, name: str) -> None:
    key = RECORD if name == "demo" else ROOT_RECORD
    number(bucket, key, LAST_GENERATION)
    was = bucket.objects[key]
    errors = publish(bucket, build_wheel(tmp_path, name, "2.0")).errors
    assert [type(error) for error in errors] == [NoNextGeneration]
    assert bucket.objects[key] is was


@pytest.mark.parametrize(("key", "write"), WRITERS.values(), ids=WRITERS)
def test_the_last_one_is_written_and_read(
    bucket: MemoryBucket, key: str, write: Callable[[MemoryBucket], object]
) -> None:
    number(bucket, key, LAST_GENERATION - 1)
    write(bucket)
    last = read_record(bucket, DEMO) if key == RECORD else root_of(bucket)
    assert last.generation == LAST_GENERATION
