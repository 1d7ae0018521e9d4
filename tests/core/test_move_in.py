from __future__ import annotations

import errno
import os
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

import pytest

from s3pypi_core.bucket import BucketError
from s3pypi_core.errors import RepositoryError
from s3pypi_core.folder_source import FolderSource
from s3pypi_core.move_in import Interrupted, move_in, set_status
from s3pypi_core.offer import Offer, Offers
from s3pypi_core.record import Tombstone
from s3pypi_core.repository import create_repository
from s3pypi_edge.keys import normalize, page_key, record_key
from tests.builders import build_sdist, build_wheel
from tests.damage import look_at, new_repository, overwrite
from tests.repositories import PATIENT, UPLOAD_TIME, assert_whole, file_names, publish, record_of, root_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket
    from s3pypi_core.move_in import Row

DEMO = normalize("demo")
WHEEL = "demo-1.0-py3-none-any.whl"


class Heard:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.expected = 0
        self.amount = 0
        self.said: list[Row] = []

    def expect(self, amount: int) -> None:
        """See Watch."""
        self.expected += amount

    def read(self, amount: int) -> None:
        """See Watch."""
        self.amount += amount

    def finished(self, row: Row) -> None:
        """See Watch."""
        self.said.append(row)

    def stopping(self) -> None:
        """See Watch."""


class Told(FolderSource):
    """A folder that tells more, or other things, of its files."""

    def __init__(self, folder: Path, **changes: object) -> None:
        super().__init__(folder)
        self.changes = changes
        self.status = ("active", None)

    def offers(self, name: str) -> Offers:
        """See Source.offers."""
        offers = super().offers(name)
        changed = [replace(offer, **self.changes) for offer in offers.offers]  # type: ignore[arg-type]
        return Offers(changed, offers.unfit, *self.status)


def take(
    bucket: MemoryBucket,
    source: FolderSource,
    *names: str,
    dry_run: bool = False,
    watch: Heard | None = None,
) -> list[Row]:
    """Move in, four files at a time."""
    return move_in(
        source,
        bucket,
        names,
        jobs=4,
        dry_run=dry_run,
        now=UPLOAD_TIME,
        backoff=PATIENT,
        watch=watch or Heard(),
    )


def results(rows: Sequence[Row]) -> dict[str, str]:
    """What became of each file."""
    return {row.filename: row.result for row in rows}


