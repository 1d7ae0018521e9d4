from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.backoff import Backoff, Contended
from s3pypi_core.bucket import (
    PAGE_HEADERS,
    RECORD_HEADERS,
    BucketError,
    Headers,
    PreconditionFailed,
)
from s3pypi_core.distribution import Distribution
from s3pypi_core.errors import RepositoryError
from s3pypi_core.file import File
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.page import generation_of, project_page
from s3pypi_core.plan import Plan, SeveralErrors
from s3pypi_core.progress import Silent
from s3pypi_core.project_index import ProjectIndex, RecordLost, RecordSetBack
from s3pypi_core.record import Record
from s3pypi_core.repository import create_repository
from s3pypi_core.root import Root
from s3pypi_core.root_index import NoRepository
from s3pypi_core.upload import UploadInterrupted, rehearse, upload
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, file_key, metadata_key, normalize, page_key, record_key
from tests.builders import build_metadata, build_sdist, build_wheel
from tests.repositories import (
    UPLOAD_TIME,
    assert_installable,
    assert_whole,
    file_names,
    publish,
    record_of,
    root_of,
)
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from s3pypi_core.plan import Outcome

DEMO = normalize("demo")
RECORD, PAGE = record_key(DEMO), page_key(DEMO)
WHEEL = "demo-1.0-py3-none-any.whl"


@pytest.fixture
def bucket() -> MemoryBucket:
    bucket = MemoryBucket("acme-pypi")
    create_repository(bucket)
    return bucket


def once(operation: str, key: str, action: Callable[[], object]) -> Callable[[str, str], None]:
    """A hook that does something just before the first request of that kind, and never again."""
    pending = [action]

    def before(this_operation: str, this_key: str) -> None:
        if (this_operation, this_key) == (operation, key) and pending:
            pending.pop()()

    return before


def test_a_new_project_is_listed_everywhere(bucket: MemoryBucket, tmp_path: Path) -> None:
    wheel, sdist = build_wheel(tmp_path), build_sdist(tmp_path)

    report = publish(bucket, wheel, sdist)

    assert report.outcomes == {wheel.name: "uploaded", sdist.name: "uploaded"}
    assert report.errors == []
    assert_whole(bucket, "demo")
    assert file_names(bucket, "demo") == {wheel.name, sdist.name}
    assert record_of(bucket, "demo").generation == 1


