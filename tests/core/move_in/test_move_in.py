from __future__ import annotations

import errno
import os
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import pytest

from s3pypi_core import record_changes
from s3pypi_core.bucket import BucketError, NoAccess
from s3pypi_core.care import change, open_project
from s3pypi_core.errors import RepositoryError
from s3pypi_core.move_in import move_file
from s3pypi_core.move_in.folder_source import FolderSource
from s3pypi_core.move_in.move_in import MoveInterrupted, move_in
from s3pypi_core.move_in.moving import Moving, Row
from s3pypi_core.move_in.offer import Offer, Offers
from s3pypi_core.record import Tombstone
from s3pypi_core.repository import create_repository
from s3pypi_edge.keys import ROOT_RECORD, normalize, page_key, record_key
from tests.builders import build_sdist, build_wheel
from tests.care import delete, once
from tests.damage import look_at, new_repository, overwrite
from tests.moving import Heard, Told, results, take
from tests.repositories import PATIENT, UPLOAD_TIME, assert_whole, file_names, publish, record_of, root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket

DEMO = normalize("demo")
WHEEL = "demo-1.0-py3-none-any.whl"


class Flaky(Told):
    """It cannot give one file, as long as it is not healthy."""

    def __init__(
        self,
        folder: Path,
        filename: str,
        error: Exception | None = None,
        status: tuple[str, str | None] = ("active", None),
    ) -> None:
        super().__init__(folder, status=status)
        self.filename = filename
        self.error = error or RepositoryError("cannot read it: ConnectionError")
        self.healthy = False

    @contextmanager
    def stream(self, offer: Offer) -> Iterator[BinaryIO]:
        """See Source.stream."""
        looked = offer.filename.partition("-")[0] in self.looked
        if looked and not self.healthy and offer.filename == self.filename:
            raise self.error
        with super().stream(offer) as body:
            yield body


class Counting(Told):
    """Counts the files that it gives, which tell no hash before."""

    streamed = 0

    def offers(self, name: str) -> Offers:
        """See Source.offers."""
        return Offers([Offer(path.name, path.name) for path in sorted(self.folder.glob(f"{name}-*"))])

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder

    @contextmanager
    def stream(self, offer: Offer) -> Iterator[BinaryIO]:
        """See Source.stream."""
        self.streamed += 1
        with super().stream(offer) as body:
            yield body


class Endless(Told):
    """Its files have no end."""

    @contextmanager
    def stream(self, offer: Offer) -> Iterator[BinaryIO]:
        """See Source.stream."""
        with super().stream(offer) as body:
            yield cast("BinaryIO", Zeros()) if self.looked else body


class Zeros:
    """As many as are asked for, again and again."""

    def read(self, size: int) -> bytes:
        """See BinaryIO."""
        return bytes(size)


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


def test_a_project_is_taken_once_however_it_is_spelled(bucket: MemoryBucket, dist: Path) -> None:
    rows = take(bucket, FolderSource(dist), "Demo", "demo", "other", "DEMO", "a b", "a b")
    assert Counter((row.project, row.result) for row in rows) == {
        ("demo", "taken"): 3,
        ("other", "taken"): 1,
        ("a b", "failed"): 1,
    }


def test_a_dry_run_writes_nothing(bucket: MemoryBucket, dist: Path) -> None:
    before = dict(bucket.objects)
    assert set(results(take(bucket, FolderSource(dist), dry_run=True)).values()) == {"taken"}
    assert bucket.objects == before


def test_what_the_source_tells_survives(bucket: MemoryBucket, dist: Path) -> None:
    status = ("deprecated", "use other")
    told = Told(
        dist, status=status, yanked="broken", requires_python=">=3.9", upload_time="2021-01-01T00:00:00Z"
    )

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


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "for real"])
def test_a_status_is_a_row_of_the_report(bucket: MemoryBucket, dist: Path, *, dry_run: bool) -> None:
    told = Told(dist, status=("archived", "use other"))
    rows = take(bucket, told, "demo", dry_run=dry_run)
    assert Row("demo", "", None, "taken", "use other", "archived") in rows
    assert len(rows) == 4


