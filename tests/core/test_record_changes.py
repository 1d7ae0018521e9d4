from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core import record_changes
from s3pypi_core.file import File
from s3pypi_core.record import STATUSES, Record, Tombstone
from s3pypi_core.release import NoSuchRelease, Scope
from s3pypi_edge.keys import normalize

if TYPE_CHECKING:
    from collections.abc import Callable

DEMO = normalize("demo")
RELEASE = Scope.parse("demo==1.0")
DATE = "2026-11-23T10:00:00Z"


def file(filename: str, *, yanked: bool | str = False) -> File:
    return File(filename, "a" * 64, 10, "2026-11-22T10:00:00.000000Z", yanked=yanked)


WHEEL, SDIST, OTHER = (
    file("demo-1.0-py3-none-any.whl"),
    file("demo-1.0.tar.gz"),
    file("demo-2.0.tar.gz", yanked="old"),
)
RECORD = Record(DEMO, 7, files=(WHEEL, SDIST, OTHER))


def marks(record: Record) -> list[bool | str]:
    return [each.yanked for each in record.all_files]


def test_every_file_of_a_release_is_yanked_and_no_other() -> None:
    yanked = record_changes.yank(RECORD, RELEASE, "broken")
    assert marks(yanked) == ["broken", "broken", "old"]
    assert yanked.generation == 8
    assert marks(record_changes.yank(RECORD, RELEASE, None)) == [True, True, "old"]


def test_a_reason_is_kept_until_another_is_given() -> None:
    other = Scope.parse("demo==2.0")
    assert record_changes.yank(RECORD, other, None) is RECORD
    assert marks(record_changes.yank(RECORD, other, "new"))[-1] == "new"


def test_a_withheld_release_is_yanked_too() -> None:
    withheld = record_changes.set_status(RECORD, "quarantined", None)
    assert marks(record_changes.yank(withheld, RELEASE, None)) == [True, True, "old"]


def test_unyanking_forgets_the_reason() -> None:
    assert marks(record_changes.unyank(RECORD, Scope.parse("demo==2.0"))) == [False] * 3
    assert record_changes.unyank(RECORD, RELEASE) is RECORD


@pytest.mark.parametrize(
    "change",
    [
        lambda scope: record_changes.yank(RECORD, scope, None),
        lambda scope: record_changes.unyank(RECORD, scope),
    ],
    ids=["yank", "unyank"],
)
def test_a_release_that_is_not_there_is_not_yanked(change: Callable[[Scope], Record]) -> None:
    with pytest.raises(NoSuchRelease, match=r"9\.9"):
        change(Scope.parse("demo==9.9"))


def test_what_is_removed_leaves_a_tombstone_and_comes_back() -> None:
    removed = record_changes.remove(RECORD, [WHEEL, OTHER], DATE)
    assert removed.files == (SDIST,)
    assert removed.removed[WHEEL.filename] == Tombstone(WHEEL.sha256, DATE)
    assert record_changes.remove(removed, [WHEEL], "2027-01-01T00:00:00Z") is removed
    back = record_changes.restore(removed, [WHEEL, OTHER])
    assert (back.files, back.removed, back.generation) == (RECORD.files, {}, 9)
    assert record_changes.restore(back, [WHEEL]) is back


def test_other_bytes_are_neither_removed_nor_restored() -> None:
    other = File(WHEEL.filename, "b" * 64, 10, WHEEL.upload_time)
    assert record_changes.remove(RECORD, [other], DATE) is RECORD
    removed = record_changes.remove(RECORD, [WHEEL], DATE)
    assert record_changes.restore(removed, [other]) is removed


def test_only_the_given_names_are_forgotten() -> None:
    removed = record_changes.remove(RECORD, [WHEEL, OTHER], DATE)
    assert list(record_changes.forget(removed, [WHEEL.filename]).removed) == [OTHER.filename]
    assert record_changes.forget(removed, ["another"]) is removed


def test_a_quarantined_project_offers_nothing_until_it_is_released() -> None:
    quarantined = record_changes.set_status(RECORD, "quarantined", "malware")
    assert (quarantined.files, quarantined.withheld) == ((), RECORD.files)
    assert quarantined.versions == RECORD.versions
    released = record_changes.set_status(quarantined, "archived", None)
    assert (released.files, released.withheld) == (RECORD.files, ())
    assert (released.status, released.status_reason) == ("archived", None)


def test_what_a_file_needs_is_corrected_where_it_has_the_same_bytes() -> None:
    other = File(WHEEL.filename, "b" * 64, 10, WHEEL.upload_time)
    withheld = record_changes.set_status(RECORD, "quarantined", None)
    for record in (RECORD, withheld):
        corrected = record_changes.correct_requirement(record, WHEEL, ">=3.8")
        assert [each.requires_python for each in corrected.all_files] == [">=3.8", None, None]
        assert corrected.generation == record.generation + 1
        assert record_changes.correct_requirement(corrected, WHEEL, ">=3.8") is corrected
        assert record_changes.correct_requirement(record, other, ">=3.8") is record


@pytest.mark.parametrize("status", STATUSES)
def test_the_same_status_again_changes_nothing(status: str) -> None:
    once = record_changes.set_status(RECORD, status, "because")
    assert record_changes.set_status(once, status, None) is once
    assert record_changes.set_status(once, status, "other").status_reason == "other"
