from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from s3pypi_admin import document as edits
from s3pypi_admin.errors import NotARepository, RefusedEdit, UnknownUser, UnusableStore
from s3pypi_admin.store import Stored, edit_store
from s3pypi_core.backoff import Backoff, Contended
from s3pypi_core.bucket import CONFIG_HEADERS, BucketError, PreconditionFailed
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.repository import create_repository
from s3pypi_edge.keys import ROOT_RECORD, USERS_KEY
from tests.admin.console import (
    IMPATIENT,
    LosesAnswers,
    put_users,
    repository_bucket,
    stored_body,
    stored_users,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from s3pypi_core.bucket import Bucket

ADMINISTRATORS = 4
EDITS_EACH = 5


def add(bucket: Bucket, name: str, backoff: Backoff = IMPATIENT) -> None:
    change = partial(edits.add_user, name=name, password=None, projects=["*"])
    edit_store(bucket, change, backoff, grants=name)


def test_a_store_is_made_where_there_is_none() -> None:
    bucket = repository_bucket()
    add(bucket, "alice")
    assert list(stored_users(bucket).users) == ["alice"]
    assert bucket.objects[USERS_KEY].headers == CONFIG_HEADERS
    assert json.loads(stored_body(bucket))["principals"] == []


def test_a_store_is_made_only_beside_a_repository() -> None:
    bucket = MemoryBucket("somebody-elses")
    with pytest.raises(NotARepository, match="somebody-elses"):
        add(bucket, "alice")
    assert not bucket.objects


def test_a_store_is_edited_whether_or_not_the_root_is_there() -> None:
    bucket = repository_bucket()
    add(bucket, "alice")
    del bucket.objects[ROOT_RECORD]
    add(bucket, "bob")
    assert set(stored_users(bucket).users) == {"alice", "bob"}


@pytest.mark.parametrize("key", [USERS_KEY, ROOT_RECORD])
def test_an_error_is_never_taken_for_an_absent_store(key: str) -> None:
    bucket = repository_bucket()
    before = dict(bucket.objects)

    def deny(_operation: str, asked: str) -> None:
        if asked == key:
            raise BucketError("access denied")

    bucket.before = deny
    with pytest.raises(BucketError, match="access denied"):
        add(bucket, "alice")
    assert bucket.objects == before


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>", id="not JSON"),
        pytest.param(b'{"version": 1, "users": {"alice": {', id="cut short"),
        pytest.param(b"\xff\xfe\x00", id="not text"),
        pytest.param(b'{"version": 2, "users": {}}', id="another version"),
        pytest.param(b'{"users": {}}', id="no version"),
        pytest.param(b'{"version": 1}', id="no users"),
        pytest.param(b'{"version": 1, "users": []}', id="users that are no object"),
        pytest.param(b"[" * 100_000, id="nested too deeply"),
        pytest.param(b'{"version": 1, "users": {}, "x": NaN}', id="NaN"),
        pytest.param(b'{"version": 1, "users": {}, "x": 1e400}', id="a number too large"),
    ],
)
def test_a_store_that_cannot_be_read_is_left_alone_with_a_way_back(body: bytes) -> None:
    bucket = repository_bucket()
    put_users(bucket, body)
    with pytest.raises(UnusableStore, match="list-object-versions --bucket acme-pypi"):
        add(bucket, "alice")
    assert stored_body(bucket) == body


def test_a_document_that_is_too_deep_to_write_is_not_written() -> None:
    bucket = repository_bucket()
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(UnusableStore):
        edit_store(bucket, lambda document: {**document, "deep": deep}, IMPATIENT)
    assert not stored_body(bucket)


def test_records_that_the_edge_leaves_out_stay_in_the_store() -> None:
    bucket = repository_bucket()
    put_users(bucket, {"version": 1, "x": 1, "users": {"bad": {"projects": "*", "tokens": None}}})
    add(bucket, "alice")
    assert json.loads(stored_body(bucket)) == {
        "version": 1,
        "x": 1,
        "users": {"bad": {"projects": "*", "tokens": None}, "alice": {"projects": ["*"]}},
    }