@pytest.fixture
def bucket() -> MemoryBucket:
    return new_repository()


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A folder with two projects, one of them in a folder of its own."""
    folder = tmp_path / "dist"
    for path in (
        build_wheel(folder),
        build_sdist(folder),
        build_wheel(folder, version="2.0", requires_python=">=3.8"),
        build_wheel(folder / "more", "other"),
    ):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return folder


def test_everything_in_a_folder_is_taken_with_its_time(bucket: MemoryBucket, dist: Path) -> None:
    heard = Heard()

    rows = take(bucket, FolderSource(dist), watch=heard)

    assert {row.result for row in rows} == {"taken"}
    assert len(rows) == 4
    assert_whole(bucket, "demo", "other")
    assert look_at(bucket, deep=True).left == []
    for file in record_of(bucket, "demo").files:
        assert file.upload_time == "2020-09-13T12:26:40.000000Z"
    assert heard.expected == heard.amount == sum(path.stat().st_size for path in dist.rglob("*.*"))
    assert sorted(heard.said) == rows


def test_the_same_again_takes_nothing(bucket: MemoryBucket, dist: Path) -> None:
    take(bucket, FolderSource(dist))
    before, heard = dict(bucket.objects), Heard()

    rows = take(bucket, FolderSource(dist), watch=heard)

    assert {row.result for row in rows} == {"already there"}
    assert bucket.objects == before
    assert heard.amount == 0


def test_a_source_that_tells_no_hashes_is_read_again_and_found_to_be_the_same(
    bucket: MemoryBucket, dist: Path
) -> None:
    take(bucket, FolderSource(dist))
    before = dict(bucket.objects)
    assert set(results(take(bucket, Told(dist, digests={}))).values()) == {"already there"}
    assert bucket.objects == before


def test_some_projects_can_be_named(bucket: MemoryBucket, dist: Path) -> None:
    assert [row.project for row in take(bucket, FolderSource(dist), "Other")] == ["other"]
    assert_whole(bucket, "other")


def test_a_dry_run_writes_nothing(bucket: MemoryBucket, dist: Path) -> None:
    before = dict(bucket.objects)
    assert set(results(take(bucket, FolderSource(dist), dry_run=True)).values()) == {"taken"}
    assert bucket.objects == before


def test_what_the_source_tells_survives(bucket: MemoryBucket, dist: Path) -> None:
    told = Told(dist, yanked="broken", requires_python=">=3.9", upload_time="2021-01-01T00:00:00Z")
    told.status = ("deprecated", "use other")  # type: ignore[assignment]

    take(bucket, told, "demo")

    record = record_of(bucket, "demo")
    assert (record.status, record.status_reason) == ("deprecated", "use other")
    assert {file.yanked for file in record.files} == {"broken"}
    assert {file.upload_time for file in record.files} == {"2021-01-01T00:00:00Z"}
    # What a file says of itself counts more.
    assert [file.requires_python for file in record.files] == [">=3.9", ">=3.9", ">=3.8"]
    assert_whole(bucket, "demo")


def test_a_time_that_nobody_tells_is_that_of_moving_in(bucket: MemoryBucket, dist: Path) -> None:
    take(bucket, Told(dist, upload_time=None), "other")
    assert record_of(bucket, "other").files[0].upload_time == UPLOAD_TIME


def test_a_status_that_was_given_here_stays(bucket: MemoryBucket, dist: Path) -> None:
    take(bucket, FolderSource(dist), "demo")
    set_status(bucket, DEMO, "deprecated", None, PATIENT)
    set_status(bucket, DEMO, "archived", "old", PATIENT)
    assert record_of(bucket, "demo").status == "deprecated"


def test_an_archived_project_is_archived_after_its_files_are_taken(bucket: MemoryBucket, dist: Path) -> None:
    told = Told(dist)
    told.status = ("archived", None)
    assert set(results(take(bucket, told)).values()) == {"taken"}
    assert record_of(bucket, "demo").status == "archived"
    build_wheel(dist, version="9.0")
    again = take(bucket, FolderSource(dist))
    (late,) = [row for row in again if row.result == "refused"]
    assert (late.filename, late.reason) == (
        "demo-9.0-py3-none-any.whl",
        "the project is archived and takes no files",
    )


def test_a_quarantined_project_offers_nothing_after_its_files_are_taken(
    bucket: MemoryBucket, dist: Path
) -> None:
    told = Told(dist)
    told.status = ("quarantined", "malware")  # type: ignore[assignment]
    assert set(results(take(bucket, told)).values()) == {"taken"}
    record = record_of(bucket, "demo")
    assert (record.status, record.status_reason, record.files) == ("quarantined", "malware", ())
    assert record.withheld
    assert "demo" in root_of(bucket).projects


def test_a_project_without_a_file_gets_no_status(bucket: MemoryBucket, dist: Path) -> None:
    build_wheel(dist, "third").rename(dist / "third-1.0.egg")
    told = Told(dist)
    told.status = ("quarantined", None)
    assert results(take(bucket, told, "third")) == {"third-1.0.egg": "refused"}
    assert bucket.get(record_key(normalize("third"))) is None


REFUSED = {
    "another hash": ({"digests": {"sha256": "0" * 64}}, "its sha256 is"),
    "another md5": ({"digests": {"md5": "0" * 32, "unheard": "1"}}, "its md5 is"),
    "another size": ({"digests": {}, "size": 1}, "its source says 1"),
    "no distribution": ({"filename": "../../demo.egg"}, "neither a wheel"),
    "another project": ({"filename": "demo-1.0-py3-none-any.whl"}, "its file name says demo 1.0"),
}


@pytest.mark.parametrize(("changes", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_what_its_source_says_is_refused(
    bucket: MemoryBucket, dist: Path, changes: dict[str, object], reason: str
) -> None:
    (row,) = take(bucket, Told(dist, **changes), "other")
    assert row.result == "refused"
    assert reason in row.reason or ".dist-info" in row.reason
    assert bucket.get(record_key(normalize("other"))) is None


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device", "/x"), OSError("No space left on device")]
)
def test_a_full_disk_is_a_row_and_not_the_end(bucket: MemoryBucket, dist: Path, error: OSError) -> None:
    class Full(FolderSource):
        looked = False  # at what is there to be read

        def offers(self, name: str) -> Offers:
            offers = super().offers(name)
            self.looked = True
            return offers

        @contextmanager
        def stream(self, offer: Offer) -> Iterator[BinaryIO]:
            if self.looked and offer.filename == WHEEL:
                raise error
            with super().stream(offer) as body:
                yield body

    rows = take(bucket, Full(dist), "demo")
    (failed,) = [row for row in rows if row.result == "failed"]
    assert (failed.filename, failed.reason) == (WHEEL, "No space left on device")
    assert {row.result for row in rows} == {"taken", "failed"}


def test_a_source_that_cannot_be_read_costs_one_project(bucket: MemoryBucket, dist: Path) -> None:
    class Locked(FolderSource):
        def offers(self, name: str) -> Offers:
            if name == "demo":
                raise PermissionError(errno.EACCES, "Permission denied")
            return super().offers(name)

    rows = take(bucket, Locked(dist))
    (failed,) = [row for row in rows if row.result == "failed"]
    assert (failed.project, failed.reason) == ("demo", "Permission denied")
    assert {row.result for row in rows} == {"taken", "failed"}


def test_a_yank_that_no_record_can_hold_fails_by_itself(bucket: MemoryBucket, dist: Path) -> None:
    rows = take(bucket, Told(dist, yanked="\ud800"), "demo")
    assert {row.result for row in rows} == {"failed"}
    assert {row.filename for row in rows} >= {WHEEL}
    assert "surrogate" in rows[0].reason


def test_a_file_of_another_project_is_refused(bucket: MemoryBucket, dist: Path) -> None:
    class Mixed(FolderSource):
        def offers(self, _name: str) -> Offers:
            return super().offers("demo")

    rows = take(bucket, Mixed(dist), "other")
    assert {row.reason for row in rows} == {"it is a file of the project demo"}


@pytest.mark.parametrize("changes", [{}, {"digests": {}}], ids=["known by its claim", "known when read"])
def test_another_file_under_a_taken_name_is_refused(
    bucket: MemoryBucket, dist: Path, tmp_path: Path, changes: dict[str, object]
) -> None:
    publish(bucket, build_wheel(tmp_path / "own", files={"more.py": b""}))
    rows = take(bucket, Told(dist, **changes), "demo")
    assert results(rows)[WHEEL] == "refused"
    assert sorted(results(rows).values()) == ["refused", "taken", "taken"]


def test_bytes_that_lie_in_the_bucket_under_the_name_are_refused(
    bucket: MemoryBucket, dist: Path, tmp_path: Path
) -> None:
    publish(bucket, build_wheel(tmp_path / "own", files={"more.py": b""}))
    for key in (record_key(DEMO), page_key(DEMO), "packages/index.json", "packages/index.html"):
        bucket.objects.pop(key)
    create_repository(bucket)
    rows = take(bucket, FolderSource(dist), "demo")
    (row,) = [row for row in rows if row.filename == WHEEL]
    assert (row.result, "other contents" in row.reason) == ("failed", True)
    assert file_names(bucket, "demo") == {"demo-1.0.tar.gz", "demo-2.0-py3-none-any.whl"}


def test_a_deleted_file_is_refused(bucket: MemoryBucket, dist: Path) -> None:
    take(bucket, FolderSource(dist), "demo")
    record = record_of(bucket, "demo")
    files = tuple(file for file in record.files if file.filename != WHEEL)
    gone = {WHEEL: Tombstone("0" * 64, "2026-11-22")}
    changed = replace(record, files=files, removed=gone, generation=9)
    overwrite(bucket, record_key(DEMO), changed.to_json())
    assert results(take(bucket, FolderSource(dist), "demo"))[WHEEL] == "refused"


def test_files_that_cannot_be_published_are_named(bucket: MemoryBucket, dist: Path) -> None:
    (dist / "demo-1.0-py3.9.egg").write_bytes(b"")
    (dist / "demo-x.whl").write_bytes(b"")
    (dist / "-.zip").write_bytes(b"")
    (dist / "README.txt").write_bytes(b"")
    (dist / ".cache").mkdir()
    build_wheel(dist / ".cache", "hidden")
    build_wheel(dist / "twice")
    rows = take(bucket, FolderSource(dist))
    refused = {row.filename: row.reason for row in rows if row.result == "refused"}
    assert sorted(refused) == ["-.zip", WHEEL, "demo-1.0-py3.9.egg", "demo-x.whl"]
    assert "there are two of this name" in refused[WHEEL]
    assert "file name is wrong" in refused["demo-x.whl"]
    assert_whole(bucket, "demo", "other")


def test_a_project_that_is_not_there_ends_with_its_row(bucket: MemoryBucket, dist: Path) -> None:
    rows = take(bucket, FolderSource(dist), "other", "none", "a b")
    assert [(row.project, row.result) for row in rows] == [
        ("a b", "failed"),
        ("none", "failed"),
        ("other", "taken"),
    ]


def test_a_file_that_cannot_be_read_fails_by_itself(bucket: MemoryBucket, dist: Path) -> None:
    class Broken(FolderSource):
        @contextmanager
        def stream(self, offer: Offer) -> Iterator[BinaryIO]:
            if reading and offer.filename == WHEEL:
                (dist / offer.place).unlink()
            with super().stream(offer) as body:
                yield body

        def offers(self, name: str) -> Offers:
            offers = super().offers(name)
            reading.append(name)
            return offers

    reading: list[str] = []
    rows = take(bucket, Broken(dist), "demo")
    (failed,) = [row for row in rows if row.result == "failed"]
    assert (failed.filename, "cannot read" in failed.reason) == (WHEEL, True)
    assert len(file_names(bucket, "demo")) == 2


def test_what_the_bucket_refuses_for_all_ends_the_command(bucket: MemoryBucket, dist: Path) -> None:
    def fail(operation: str, _key: str) -> None:
        raise BucketError(f"access denied: {operation}")

    bucket.before = fail
    with pytest.raises(BucketError):
        take(bucket, FolderSource(dist))


def test_an_interruption_waits_and_the_next_run_goes_on(bucket: MemoryBucket, dist: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Impatient(FolderSource):
        def projects(self) -> Iterator[str]:  # type: ignore[override]
            yield "demo"
            assert begun.wait(10)
            raise KeyboardInterrupt

        @contextmanager
        def stream(self, offer: Offer) -> Iterator[BinaryIO]:
            begun.set()
            go_on.wait(10)
            with super().stream(offer) as body:
                yield body

        def offers(self, name: str) -> Offers:
            return FolderSource(dist).offers(name)

    class Waiting(Heard):
        def stopping(self) -> None:
            go_on.set()

    with pytest.raises(Interrupted, match="0 files were taken") as caught:
        take(bucket, Impatient(dist), watch=Waiting())
    assert "goes on" in caught.value.hint
    assert bucket.get(record_key(DEMO)) is None

    assert set(results(take(bucket, FolderSource(dist))).values()) == {"taken"}
    assert_whole(bucket, "demo", "other")


class TwoAtOnce(FolderSource):
    """Gives bytes only while two files are read; ``peak`` is how many were."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.pair = threading.Barrier(2, timeout=10)
        self.lock = threading.Lock()
        self.reading = self.peak = 0

    @contextmanager
    def stream(self, offer: Offer) -> Iterator[BinaryIO]:
        """See Source.stream."""
        with super().stream(offer) as body:
            if offer.digests:  # else it is only hashed
                with self.lock:
                    self.reading += 1
                    self.peak = max(self.peak, self.reading)
                self.pair.wait()
            yield body
            with self.lock:
                self.reading -= bool(offer.digests)


def test_as_many_files_travel_at_once_as_there_are_jobs(bucket: MemoryBucket, tmp_path: Path) -> None:
    for minor in range(6):
        build_wheel(tmp_path / "dist", version=f"1.{minor}")
    source = TwoAtOnce(tmp_path / "dist")
    rows = move_in(source, bucket, [], jobs=2, dry_run=False, now=UPLOAD_TIME, backoff=PATIENT, watch=Heard())
    assert [row.result for row in rows] == ["taken"] * 6
    assert source.peak == 2


def test_many_files_come_in_steps(bucket: MemoryBucket, tmp_path: Path) -> None:
    for minor in range(30):
        build_wheel(tmp_path, version=f"1.{minor}")
    take(bucket, FolderSource(tmp_path))
    assert record_of(bucket, "demo").generation == 2
    assert_whole(bucket, "demo")


def test_an_error_of_the_source_ends_the_command(bucket: MemoryBucket, dist: Path) -> None:
    class Closed(FolderSource):
        def projects(self) -> list[str]:
            raise RepositoryError("the index does not list its projects")

    with pytest.raises(RepositoryError, match="does not list"):
        take(bucket, Closed(dist))
