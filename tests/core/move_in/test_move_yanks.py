from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s3pypi_core import record_changes
from s3pypi_core.bucket import BucketError
from s3pypi_core.care import change, open_project
from s3pypi_core.move_in.folder_source import FolderSource
from s3pypi_core.move_in.move_in import MoveInterrupted
from s3pypi_core.move_in.moving import Row
from s3pypi_core.release import Scope
from s3pypi_edge.keys import normalize, record_key
from tests.builders import build_sdist, build_wheel
from tests.care import crash_everywhere, delete, new_repository, once
from tests.moving import Told, take
from tests.repositories import PATIENT, assert_whole, publish, record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket
    from s3pypi_core.move_in.offer import Offers

DEMO = normalize("demo")
WHEEL, SDIST, LATER = "demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz", "demo-2.0-py3-none-any.whl"
LOST = "loses data"


class Yanking(Told):
    """A folder that yanks some of its files."""

    def __init__(self, folder: Path, yanks: Mapping[str, bool | str], **changes: object) -> None:
        super().__init__(folder, **changes)  # type: ignore[arg-type]
        self.yanks = yanks

    def offers(self, name: str) -> Offers:
        """See Source.offers."""
        told = super().offers(name)
        offers = [replace(offer, yanked=self.yanks.get(offer.filename, False)) for offer in told.offers]
        return replace(told, offers=offers)


def yanks(bucket: MemoryBucket) -> dict[str, bool | str]:
    """How each file of the project is yanked."""
    return {file.filename: file.yanked for file in record_of(bucket, "demo").all_files}


def of_yanks(rows: Sequence[Row]) -> list[Row]:
    """What the report tells of yanks."""
    return [row for row in rows if row.yanked]


def yank(bucket: MemoryBucket, release: str, reason: str | None = None) -> None:
    """Yank as the command does."""
    scope = Scope.parse(release)
    index = open_project(bucket, scope.project)
    change(bucket, index, lambda record: record_changes.yank(record, scope, reason), PATIENT)


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """Two releases of a project."""
    folder = tmp_path / "dist"
    build_wheel(folder)
    build_sdist(folder)
    build_wheel(folder, version="2.0")
    return folder


@pytest.fixture
def bucket(dist: Path) -> MemoryBucket:
    """A repository that both have moved to."""
    bucket = new_repository()
    take(bucket, FolderSource(dist))
    return bucket


@pytest.mark.parametrize(
    "told", [{}, {"digests": {}}], ids=["of known hashes", "of hashes that nobody tells"]
)
def test_what_the_source_yanks_later_is_yanked_by_the_next_run(
    bucket: MemoryBucket, dist: Path, told: dict[str, object]
) -> None:
    generation = record_of(bucket, "demo").generation

    rows = take(bucket, Yanking(dist, {WHEEL: LOST, SDIST: True}, **told))

    assert yanks(bucket) == {WHEEL: LOST, SDIST: True, LATER: False}
    assert [(row.filename, row.yanked, row.result, row.reason) for row in rows] == [
        (WHEEL, False, "already there", ""),
        (WHEEL, True, "taken", LOST),
        (SDIST, False, "already there", ""),
        (SDIST, True, "taken", ""),
        (LATER, False, "already there", ""),
    ]
    assert record_of(bucket, "demo").generation == generation + 1
    assert_whole(bucket, "demo")


def test_once_it_is_yanked_the_next_run_changes_nothing(bucket: MemoryBucket, dist: Path) -> None:
    source = Yanking(dist, {WHEEL: LOST})
    take(bucket, source)
    before = dict(bucket.objects)
    assert of_yanks(take(bucket, source)) == []
    assert bucket.objects == before


@pytest.mark.parametrize(
    "told", [{}, {"digests": {}}], ids=["of known hashes", "of hashes that nobody tells"]
)
def test_a_dry_run_tells_of_the_yank_and_writes_nothing(
    bucket: MemoryBucket, dist: Path, told: dict[str, object]
) -> None:
    before = dict(bucket.objects)
    rows = take(bucket, Yanking(dist, {WHEEL: LOST}, **told), dry_run=True)
    assert of_yanks(rows) == [Row("demo", WHEEL, None, "taken", LOST, yanked=True)]
    assert bucket.objects == before


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "for real"])
def test_a_file_that_comes_yanked_has_one_row(dist: Path, *, dry_run: bool) -> None:
    assert of_yanks(take(new_repository(), Yanking(dist, {WHEEL: LOST}), dry_run=dry_run)) == []


@pytest.mark.parametrize("there", [{}, {WHEEL: "another reason"}], ids=["not yanked there", "another reason"])
def test_what_is_yanked_here_stays_as_it_is(
    bucket: MemoryBucket, dist: Path, there: dict[str, bool | str]
) -> None:
    yank(bucket, "demo==1.0", "ours")
    before = dict(bucket.objects)
    assert of_yanks(take(bucket, Yanking(dist, there))) == []
    assert bucket.objects == before


@pytest.mark.parametrize(
    "told", [{}, {"digests": {}}], ids=["of known hashes", "of hashes that nobody tells"]
)
def test_other_bytes_under_the_name_are_not_yanked(
    dist: Path, tmp_path: Path, told: dict[str, object]
) -> None:
    bucket = new_repository()
    publish(bucket, build_wheel(tmp_path / "own", files={"more.py": b""}))
    assert of_yanks(take(bucket, Yanking(dist, {WHEEL: LOST}, **told))) == []
    assert not any(yanks(bucket).values())


