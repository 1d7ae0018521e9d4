from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from s3pypi_admin.errors import NotARepository, UnusableKeys
from s3pypi_admin.key_store import StoredKeys, make_first_key, rotate
from s3pypi_core.backoff import Backoff
from s3pypi_core.bucket import CONFIG_HEADERS
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.repository import create_repository
from s3pypi_edge.keys import SIGNING_KEYS_KEY
from tests.admin.console import IMPATIENT, NOW, Console, LosesAnswers, repository_bucket

if TYPE_CHECKING:
    from s3pypi_core.aws.s3_bucket import S3Bucket
    from s3pypi_core.bucket import Bucket
    from s3pypi_edge.signing_keys import KeyRing

DAY = 86_400


def ring(bucket: Bucket) -> KeyRing:
    return StoredKeys.read(bucket).ring


def ids(bucket: Bucket) -> list[str]:
    return [key.id for key in ring(bucket).keys]


def put_keys(bucket: Bucket, body: bytes | dict[str, Any]) -> None:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    bucket.create(SIGNING_KEYS_KEY, text, CONFIG_HEADERS)


def test_the_first_key_signs_at_once(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    console.run("key", "rotate")
    (key,) = ring(console.bucket).keys
    assert capsys.readouterr() == (f"made the signing key {key.id}\n", "")
    assert (key.created, len(key.key), key.key != bytes(32)) == (NOW, 32, True)
    assert ring(console.bucket).signer(NOW) == key
    assert console.bucket.objects[SIGNING_KEYS_KEY].headers == CONFIG_HEADERS


def test_a_rotation_says_when_the_new_key_takes_over(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("key", "rotate")
    console.now += DAY
    capsys.readouterr()
    console.run("key", "rotate")
    old, new = ids(console.bucket)
    out, err = capsys.readouterr()
    assert out == f"made the signing key {new}\n"
    assert "It signs from 2026-11-23T10:02:00Z on" in err
    assert f"Sessions that the key {old} signed stay good until they expire." in err


def test_a_key_goes_when_its_last_session_is_over(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("key", "rotate")
    console.run("key", "rotate")
    first, second = ids(console.bucket)
    console.now += DAY + 119
    console.run("key", "rotate")
    assert first in ids(console.bucket)
    console.now += 1
    capsys.readouterr()
    console.run("key", "rotate")
    kept = ids(console.bucket)
    assert first not in kept
    assert (second in kept, len(kept)) == (True, 3)
    assert f"Removed the key {first}, whose last session is over.\n" in capsys.readouterr().err


def test_keys_are_listed_with_what_they_do_and_not_with_what_they_are(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("key", "rotate")
    console.now += DAY
    console.run("key", "rotate")
    old, new = ids(console.bucket)
    made = [f"{old}\t2026-11-22T10:00:00Z", f"{new}\t2026-11-23T10:00:00Z"]
    for wait, states in [
        (0, ["signs", "signs from 2026-11-23T10:02:00Z"]),
        (120, ["verifies until 2026-11-24T10:02:00Z", "signs"]),
        (DAY, ["over", "signs"]),
    ]:
        console.now += wait
        capsys.readouterr()
        console.run("key", "list")
        lines = [f"{key}\t{state}\n" for key, state in zip(made, states, strict=True)]
        assert capsys.readouterr() == ("".join(lines), "")


def test_a_list_without_keys_says_where_they_come_from(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("key", "list")
    out, err = capsys.readouterr()
    assert not out
    assert "made when the first principal is added" in err


def test_records_that_the_edge_leaves_out_are_named_and_kept(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [7, {"id": "B", "key": "secret", "created": ""}]
    put_keys(console.bucket, {"version": 1, "keys": bad, "x": 1})
    console.run("key", "rotate")
    console.run("key", "list")
    err = capsys.readouterr().err
    assert err.count("warning: signing key ") == 2
    assert "secret" not in err
    document = json.loads(console.bucket.objects[SIGNING_KEYS_KEY].body)
    assert (document["keys"][:2], document["x"]) == (bad, 1)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"version": 2, "keys": []}', id="another version"),
        pytest.param(b'{"version": 1, "keys": [], "x": 1e400}', id="a number too large"),
        pytest.param(b"[" * 100_000, id="nested too deeply"),
    ],
)
@pytest.mark.parametrize("command", ["rotate", "first"])
def test_what_cannot_be_read_is_left_alone_with_a_way_back(body: bytes, command: str) -> None:
    console = Console()
    put_keys(console.bucket, body)
    with pytest.raises(
        UnusableKeys, match=r"list-object-versions --bucket acme-pypi --prefix config/keys\.json"
    ):
        console.run(
            *{"rotate": ("key", "rotate"), "first": ("principal", "add", "arn:aws:iam::123456789012:root")}[
                command
            ]
        )
    assert console.bucket.objects[SIGNING_KEYS_KEY].body == body


def test_a_key_is_made_only_in_a_repository() -> None:
    bucket = MemoryBucket("somebody-elses")
    with pytest.raises(NotARepository, match="somebody-elses"):
        rotate(bucket, IMPATIENT)
    assert not bucket.objects


def test_a_key_whose_answer_got_lost_is_not_made_twice() -> None:
    bucket = repository_bucket()
    assert make_first_key(LosesAnswers(bucket), IMPATIENT) == ids(bucket)[0]
    made, _ = rotate(LosesAnswers(bucket), IMPATIENT)
    assert ids(bucket)[1:] == [made.id]


def test_a_first_key_that_another_was_faster_to_make_is_not_made() -> None:
    bucket = repository_bucket()
    theirs: list[str | None] = []

    def before(operation: str, _key: str) -> None:
        if operation == "create":
            bucket.before = lambda _operation, _key: None
            theirs.append(make_first_key(bucket, IMPATIENT))

    bucket.before = before
    assert make_first_key(bucket, IMPATIENT) is None
    assert ids(bucket) == theirs


def test_a_key_is_as_old_as_the_write_that_won(console: Console) -> None:
    """Or it would sign before every instance has read it."""
    console.run("key", "rotate")

    def before(operation: str, _key: str) -> None:
        if operation == "replace":
            console.bucket.before = lambda _operation, _key: None
            console.now += 200
            rotate(console.bucket, IMPATIENT)

    console.bucket.before = before
    console.run("key", "rotate")
    assert [key.created for key in ring(console.bucket).keys] == [NOW, NOW + 200, NOW + 200]


@pytest.mark.loopback
def test_a_key_has_the_time_of_the_bucket_whatever_this_machine_says(
    s3_bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_repository(s3_bucket)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 240)
    rotate(s3_bucket, Backoff())
    (key,) = ring(s3_bucket).keys
    assert -2 <= key.created - now <= 30


def race(bucket: Bucket) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: rotate(bucket, Backoff())[0].id, range(4)))
    assert sorted(ids(bucket)) == sorted(made)


def test_administrators_at_once_lose_no_key() -> None:
    race(repository_bucket())


@pytest.mark.loopback
def test_administrators_at_once_lose_no_key_on_a_real_server(s3_bucket: S3Bucket) -> None:
    create_repository(s3_bucket)
    race(s3_bucket)