def test_a_status_that_is_here_is_not_given_again(bucket: MemoryBucket, dist: Path) -> None:
    told = Told(dist, status=("archived", "use other"))
    take(bucket, told, "demo")
    before = dict(bucket.objects)
    assert {row.result for row in take(bucket, told, "demo")} == {"already there"}
    assert bucket.objects == before


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "for real"])
def test_a_status_that_was_given_here_stays(bucket: MemoryBucket, dist: Path, *, dry_run: bool) -> None:
    take(bucket, Told(dist, status=("deprecated", None)), "demo")
    rows = take(bucket, Told(dist, status=("archived", "old")), "demo", dry_run=dry_run)
    (refused,) = [row for row in rows if row.status]
    assert (refused.result, refused.status) == ("refused", "archived")
    assert refused.reason == "it was made deprecated here: s3twine status demo archived, if it is wanted"
    assert record_of(bucket, "demo").status == "deprecated"


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "for real"])
def test_a_project_with_files_of_its_own_gets_no_status(
    bucket: MemoryBucket, dist: Path, tmp_path: Path, *, dry_run: bool
) -> None:
    publish(bucket, build_wheel(tmp_path / "own", version="9.0"))
    rows = take(bucket, Told(dist, status=("quarantined", "malware")), "demo", dry_run=dry_run)
    (refused,) = [row for row in rows if row.status]
    assert refused.result == "refused"
    assert refused.reason.startswith(
        "demo-9.0-py3-none-any.whl is here, and did not come from there: s3twine"
    )
    record = record_of(bucket, "demo")
    assert (record.status, record.withheld) == ("active", ())


def test_a_file_that_comes_while_the_status_is_given_keeps_it_away(
    bucket: MemoryBucket, dist: Path, tmp_path: Path
) -> None:
    take(bucket, FolderSource(dist), "demo")
    own = build_wheel(tmp_path / "own", version="9.0")
    bucket.before = once("replace", record_key(DEMO), lambda: publish(bucket, own))
    rows = take(bucket, Told(dist, status=("archived", None)), "demo")
    assert [row.result for row in rows if row.status] == ["refused"]
    assert_whole(bucket, "demo")
    assert record_of(bucket, "demo").status == "active"


def test_a_status_whose_reason_nothing_can_hold_fails_by_itself(bucket: MemoryBucket, dist: Path) -> None:
    rows = take(bucket, Told(dist, status=("archived", "\ud800")), "demo")
    (failed,) = [row for row in rows if row.status]
    assert (failed.result, "surrogate" in failed.reason) == ("failed", True)
    assert_whole(bucket, "demo")


def test_a_status_waits_until_every_file_is_here(bucket: MemoryBucket, dist: Path) -> None:
    told = Flaky(dist, WHEEL, status=("archived", "moved"))
    rows = take(bucket, told, "demo")
    assert results(rows)[WHEEL] == "failed"
    (waiting,) = [row for row in rows if row.status]
    assert (waiting.result, "run the same command again" in waiting.reason) == ("failed", True)
    assert record_of(bucket, "demo").status == "active"

    told.healthy = True
    assert {row.result for row in take(bucket, told, "demo")} == {"taken", "already there"}
    assert record_of(bucket, "demo").status == "archived"
    assert len(file_names(bucket, "demo")) == 3


def test_an_archived_project_is_archived_after_its_files_are_taken(bucket: MemoryBucket, dist: Path) -> None:
    told = Told(dist, status=("archived", None))
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
    told = Told(dist, status=("quarantined", "malware"))
    assert set(results(take(bucket, told)).values()) == {"taken"}
    record = record_of(bucket, "demo")
    assert (record.status, record.status_reason, record.files) == ("quarantined", "malware", ())
    assert record.withheld
    assert "demo" in root_of(bucket).projects


def test_a_project_without_a_file_gets_no_status(bucket: MemoryBucket, dist: Path) -> None:
    build_wheel(dist, "third").rename(dist / "third-1.0.egg")
    told = Told(dist, status=("quarantined", None))
    assert results(take(bucket, told, "third")) == {"third-1.0.egg": "refused"}
    assert bucket.get(record_key(normalize("third"))) is None


REFUSED = {
    "another hash": ({"digests": {"sha256": "0" * 64}}, "its sha256 is"),
    "another md5": ({"digests": {"md5": "0" * 32, "unheard": "1"}}, "its md5 is"),
    "another size": ({"digests": {}, "size": 1}, "more bytes than the 1 that"),
    "less than it says": ({"digests": {}, "size": 10**6}, "its source says 1000000"),
    "no distribution": ({"filename": "../../demo.egg"}, "neither a wheel"),
    "another project": ({"filename": "demo-1.0-py3-none-any.whl"}, "its file name says demo 1.0"),
}