@pytest.mark.parametrize("status", ["archived", "quarantined"])
def test_a_closed_project_is_yanked_too(bucket: MemoryBucket, dist: Path, status: str) -> None:
    take(bucket, Told(dist, status=(status, None)))
    take(bucket, Yanking(dist, {WHEEL: LOST}))
    assert yanks(bucket)[WHEEL] == LOST
    assert record_of(bucket, "demo").status == status


def test_a_yank_comes_before_the_status_and_without_the_files_that_are_refused(
    bucket: MemoryBucket, dist: Path
) -> None:
    build_wheel(dist, version="3.0").rename(dist / "demo-3.0.egg")
    rows = take(bucket, Yanking(dist, {WHEEL: LOST}, status=("archived", "old")))
    assert [(row.subject, row.result) for row in rows if not row.is_of_file] == [
        (f"yank of {WHEEL}", "taken"),
        ("status archived", "taken"),
    ]
    assert [row.filename for row in rows if row.result == "refused"] == ["demo-3.0.egg"]
    assert yanks(bucket)[WHEEL] == LOST


def test_a_file_that_somebody_lists_while_it_is_on_its_way_is_yanked(dist: Path) -> None:
    bucket = new_repository()
    bucket.before = once("create", record_key(DEMO), lambda: publish(bucket, dist / WHEEL))
    rows = take(bucket, Yanking(dist, {WHEEL: LOST}))
    assert of_yanks(rows) == [Row("demo", WHEEL, None, "taken", LOST, yanked=True)]
    assert yanks(bucket)[WHEEL] == LOST
    assert_whole(bucket, "demo")


def supplant(bucket: MemoryBucket, dist: Path) -> None:
    """Somebody takes every trace of the release away, and publishes another file under its name."""
    delete(bucket, "demo==1.0", forget=True)
    publish(bucket, build_wheel(dist.parent / "own", files={"more.py": b""}))


RIVALS: dict[str, tuple[Callable[[MemoryBucket, Path], object], dict[str, bool | str]]] = {
    "yanks for a reason of their own": (
        lambda bucket, _dist: yank(bucket, "demo==1.0", "ours"),
        {WHEEL: "ours", SDIST: "ours", LATER: LOST},
    ),
    "deletes": (lambda bucket, _dist: delete(bucket, "demo==1.0"), {LATER: LOST}),
    "publishes": (
        lambda bucket, dist: publish(bucket, build_wheel(dist.parent / "own", version="3.0")),
        {WHEEL: LOST, SDIST: False, LATER: LOST, "demo-3.0-py3-none-any.whl": False},
    ),
    "takes the name": (supplant, {WHEEL: False, LATER: LOST}),
}


@pytest.mark.parametrize(("act", "wanted"), RIVALS.values(), ids=RIVALS)
def test_what_others_change_meanwhile_stays(
    bucket: MemoryBucket,
    dist: Path,
    act: Callable[[MemoryBucket, Path], object],
    wanted: dict[str, bool | str],
) -> None:
    bucket.before = once("replace", record_key(DEMO), lambda: act(bucket, dist))
    rows = take(bucket, Yanking(dist, {WHEEL: LOST, LATER: LOST}))
    assert yanks(bucket) == wanted
    told = {row.filename for row in of_yanks(rows) if row.result == "taken"}
    assert told == {name for name, mark in wanted.items() if mark == LOST}
    assert_whole(bucket, "demo")


def test_wherever_it_is_ended_the_next_run_yanks(dist: Path) -> None:
    def fresh() -> MemoryBucket:
        bucket = new_repository()
        take(bucket, FolderSource(dist))
        return bucket

    def finished(bucket: MemoryBucket) -> None:
        assert yanks(bucket) == {WHEEL: LOST, SDIST: False, LATER: False}
        assert_whole(bucket, "demo")

    requests = crash_everywhere(
        fresh, lambda bucket: take(bucket, Yanking(dist, {WHEEL: LOST}), "demo"), finished
    )
    assert requests >= 6  # root, record, page, and each of the last two written


def test_a_reason_that_nothing_can_hold_costs_its_own_file(bucket: MemoryBucket, dist: Path) -> None:
    rows = take(bucket, Yanking(dist, {WHEEL: "\ud800", LATER: LOST}))
    assert [(row.filename, row.result) for row in of_yanks(rows)] == [(WHEEL, "failed"), (LATER, "taken")]
    assert "surrogate" in of_yanks(rows)[0].reason
    assert yanks(bucket) == {WHEEL: False, SDIST: False, LATER: LOST}


def test_a_yank_that_cannot_be_written_is_a_row_of_each_file(bucket: MemoryBucket, dist: Path) -> None:
    def fail(operation: str, key: str) -> None:
        if (operation, key) == ("replace", record_key(DEMO)):
            raise BucketError("S3 is too busy")

    bucket.before = fail
    rows = take(bucket, Yanking(dist, {WHEEL: LOST, LATER: LOST}))
    assert of_yanks(rows) == [
        Row("demo", name, None, "failed", "S3 is too busy", yanked=True) for name in (WHEEL, LATER)
    ]
    bucket.before = lambda _operation, _key: None
    assert not any(yanks(bucket).values())


def test_a_yank_is_no_file_that_was_taken() -> None:
    rows = [Row("demo", WHEEL, 1, "taken"), Row("demo", WHEEL, None, "taken", LOST, yanked=True)]
    assert MoveInterrupted(rows).message == "interrupted: 1 files were taken"