def test_a_release_of_two_projects_is_named_by_one_change_of_the_root(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    publish(bucket, build_wheel(tmp_path, "one"), build_wheel(tmp_path, "two"))

    assert_whole(bucket, "one", "two")
    assert root_of(bucket).generation == 1


def test_the_same_upload_again_writes_nothing(bucket: MemoryBucket, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)
    publish(bucket, wheel)
    before = dict(bucket.objects)

    report = publish(bucket, wheel, time="2027-01-01T00:00:00.000000Z")

    assert report.outcomes == {wheel.name: "already there"}
    assert bucket.objects == before


def test_a_second_release_keeps_the_first(bucket: MemoryBucket, tmp_path: Path) -> None:
    publish(bucket, build_wheel(tmp_path, version="1.0"))
    publish(bucket, build_wheel(tmp_path, version="2.0"))

    assert_whole(bucket, "demo")
    assert record_of(bucket, "demo").versions == ["1.0", "2.0"]


def test_one_version_into_many_costs_as_many_requests_as_into_few(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    def requests_of_one_more(version: str) -> list[tuple[str, str]]:
        seen: list[tuple[str, str]] = []
        bucket.before = lambda operation, key: seen.append((operation, key))
        publish(bucket, build_wheel(tmp_path, version=version))
        bucket.before = lambda _operation, _key: None
        return seen

    publish(bucket, build_wheel(tmp_path, version="0.1"))
    few = requests_of_one_more("1.0")
    publish(bucket, *[build_wheel(tmp_path, version=f"2.{minor}") for minor in range(50)])
    many = requests_of_one_more("3.0")

    assert len(few) == len(many) == 8  # 4 reads, the file, its metadata, the record, the page


def test_other_bytes_under_a_listed_name_are_refused_and_nothing_changes(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    publish(bucket, build_wheel(tmp_path / "a"))
    before = dict(bucket.objects)

    with pytest.raises(SeveralErrors, match=WHEEL):
        publish(bucket, build_wheel(tmp_path / "b", files={"more.py": b""}), build_wheel(tmp_path, "other"))

    assert bucket.objects == before


def test_other_bytes_under_a_listed_name_can_be_skipped(bucket: MemoryBucket, tmp_path: Path) -> None:
    publish(bucket, build_wheel(tmp_path / "a"))
    other = build_wheel(tmp_path / "b", files={"more.py": b""})

    report = publish(bucket, other, build_wheel(tmp_path, version="2.0"), skip_existing=True)

    assert report.outcomes == {other.name: "skipped", "demo-2.0-py3-none-any.whl": "uploaded"}
    assert_whole(bucket, "demo")


def test_the_loser_of_a_race_for_a_name_changes_nothing_and_leaves_no_metadata(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    winner = build_wheel(tmp_path / "a", requires=["winner"])
    loser = build_wheel(tmp_path / "b", requires=["loser"])
    key = file_key(DEMO, WHEEL)
    metadata_sent: list[str] = []

    def rival_sends_only_the_file() -> None:
        distribution = Distribution.read(winner)
        metadata = {"sha256": distribution.sha256, "upload-time": UPLOAD_TIME}
        bucket.create(key, winner.read_bytes(), Headers("application/octet-stream", "", metadata))

    hook = once("create", key, rival_sends_only_the_file)

    def before(operation: str, this_key: str) -> None:
        hook(operation, this_key)
        if this_key == metadata_key(DEMO, WHEEL):
            metadata_sent.append(operation)

    bucket.before = before
    report = publish(bucket, loser)

    assert report.outcomes == {}
    assert WHEEL in str(report.errors[0])
    assert metadata_sent == []
    assert bucket.get(RECORD) is None

    publish(bucket, winner)
    assert_whole(bucket, "demo")


def test_the_loser_of_a_race_can_skip(bucket: MemoryBucket, tmp_path: Path) -> None:
    winner, loser = build_wheel(tmp_path / "a"), build_wheel(tmp_path / "b", files={"more.py": b""})
    bucket.before = once("create", file_key(DEMO, WHEEL), lambda: publish(bucket, winner))

    report = publish(bucket, loser, skip_existing=True)

    assert report.outcomes == {WHEEL: "skipped"}
    assert_whole(bucket, "demo")


def test_a_skipped_file_that_nobody_listed_makes_no_project(bucket: MemoryBucket, tmp_path: Path) -> None:
    bucket.create(file_key(DEMO, WHEEL), b"something else", Headers("", ""))

    report = publish(bucket, build_wheel(tmp_path), skip_existing=True)

    assert report.outcomes == {WHEEL: "skipped"}
    assert_whole(bucket)
    assert bucket.get(RECORD) is None
    assert bucket.get(PAGE) is None


@pytest.mark.parametrize("key", [file_key(DEMO, WHEEL), metadata_key(DEMO, WHEEL)], ids=["file", "metadata"])
def test_a_conflict_with_an_upload_that_came_to_nothing_is_tried_again(
    bucket: MemoryBucket, tmp_path: Path, key: str
) -> None:
    """S3 answers 409 while another request for the key is under way, and that one may fail."""

    def conflict() -> None:
        raise PreconditionFailed(key)

    bucket.before = once("create", key, conflict)

    assert publish(bucket, build_wheel(tmp_path)).outcomes == {WHEEL: "uploaded"}
    assert_whole(bucket, "demo")


def test_an_object_that_does_not_say_its_hash_is_not_taken_on_trust(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    wheel = build_wheel(tmp_path)
    bucket.create(file_key(DEMO, WHEEL), wheel.read_bytes(), Headers("", ""))

    assert WHEEL in str(publish(bucket, wheel).errors[0])


def test_another_metadata_file_beside_the_same_distribution_is_an_error(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    bucket.create(metadata_key(DEMO, WHEEL), b"something else", Headers("", ""))

    (error,) = publish(bucket, build_wheel(tmp_path)).errors

    assert f"{WHEEL}.metadata" in str(error)
    assert bucket.get(RECORD) is None


def test_the_same_metadata_file_without_its_distribution_is_fine(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    wheel = build_wheel(tmp_path)
    bucket.create(metadata_key(DEMO, WHEEL), Distribution.read(wheel).metadata, Headers("", ""))

    assert publish(bucket, wheel).outcomes == {WHEEL: "uploaded"}
    assert_whole(bucket, "demo")


def test_an_sdist_whose_metadata_is_not_final_has_no_metadata_file(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    sdist = build_sdist(tmp_path, metadata=build_metadata(metadata_version="2.1"))

    publish(bucket, sdist)

    assert bucket.get(metadata_key(DEMO, sdist.name)) is None
    assert [file.core_metadata for file in record_of(bucket, "demo").files] == [None]
    assert_whole(bucket, "demo")


def test_the_first_upload_time_is_kept(bucket: MemoryBucket, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)

    def crash() -> None:
        raise BucketError("no network")

    bucket.before = once("create", RECORD, crash)
    assert "no network" in str(publish(bucket, wheel).errors[0])

    publish(bucket, wheel, time="2027-01-01T00:00:00.000000Z")

    assert [file.upload_time for file in record_of(bucket, "demo").files] == [UPLOAD_TIME]


@pytest.mark.parametrize("said", [{}, {"upload-time": "yesterday"}], ids=["none", "nonsense"])
def test_an_object_without_a_readable_upload_time_counts_from_now(
    bucket: MemoryBucket, tmp_path: Path, said: dict[str, str]
) -> None:
    distribution = Distribution.read(build_wheel(tmp_path))
    headers = Headers("", "", {"sha256": distribution.sha256, **said})
    bucket.create(file_key(DEMO, WHEEL), distribution.path.read_bytes(), headers)

    assert publish(bucket, distribution.path).outcomes == {WHEEL: "uploaded"}
    assert [file.upload_time for file in record_of(bucket, "demo").files] == [UPLOAD_TIME]


def test_two_projects_do_not_share_a_failure(bucket: MemoryBucket, tmp_path: Path) -> None:
    def crash() -> None:
        raise BucketError("no network")

    bucket.before = once("create", record_key(normalize("bad")), crash)

    report = publish(bucket, build_wheel(tmp_path, "bad"), build_wheel(tmp_path, "good"))

    assert report.outcomes == {"good-1.0-py3-none-any.whl": "uploaded"}
    assert [str(error) for error in report.errors] == ["no network"]
    assert_whole(bucket, "good")


def test_a_root_that_cannot_be_written_is_reported_and_finished_by_the_next_run(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    wheel = build_wheel(tmp_path)

    def crash() -> None:
        raise BucketError("no network")

    bucket.before = once("replace", ROOT_RECORD, crash)

    report = publish(bucket, wheel)

    assert (report.outcomes, len(report.errors)) == ({wheel.name: "uploaded"}, 1)
    assert publish(bucket, wheel).errors == []
    assert_whole(bucket, "demo")


class Killed(BaseException):
    """The process is gone: no request is made any more."""


@pytest.mark.parametrize("existing", [False, True], ids=["new project", "project with a release"])
def test_a_crash_before_any_request_is_finished_by_the_same_command(
    tmp_path: Path, *, existing: bool
) -> None:
    old = build_wheel(tmp_path, version="0.9")
    files = [build_wheel(tmp_path), build_sdist(tmp_path), build_wheel(tmp_path, "other")]
    survived = 0
    while True:
        bucket = MemoryBucket("acme-pypi")
        create_repository(bucket)
        if existing:
            publish(bucket, old)
        requests = iter(range(survived))

        def before(_operation: str, _key: str, requests: Iterator[int] = requests) -> None:
            if next(requests, None) is None:
                raise Killed

        bucket.before = before
        try:
            publish(bucket, *files)
            break
        except Killed:
            bucket.before = lambda _operation, _key: None
        if existing:
            assert old.name in file_names(bucket, "demo")
        for project in root_of(bucket).projects:
            assert_installable(bucket, project)
        assert publish(bucket, *files).errors == []
        assert_whole(bucket, "demo", "other")
        survived += 1
    assert survived > 15


def test_nothing_to_add_still_brings_an_old_page_up_to_date(bucket: MemoryBucket, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)
    publish(bucket, wheel)
    old_page, old_root_page = bucket.objects[PAGE], bucket.objects[ROOT_PAGE]
    publish(bucket, build_wheel(tmp_path, version="2.0"), build_wheel(tmp_path, "other"))
    bucket.objects[PAGE], bucket.objects[ROOT_PAGE] = old_page, old_root_page

    publish(bucket, wheel)

    assert_whole(bucket, "demo", "other")


@pytest.mark.parametrize("key", [PAGE, ROOT_PAGE])
def test_a_page_that_was_deleted_by_hand_comes_back(bucket: MemoryBucket, tmp_path: Path, key: str) -> None:
    wheel = build_wheel(tmp_path)
    publish(bucket, wheel)
    del bucket.objects[key]

    publish(bucket, wheel)

    assert_whole(bucket, "demo")


def test_a_page_of_somebody_else_is_replaced(bucket: MemoryBucket, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)
    publish(bucket, wheel)
    del bucket.objects[PAGE]
    bucket.create(PAGE, b"<html>by hand</html>", PAGE_HEADERS)

    publish(bucket, wheel)

    assert_whole(bucket, "demo")


def test_a_rival_between_reading_and_writing_the_record_loses_nothing(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    publish(bucket, build_wheel(tmp_path, version="0.9"))
    rival = build_wheel(tmp_path, version="2.0")
    bucket.before = once("replace", RECORD, lambda: publish(bucket, rival))

    publish(bucket, build_wheel(tmp_path))

    assert_whole(bucket, "demo")
    assert record_of(bucket, "demo").versions == ["0.9", "1.0", "2.0"]


@pytest.mark.parametrize(
    ("operation", "key"),
    [("create", PAGE), ("create", RECORD), ("get", RECORD), ("get", PAGE)],
    ids=["empty page", "record", "reading the record", "reading the page"],
)
def test_two_uploaders_of_one_new_project_lose_nothing(
    bucket: MemoryBucket, tmp_path: Path, operation: str, key: str
) -> None:
    rival = build_wheel(tmp_path, version="2.0")
    bucket.before = once(operation, key, lambda: publish(bucket, rival))

    publish(bucket, build_wheel(tmp_path))

    assert_whole(bucket, "demo")
    assert record_of(bucket, "demo").versions == ["1.0", "2.0"]


def test_a_rival_that_finishes_between_our_two_reads_is_seen(bucket: MemoryBucket, tmp_path: Path) -> None:
    record_as_read_before = bucket.get(RECORD)
    publish(bucket, build_wheel(tmp_path))

    index = ProjectIndex.of(bucket, DEMO, record_as_read_before, bucket.get(PAGE), known=False)

    assert record_as_read_before is None
    assert index.record == record_of(bucket, "demo")


def test_a_slow_writer_cannot_bring_an_older_page_back(bucket: MemoryBucket, tmp_path: Path) -> None:
    """The page becomes again, but for its generation, what the slow writer read before."""
    publish(bucket, build_wheel(tmp_path))
    first = record_of(bucket, "demo")

    def remove_the_new_release_at_once() -> None:
        record, page = bucket.get(RECORD), bucket.get(PAGE)
        assert record is not None
        assert page is not None
        back = replace(first, generation=first.generation + 2)
        bucket.replace(RECORD, back.to_json(), RECORD_HEADERS, etag=record.etag)
        bucket.replace(PAGE, project_page(back), PAGE_HEADERS, etag=page.etag)

    bucket.before = once("replace", PAGE, remove_the_new_release_at_once)

    publish(bucket, build_wheel(tmp_path, version="2.0"))

    assert_whole(bucket, "demo")
    assert record_of(bucket, "demo").versions == ["1.0"]


def test_a_page_that_a_rival_wrote_for_a_newer_record_stays(bucket: MemoryBucket, tmp_path: Path) -> None:
    rival = build_wheel(tmp_path, version="2.0")
    publish(bucket, build_wheel(tmp_path, version="0.9"))
    bucket.before = once("replace", PAGE, lambda: publish(bucket, rival))

    publish(bucket, build_wheel(tmp_path))

    assert_whole(bucket, "demo")
    assert record_of(bucket, "demo").versions == ["0.9", "1.0", "2.0"]


@pytest.mark.parametrize("gone", [[RECORD], [RECORD, PAGE]], ids=["record", "record and page"])
def test_a_record_that_vanished_is_refused_and_not_begun_again(
    bucket: MemoryBucket, tmp_path: Path, gone: list[str]
) -> None:
    publish(bucket, build_wheel(tmp_path))
    for key in gone:
        del bucket.objects[key]
    before = dict(bucket.objects)

    with pytest.raises(RecordLost, match="verify --repair demo"):
        publish(bucket, build_wheel(tmp_path, version="2.0"))

    assert bucket.objects == before


def test_nothing_is_written_onto_a_record_that_is_older_than_its_page(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    publish(bucket, build_wheel(tmp_path))
    earlier = bucket.objects[RECORD]
    publish(bucket, build_wheel(tmp_path, version="2.0"))
    bucket.objects[RECORD] = earlier
    before = dict(bucket.objects)

    with pytest.raises(RecordSetBack, match="verify --repair demo"):
        publish(bucket, build_wheel(tmp_path, version="3.0"))

    assert bucket.objects == before


def test_a_record_that_was_read_before_a_rivals_page_is_read_again(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    publish(bucket, build_wheel(tmp_path))
    rival = build_wheel(tmp_path, version="2.0")
    bucket.before = once("get", PAGE, lambda: publish(bucket, rival))

    publish(bucket, build_wheel(tmp_path, version="3.0"))

    assert record_of(bucket, "demo").versions == ["1.0", "2.0", "3.0"]
    assert_whole(bucket, "demo")


def test_a_record_that_vanishes_during_the_upload_is_not_begun_again(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    publish(bucket, build_wheel(tmp_path))

    def vanish() -> None:
        del bucket.objects[RECORD], bucket.objects[PAGE]

    bucket.before = once("replace", RECORD, vanish)

    (error,) = publish(bucket, build_wheel(tmp_path, version="2.0")).errors

    assert isinstance(error, RecordLost)
    assert bucket.get(RECORD) is None


def test_an_error_is_never_an_empty_record(bucket: MemoryBucket, tmp_path: Path) -> None:
    publish(bucket, build_wheel(tmp_path))
    before = dict(bucket.objects)

    def deny() -> None:
        raise BucketError("access denied")

    bucket.before = once("get", RECORD, deny)
    with pytest.raises(BucketError, match="access denied"):
        publish(bucket, build_wheel(tmp_path, version="2.0"))

    assert bucket.objects == before


def test_a_damaged_record_is_left_alone(bucket: MemoryBucket, tmp_path: Path) -> None:
    bucket.create(RECORD, b"<html>", RECORD_HEADERS)
    before = dict(bucket.objects)

    with pytest.raises(RepositoryError, match=RECORD):
        publish(bucket, build_wheel(tmp_path))

    assert bucket.objects == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"project-status": {"status": "archived"}}, "archived"),
        ({"project-status": {"status": "quarantined"}}, "quarantined"),
        ({"_removed": {WHEEL: {"sha256": "0" * 64, "date": UPLOAD_TIME}}}, WHEEL),
    ],
    ids=["archived", "quarantined", "tombstone"],
)
def test_what_a_project_refuses_is_refused_before_anything_is_written(
    bucket: MemoryBucket, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    put_record(bucket, change)
    before = dict(bucket.objects)

    with pytest.raises(SeveralErrors, match=said):
        publish(bucket, build_wheel(tmp_path))

    assert bucket.objects == before


def put_record(bucket: MemoryBucket, change: dict[str, object]) -> None:
    """Give the project an empty record with these keys besides."""
    document = json.loads(Record(DEMO).to_json()) | {"_generation": 1} | change
    bucket.objects.pop(RECORD, None)
    bucket.create(RECORD, json.dumps(document).encode(), RECORD_HEADERS)


def test_a_project_that_is_archived_during_the_upload_takes_nothing(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    publish(bucket, build_wheel(tmp_path, version="0.9"))
    bucket.before = once(
        "replace", RECORD, lambda: put_record(bucket, {"project-status": {"status": "archived"}})
    )

    (error,) = publish(bucket, build_wheel(tmp_path)).errors

    assert "archived" in str(error)
    assert record_of(bucket, "demo").files == ()


def test_a_bucket_without_a_repository_is_refused_with_the_option_that_makes_one(tmp_path: Path) -> None:
    bucket = MemoryBucket("acme-pypi")

    with pytest.raises(NoRepository, match="--create"):
        publish(bucket, build_wheel(tmp_path))

    assert bucket.objects == {}


def test_a_project_that_was_emptied_meanwhile_is_named_again(bucket: MemoryBucket, tmp_path: Path) -> None:
    """A deletion takes the name off the root: what was read of the root before does not count."""
    publish(bucket, build_wheel(tmp_path, version="0.9"))
    put_record(bucket, {"_generation": 2})  # emptied; the root still names it when we read it

    bucket.before = once("create", file_key(DEMO, WHEEL), lambda: take_off_the_root(bucket))

    publish(bucket, build_wheel(tmp_path))

    assert DEMO in root_of(bucket)


def take_off_the_root(bucket: MemoryBucket) -> None:
    """What a deletion does at its end."""
    found = bucket.get(ROOT_RECORD)
    assert found is not None
    root = Root.parse(found.body)
    emptied = replace(root, projects=(), generation=root.generation + 1)
    bucket.replace(ROOT_RECORD, emptied.to_json(), RECORD_HEADERS, etag=found.etag)


def test_a_record_whose_answer_was_lost_does_not_vouch_for_the_root(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    """Read again, the record lists our own files: that says nothing about the root as it was before."""
    publish(bucket, build_wheel(tmp_path, version="0.9"))
    put_record(bucket, {"_generation": 2})  # emptied; the root still names it when we read it

    def lose_the_answer() -> None:
        take_off_the_root(bucket)
        found = bucket.get(RECORD)
        assert found is not None
        files = [distribution_file(wheel)]
        done = Record.parse(found.body, DEMO).with_files(files)
        bucket.replace(RECORD, done.to_json(), RECORD_HEADERS, etag=found.etag)

    wheel = build_wheel(tmp_path)
    bucket.before = once("replace", RECORD, lose_the_answer)

    publish(bucket, wheel)

    assert DEMO in root_of(bucket)


def distribution_file(path: Path) -> File:
    """What an upload at UPLOAD_TIME writes about a wheel."""
    distribution = Distribution.read(path)
    return File(
        filename=path.name,
        sha256=distribution.sha256,
        size=distribution.size,
        upload_time=UPLOAD_TIME,
        core_metadata=hashlib.sha256(distribution.metadata).hexdigest(),
    )


def test_a_new_project_begins_with_its_empty_page(bucket: MemoryBucket, tmp_path: Path) -> None:
    """So that the project is never half there: see step 3 of docs/formats.md."""
    written: list[tuple[str, int]] = []

    def before(operation: str, key: str) -> None:
        if operation == "create" and key in (PAGE, RECORD):
            page = bucket.objects.get(PAGE)
            written.append((key, generation_of(page.body) if page else -1))

    bucket.before = before

    publish(bucket, build_wheel(tmp_path))

    assert written == [(PAGE, -1), (RECORD, 0)]


def test_bytes_that_changed_since_they_were_hashed_are_not_stored(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    wheel = build_wheel(tmp_path)
    bucket.before = once("create", file_key(DEMO, WHEEL), lambda: wheel.write_bytes(b"something else"))

    (error,) = publish(bucket, wheel).errors

    assert "changed after they were hashed" in str(error)
    assert_whole(bucket)
    assert bucket.get(file_key(DEMO, WHEEL)) is None


def test_files_are_sent_side_by_side(bucket: MemoryBucket, tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=10)

    def before(operation: str, key: str) -> None:
        if operation == "create" and key.endswith(".whl"):
            both.wait()

    bucket.before = before

    publish(bucket, build_wheel(tmp_path), build_wheel(tmp_path, "other"))

    assert_whole(bucket, "demo", "other")


def test_waits_are_drawn_at_random() -> None:
    waits: list[float] = []
    draws = iter([0.5, 0.25])
    backoff = Backoff(attempts=3, sleep=waits.append, random=lambda: next(draws))

    def fail(_again: bool) -> None:  # noqa: FBT001  # as Backoff calls it
        raise PreconditionFailed("key")

    with pytest.raises(Contended):
        backoff.persist("key", fail)
    assert waits == [0.05, 0.05]


def test_a_root_that_changed_in_between_keeps_both_names(bucket: MemoryBucket, tmp_path: Path) -> None:
    rival = build_wheel(tmp_path, "rival")
    bucket.before = once("replace", ROOT_RECORD, lambda: publish(bucket, rival))

    publish(bucket, build_wheel(tmp_path))

    assert_whole(bucket, "demo", "rival")


def test_a_root_page_that_changed_in_between_ends_up_current(bucket: MemoryBucket, tmp_path: Path) -> None:
    rival = build_wheel(tmp_path, "rival")
    bucket.before = once("replace", ROOT_PAGE, lambda: publish(bucket, rival))

    publish(bucket, build_wheel(tmp_path))

    assert_whole(bucket, "demo", "rival")


def test_a_rehearsal_reads_and_writes_nothing(bucket: MemoryBucket, tmp_path: Path) -> None:
    publish(bucket, build_wheel(tmp_path))
    before = dict(bucket.objects)
    plan = Plan.of([Distribution.read(build_wheel(tmp_path, version=v)) for v in ("1.0", "2.0")])

    report = rehearse(plan, bucket)

    assert report.outcomes == {WHEEL: "already there", "demo-2.0-py3-none-any.whl": "uploaded"}
    assert bucket.objects == before


def test_the_same_file_twice_counts_once(tmp_path: Path) -> None:
    distribution = Distribution.read(build_wheel(tmp_path))
    assert list(Plan.of([distribution, distribution])) == [distribution]


def test_two_files_of_one_name_cannot_both_be_meant(tmp_path: Path) -> None:
    one = Distribution.read(build_wheel(tmp_path / "a"))
    two = Distribution.read(build_wheel(tmp_path / "b", files={"more.py": b""}))
    with pytest.raises(RepositoryError, match="same name"):
        Plan.of([one, two])


@pytest.mark.parametrize("key", [RECORD, PAGE, ROOT_RECORD])
def test_an_endless_race_ends_with_a_sentence(bucket: MemoryBucket, tmp_path: Path, key: str) -> None:
    publish(bucket, build_wheel(tmp_path, version="0.9"))
    if key == ROOT_RECORD:
        bucket.objects[key] = bucket.objects[key]._replace(body=Root().to_json())
    versions = iter(range(1000))

    def before(operation: str, this_key: str) -> None:
        if (operation, this_key) == ("replace", key):
            stored = bucket.objects[key]
            bucket.objects[key] = stored._replace(body=stored.body + b" " * (next(versions) + 1))

    bucket.before = before
    waits: list[float] = []
    backoff = Backoff(attempts=5, sleep=waits.append, random=lambda: 1.0)
    plan = Plan.of([Distribution.read(build_wheel(tmp_path))])

    report = upload(plan, bucket, upload_time=UPLOAD_TIME, backoff=backoff)

    assert [type(error) for error in report.errors] == [Contended]
    assert waits == [0.1, 0.2, 0.4, 0.8]
    assert "run the same command again" in str(report.errors[0])


def test_what_was_listed_before_is_there_even_where_another_file_fails(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    old, new = build_wheel(tmp_path, version="0.9"), build_wheel(tmp_path)
    publish(bucket, old)

    def before(operation: str, key: str) -> None:
        if operation == "create" and key.endswith(new.name):
            raise BucketError("no network")

    bucket.before = before
    report = publish(bucket, old, new)

    assert report.outcomes == {old.name: "already there"}
    assert [error.message for error in report.errors] == ["no network"]


class Audience(Silent):
    """Writes down what it is told, as a progress bar would show it."""

    def __init__(self) -> None:
        self.totals: list[int] = []
        self.amounts: list[int] = []
        self.outcomes: dict[str, str] = {}
        self.stops = 0

    def begin(self, total: int) -> None:
        self.totals.append(total)

    def sent(self, amount: int) -> None:
        self.amounts.append(amount)

    def finished(self, filename: str, outcome: Outcome) -> None:
        assert filename not in self.outcomes
        self.outcomes[filename] = outcome

    def stopping(self) -> None:
        self.stops += 1


def test_the_audience_hears_of_every_file_and_of_every_byte_once(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    listed, taken = build_wheel(tmp_path), build_wheel(tmp_path / "a", version="2.0")
    publish(bucket, listed, taken)
    other = build_wheel(tmp_path / "b", version="2.0", files={"more.py": b""})
    sent, there = build_wheel(tmp_path, version="3.0"), build_sdist(tmp_path, version="3.0")
    metadata = {"sha256": Distribution.read(there).sha256}
    headers = Headers("application/gzip", "", metadata)
    bucket.create(file_key(DEMO, there.name), there.read_bytes(), headers)
    audience = Audience()

    report = publish(bucket, listed, other, sent, there, skip_existing=True, progress=audience)

    assert audience.totals == [sent.stat().st_size + there.stat().st_size]
    assert sum(audience.amounts) == audience.totals[0]
    assert audience.outcomes == report.outcomes
    assert report.outcomes == {
        listed.name: "already there",
        other.name: "skipped",
        sent.name: "uploaded",
        there.name: "uploaded",
    }


def test_a_file_that_fails_does_not_finish(bucket: MemoryBucket, tmp_path: Path) -> None:
    good, bad = build_wheel(tmp_path), build_wheel(tmp_path, "other")

    def before(_operation: str, key: str) -> None:
        if key.endswith(bad.name):
            raise BucketError("no network")

    bucket.before = before
    audience = Audience()

    publish(bucket, good, bad, progress=audience)

    assert audience.outcomes == {good.name: "uploaded"}


@pytest.mark.parametrize(
    ("operation", "key", "said"),
    [
        ("get", RECORD, "interrupted; nothing was changed"),
        ("create", file_key(DEMO, WHEEL), "interrupted; not visible yet, or not everywhere: demo, other"),
        ("replace", ROOT_RECORD, "interrupted; visible now: demo; not visible yet, or not everywhere: other"),
    ],
    ids=["at the first request", "at a file", "at the last but one"],
)
def test_an_interrupted_upload_says_what_is_visible(
    bucket: MemoryBucket, tmp_path: Path, operation: str, key: str, said: str
) -> None:
    publish(bucket, build_wheel(tmp_path, version="0.9"))
    files, audience = [build_wheel(tmp_path), build_wheel(tmp_path, "other")], Audience()

    def interrupt() -> None:
        if key == ROOT_RECORD:  # the page of demo is written beside the root
            until(lambda: generation_of(bucket.objects[PAGE].body) == 2)
        raise KeyboardInterrupt

    bucket.before = once(operation, key, interrupt)
    with pytest.raises(UploadInterrupted) as caught:
        publish(bucket, *files, progress=audience)

    assert str(caught.value) == said
    assert "same command" in caught.value.hint
    assert audience.stops == 1
    assert publish(bucket, *files).errors == []
    assert_whole(bucket, "demo", "other")


def test_the_page_of_a_project_and_the_root_do_not_wait_for_each_other(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    root_written = threading.Event()

    def before(operation: str, key: str) -> None:
        if (operation, key) == ("replace", ROOT_PAGE):
            root_written.set()
        if (operation, key) == ("replace", PAGE):
            assert root_written.wait(5)

    bucket.before = before
    publish(bucket, build_wheel(tmp_path))
    assert_whole(bucket, "demo")


def test_a_new_project_costs_one_reading_of_the_root(bucket: MemoryBucket, tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []
    bucket.before = lambda operation, key: seen.append((operation, key))

    publish(bucket, build_wheel(tmp_path))

    assert seen.count(("get", ROOT_RECORD)) == 1
    assert len(seen) == 11  # 4 reads, the file, its metadata, two pages, the record, the root pair


def test_a_listed_file_that_is_removed_meanwhile_is_not_called_there(
    bucket: MemoryBucket, tmp_path: Path
) -> None:
    old, new = build_wheel(tmp_path, version="0.9"), build_wheel(tmp_path)
    publish(bucket, old)
    tombstone = {old.name: {"sha256": "0" * 64, "date": UPLOAD_TIME}}
    bucket.before = once("replace", RECORD, lambda: put_record(bucket, {"_removed": tombstone}))

    report = publish(bucket, old, new)

    assert report.outcomes == {}
    assert old.name in str(report.errors[0])