@pytest.mark.parametrize(("changes", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_what_its_source_says_is_refused(
    bucket: MemoryBucket, dist: Path, changes: dict[str, Any], reason: str
) -> None:
    (row,) = take(bucket, Told(dist, **changes), "other")
    assert row.result == "refused"
    assert reason in row.reason or ".dist-info" in row.reason
    assert bucket.get(record_key(normalize("other"))) is None


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device", "/x"), OSError("No space left on device")]
)
def test_a_full_disk_is_a_row_and_not_the_end(bucket: MemoryBucket, dist: Path, error: OSError) -> None:
    rows = take(bucket, Flaky(dist, WHEEL, error), "demo")
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
    bucket: MemoryBucket, dist: Path, tmp_path: Path, changes: dict[str, Any]
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
    build_wheel(dist / "twice", files={"more.py": b""})
    build_sdist(dist / "twice")  # the very same, which is as good as one
    rows = take(bucket, FolderSource(dist))
    refused = {row.filename: row.reason for row in rows if row.result == "refused"}
    assert sorted(refused) == ["-.zip", WHEEL, "demo-1.0-py3.9.egg", "demo-x.whl"]
    assert refused[WHEEL] == f"there are two of this name: {WHEEL} is taken"
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


@pytest.mark.parametrize(("operation", "most"), [("get", 0), ("create", 5), ("replace", 30)])
def test_where_the_bucket_lets_nobody_in_the_command_ends(
    bucket: MemoryBucket, tmp_path: Path, operation: str, most: int
) -> None:
    for number in range(30):
        build_wheel(tmp_path, f"demo{number % 3}", f"1.{number}")
    publish(bucket, build_wheel(tmp_path / "before", "demo0"))

    def refuse(this_operation: str, key: str) -> None:
        if this_operation == operation and key.startswith("packages/demo"):
            raise NoAccess(f"access denied: {operation}")

    bucket.before = refuse
    told = Counting(tmp_path)
    with pytest.raises(NoAccess, match="access denied"):
        take(bucket, told)
    assert told.streamed <= most


def test_a_source_that_lets_nobody_in_costs_its_own_files_only(bucket: MemoryBucket, dist: Path) -> None:
    told = Flaky(dist, WHEEL, error=NoAccess("access denied: s3:GetObject"))
    rows = take(bucket, told)
    assert [(row.filename, row.reason) for row in rows if row.result == "failed"] == [
        (WHEEL, "access denied: s3:GetObject")
    ]
    assert_whole(bucket, "demo", "other")


def test_a_batch_that_cannot_be_listed_leaves_no_file_without_a_row(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    for minor in range(60):
        build_wheel(tmp_path, version=f"1.{minor}")
    writes = []

    def fail(operation: str, key: str) -> None:
        if (operation, key) == ("replace", record_key(DEMO)):
            writes.append(key)
            if len(writes) == 2:
                raise BucketError("S3 is too busy")

    bucket.before = fail
    rows = take(bucket, FolderSource(tmp_path))
    assert Counter((row.result, row.reason) for row in rows) == {
        ("taken", ""): 50,
        ("failed", "S3 is too busy"): 10,
    }
    assert_whole(bucket, "demo")  # what is taken is on the page, and the root names the project
    assert len(file_names(bucket, "demo")) == 50

    bucket.before = lambda _operation, _key: None
    assert Counter(row.result for row in take(bucket, FolderSource(tmp_path))) == {
        "already there": 50,
        "taken": 10,
    }


def remove(bucket: MemoryBucket, dist: Path) -> None:
    """Somebody publishes a file that is on its way, and deletes it."""
    publish(bucket, dist / WHEEL)
    delete(bucket, "demo==1.0")


def supplant(bucket: MemoryBucket, dist: Path) -> None:
    """Somebody removes every trace of the file, and publishes another one under its name."""
    publish(bucket, dist / WHEEL)
    delete(bucket, "demo==1.0", forget=True)
    publish(bucket, build_wheel(dist.parent / "own", files={"more.py": b""}))


def archive(bucket: MemoryBucket, dist: Path) -> None:
    """Somebody publishes one file, and archives the project."""
    publish(bucket, dist / WHEEL)
    index = open_project(bucket, DEMO)
    change(bucket, index, lambda record: record_changes.set_status(record, "archived", None), PATIENT)


RIVALS: dict[str, tuple[Callable[[MemoryBucket, Path], None], dict[str, str], str]] = {
    "deletes a name": (remove, {WHEEL: "refused"}, "was deleted"),
    "takes a name": (supplant, {WHEEL: "refused"}, "another file has this name here"),
    "archives": (
        archive,
        {WHEEL: "already there", "demo-1.0.tar.gz": "refused", "demo-2.0-py3-none-any.whl": "refused"},
        "the project is archived",
    ),
}


@pytest.mark.parametrize(("act", "wanted", "reason"), RIVALS.values(), ids=RIVALS)
def test_what_a_rival_makes_the_record_refuse_costs_no_other_file(
    bucket: MemoryBucket,
    dist: Path,
    act: Callable[[MemoryBucket, Path], None],
    wanted: dict[str, str],
    reason: str,
) -> None:
    bucket.before = once("create", record_key(DEMO), lambda: act(bucket, dist))
    rows = take(bucket, FolderSource(dist), "demo")
    assert results(rows) == dict.fromkeys(results(rows), "taken") | wanted
    assert len(rows) == 3
    assert {reason in row.reason for row in rows if row.result == "refused"} == {True}
    assert_whole(bucket, "demo")


def test_a_page_that_cannot_be_written_is_a_row(bucket: MemoryBucket, dist: Path) -> None:
    def fail(operation: str, key: str) -> None:
        if (operation, key) == ("replace", page_key(DEMO)):
            raise BucketError("S3 is too busy")

    bucket.before = fail
    rows = take(bucket, FolderSource(dist), "demo")
    assert Row("demo", "", None, "failed", "S3 is too busy") in rows
    assert "demo" in root_of(bucket).projects


def test_a_root_that_cannot_be_written_is_a_row_of_each_new_project(
    bucket: MemoryBucket, dist: Path, tmp_path: Path
) -> None:
    publish(bucket, build_wheel(tmp_path / "before", "other", "0.1"))

    def fail(operation: str, key: str) -> None:
        if (operation, key) == ("replace", ROOT_RECORD):
            raise BucketError("S3 is too busy")

    bucket.before = fail
    rows = take(bucket, FolderSource(dist))
    failed = [row for row in rows if row.result == "failed"]
    assert failed == [
        Row("demo", "", None, "failed", "the list of projects does not name it yet: S3 is too busy")
    ]


def test_a_record_that_cannot_be_read_costs_one_project(bucket: MemoryBucket, dist: Path) -> None:
    publish(bucket, dist / WHEEL)
    overwrite(bucket, record_key(DEMO), b"{")
    rows = take(bucket, FolderSource(dist))
    assert [(row.project, row.result) for row in rows] == [("demo", "failed"), ("other", "taken")]


@pytest.mark.parametrize(
    ("told", "words"),
    [({"size": 10}, "more bytes than the 10"), ({"size": None}, f"more than {2**20} bytes")],
    ids=["of a size that is told", "of a size that nobody tells"],
)
def test_a_file_that_does_not_end_is_not_read_to_its_end(
    bucket: MemoryBucket, dist: Path, monkeypatch: pytest.MonkeyPatch, told: dict[str, Any], words: str
) -> None:
    monkeypatch.setattr(move_file, "MOST_UNTOLD", 2**20)
    heard = Heard()
    (row,) = take(bucket, Endless(dist, **told), "other", watch=heard)
    assert (row.result, words in row.reason) == ("refused", True)
    assert heard.amount <= 2 * 2**20


def test_without_sizes_nobody_knows_how_much_is_to_come(bucket: MemoryBucket, dist: Path) -> None:
    heard = Heard()
    take(bucket, Told(dist, size=None), watch=heard)
    assert heard.expected is None


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

    with pytest.raises(MoveInterrupted, match="0 files were taken") as caught:
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
    rows = move_in(Moving(source, bucket, UPLOAD_TIME, PATIENT, Heard()), [], jobs=2)
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


def test_what_was_taken_before_an_interruption_shows(bucket: MemoryBucket, tmp_path: Path) -> None:
    for minor in range(30):
        build_wheel(tmp_path, version=f"1.{minor}")
    begun, go_on = threading.Event(), threading.Event()

    class Impatient(Counting):
        def projects(self) -> Iterator[str]:  # type: ignore[override]
            yield "demo"
            assert begun.wait(10)
            raise KeyboardInterrupt

        @contextmanager
        def stream(self, offer: Offer) -> Iterator[BinaryIO]:
            with super().stream(offer) as body:
                if bucket.get(record_key(DEMO)) is not None:  # the first step is done
                    begun.set()
                    assert go_on.wait(10)
                yield body

    class Waiting(Heard):
        def stopping(self) -> None:
            go_on.set()

    with pytest.raises(MoveInterrupted, match="25 files were taken"):
        take(bucket, Impatient(tmp_path), watch=Waiting())
    assert_whole(bucket, "demo")
    assert len(file_names(bucket, "demo")) == 25