def test_an_edit_that_lets_nobody_in_is_refused() -> None:
    bucket = repository_bucket()
    put_users(bucket, {"version": 1, "users": {"bad": {"password": "plain", "projects": []}}})
    before = stored_body(bucket)
    with pytest.raises(RefusedEdit, match="user 'bad' is left out"):
        edit_store(bucket, partial(edits.set_projects, name="bad", projects=["*"]), IMPATIENT, grants="bad")
    assert stored_body(bucket) == before


def test_an_edit_that_breaks_a_record_is_refused() -> None:
    bucket = repository_bucket()
    add(bucket, "alice")
    before = stored_body(bucket)
    with pytest.raises(RefusedEdit, match="user 'alice' is left out"):
        edit_store(bucket, partial(edits.set_password, name="alice", password="plain"), IMPATIENT)
    assert stored_body(bucket) == before


def interrupt(bucket: MemoryBucket, operation: str, act: Callable[[], None]) -> None:
    """Let ``act`` happen once, just before the next ``operation`` on the user store."""

    def before(asked: str, key: str) -> None:
        if (asked, key) == (operation, USERS_KEY):
            bucket.before = lambda _operation, _key: None
            act()

    bucket.before = before


@pytest.mark.parametrize("operation", ["create", "replace"])
def test_what_another_wrote_in_between_is_kept(operation: str) -> None:
    bucket = repository_bucket()
    if operation == "replace":
        add(bucket, "first")
    interrupt(bucket, operation, lambda: add(bucket, "bob"))
    add(bucket, "alice")
    assert set(stored_users(bucket).users) >= {"alice", "bob"}


def test_an_edit_is_judged_by_what_it_meets_at_last() -> None:
    bucket = repository_bucket()
    add(bucket, "alice")

    def remove() -> None:
        edit_store(bucket, partial(edits.remove_user, name="alice"), IMPATIENT)

    interrupt(bucket, "replace", remove)
    with pytest.raises(UnknownUser):
        edit_store(bucket, partial(edits.set_projects, name="alice", projects=[]), IMPATIENT)


def test_a_write_whose_answer_got_lost_is_not_done_twice() -> None:
    bucket = repository_bucket()
    add(LosesAnswers(bucket), "alice")
    assert list(stored_users(bucket).users) == ["alice"]


def test_a_store_that_others_never_leave_alone_ends_the_command() -> None:
    bucket = repository_bucket()
    put_users(bucket, {"version": 1, "users": {}})
    waits: list[float] = []

    def lose(operation: str, key: str) -> None:
        if operation == "replace":
            raise PreconditionFailed(key)

    bucket.before = lose
    with pytest.raises(Contended, match=USERS_KEY):
        add(bucket, "alice", Backoff(attempts=4, sleep=waits.append, random=lambda: 1.0))
    assert waits == sorted(waits)
    assert len(waits) == 3


def race(bucket: Bucket, *, each: int) -> None:
    """Let several administrators add users at once, and remove every other one again."""

    def administrate(administrator: int) -> None:
        for number in range(each):
            name = f"user-{administrator}-{number}"
            add(bucket, name, Backoff())
            if number % 2:
                edit_store(bucket, partial(edits.remove_user, name=name), Backoff())

    with ThreadPoolExecutor(ADMINISTRATORS) as pool:
        list(pool.map(administrate, range(ADMINISTRATORS)))
    expected = {f"user-{who}-{number}" for who in range(ADMINISTRATORS) for number in range(0, each, 2)}
    assert set(stored_users(bucket).users) == expected


def test_administrators_at_once_lose_nothing() -> None:
    race(repository_bucket(), each=EDITS_EACH)


@pytest.mark.loopback
def test_administrators_at_once_lose_nothing_on_a_real_server(s3_bucket: S3Bucket) -> None:
    create_repository(s3_bucket)
    race(s3_bucket, each=2)


@pytest.mark.loopback
def test_a_bucket_without_a_store_is_told_apart_on_a_real_server(s3_bucket: S3Bucket) -> None:
    with pytest.raises(NotARepository):
        Stored.read(s3_bucket)
    create_repository(s3_bucket)
    assert not Stored.read(s3_bucket).users.users
