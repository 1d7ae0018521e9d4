from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from s3pypi_admin import document as edits
from s3pypi_admin.errors import UnknownToken
from s3pypi_admin.expiry import BadExpiry
from s3pypi_admin.store import edit_store
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_edge.bounded import BoundedSet
from s3pypi_edge.credentials import Credentials
from s3pypi_edge.tokens import digest, token_id
from s3pypi_edge.verifier import Verifier
from tests.admin.console import DOUBT, IMPATIENT, NOW, Console, LosesAnswers, put_users, stored_body
from tests.edge.gates import plenty

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_core.memory_bucket import StoredObject

DAY = 86400


def create(console: Console, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[str, str]:
    """Create a token of the user ci; return it, and what is said about it."""
    capsys.readouterr()
    console.run("token", "create", "ci", *options)
    out, err = capsys.readouterr()
    return out.rstrip("\n"), err


def is_let_in(console: Console, token: str, now: float = NOW) -> bool:
    verdict = Verifier(console.users, b"key", plenty(), BoundedSet(1)).verify(Credentials("any", token), now)
    return verdict.user is not None


def test_a_token_is_shown_once_alone_on_standard_output(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("user", "add", "ci")
    token, err = create(console, capsys)
    assert is_let_in(console, token)
    assert token not in err
    assert "shown this once" in err
    assert "within 60 s" in err
    assert "does not expire" in err
    assert "--expires 90d" in err
    _, identifier, secret = token.split("_", 2)
    assert secret not in stored_body(console.bucket).decode()
    assert console.document["users"]["ci"]["tokens"] == [
        {"id": identifier, "sha256": digest(token), "created": "2026-11-22T10:00:00Z", "expires": None}
    ]


def test_a_token_ends_when_it_was_said_to(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    console.run("user", "add", "ci")
    token, err = create(console, capsys, "--expires", "90d")
    assert "expires at 2027-02-20T10:00:00Z" in err
    assert is_let_in(console, token, NOW + 90 * DAY - 1)
    assert not is_let_in(console, token, NOW + 90 * DAY)


@pytest.mark.parametrize("expires", ["0d", ""])
def test_a_token_without_a_life_is_not_made(console: Console, expires: str) -> None:
    console.run("user", "add", "ci")
    before = stored_body(console.bucket)
    with pytest.raises(BadExpiry):
        console.run("token", "create", "ci", "--expires", expires)
    assert stored_body(console.bucket) == before


def test_a_revoked_token_is_gone_and_the_others_are_not(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("user", "add", "ci")
    kept, _ = create(console, capsys)
    revoked, _ = create(console, capsys)
    console.run("token", "revoke", revoked.split("_")[1])
    out, err = capsys.readouterr()
    assert out == f"revoked the token {token_id(revoked)} of ci\n"
    assert "within 60 s" in err
    assert is_let_in(console, kept)
    assert not is_let_in(console, revoked)


def test_a_token_found_somewhere_is_revoked_by_itself_and_not_shown(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("user", "add", "ci")
    token, _ = create(console, capsys)
    console.run("token", "revoke", token)
    assert not is_let_in(console, token)
    assert token not in "".join(capsys.readouterr())


def test_an_unknown_token_is_not_repeated_and_those_there_are_are_named(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("user", "add", "ci")
    known = create(console, capsys)[0].split("_")[1]
    with pytest.raises(UnknownToken, match=f"the tokens are: {known}; .*token list -r acme`") as caught:
        console.run("token", "revoke", "s3p_half-a-token")
    assert "half-a-token" not in str(caught.value)


@pytest.fixture
def unlucky(console: Console) -> Console:
    """The terminal of another, whose answer gets lost, after bob was added."""
    console.run("user", "add", "ci")
    return Console(LosesAnswers(console.bucket, lambda: console.run("user", "add", "bob")))


def test_a_token_whose_answer_got_lost_is_not_made_twice_when_another_wrote_on_top(
    console: Console, unlucky: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    token, err = create(unlucky, capsys)
    assert list(console.users.users) == ["ci", "bob"]
    (kept,) = console.document["users"]["ci"]["tokens"]
    token = token.splitlines()[-1]  # bob was announced before it
    assert (kept["id"], kept["sha256"]) == (token_id(token), digest(token))
    assert f"the token {kept['id']} of ci" in err
    assert is_let_in(console, token)


class WatchedWrites(MemoryBucket):
    """Notes the tokens that each write would add for ci, and lets ``before_first`` look at the first."""

    def __init__(self, bucket: MemoryBucket, before_first: Callable[[edits.Token], None]) -> None:
        super().__init__(bucket.name)
        self.objects = bucket.objects
        self.written: list[edits.Token] = []
        self._before_first = before_first

    def _store(self, key: str, new: StoredObject, *, etag: str | None) -> str:
        self.written.append(edits.Token(**json.loads(new.body)["users"]["ci"]["tokens"][-1]))
        if len(self.written) == 1:
            self._before_first(self.written[0])
        return super()._store(key, new, etag=etag)


def test_a_token_that_another_beat_to_the_store_is_written_as_it_was_drawn(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("user", "add", "ci")
    bucket = WatchedWrites(console.bucket, lambda _token: console.run("user", "add", "bob"))
    token, _ = create(Console(bucket), capsys)
    first, second = bucket.written
    assert first == second
    assert is_let_in(console, token.splitlines()[-1])


def test_a_token_whose_id_became_anothers_is_drawn_anew_with_another_secret(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("user", "add", "ci")
    console.run("user", "add", "other")
    theirs = "0" * 64

    def take(token: edits.Token) -> None:
        change = partial(edits.add_token, name="other", token=token._replace(sha256=theirs))
        edit_store(console.bucket, change, IMPATIENT)

    bucket = WatchedWrites(console.bucket, take)
    token, _ = create(Console(bucket), capsys)
    first, _ = bucket.written
    assert is_let_in(console, token)
    holders = {id_: owner.user.name for id_, owner in console.users.tokens.items()}
    assert holders == {first.id: "other", token_id(token): "ci"}
    secret = token.removeprefix(f"s3p_{token_id(token)}_")
    assert digest(f"s3p_{first.id}_{secret}") != first.sha256


def test_a_token_is_revoked_once_when_the_answer_got_lost_and_another_wrote_on_top(
    console: Console, unlucky: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    token, _ = create(console, capsys)
    unlucky.run("token", "revoke", token)
    out, err = capsys.readouterr()
    assert out.endswith(f"revoked the token {token_id(token)} of ci\n")
    assert DOUBT in err
    assert not is_let_in(console, token)


def test_tokens_are_listed_with_their_ends(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    console.run("user", "add", "ci")
    ids = [create(console, capsys, *options)[0].split("_")[1] for options in ([], ["--expires", "1h"])]
    console.run("token", "list")
    created = "ci\t2026-11-22T10:00:00Z"
    assert capsys.readouterr() == (
        f"{ids[0]}\t{created}\tnever\n{ids[1]}\t{created}\t2026-11-22T11:00:00Z\n",
        "",
    )
    console.now += 3600
    console.run("token", "list")
    assert f"{ids[1]}\t{created}\t2026-11-22T11:00:00Z (expired)\n" in capsys.readouterr().out


def test_an_empty_list_of_tokens_says_how_to_make_one(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("token", "list")
    out, err = capsys.readouterr()
    assert not out
    assert "`s3pypi-admin token create USER -r acme`" in err


def test_a_broken_record_is_mended_step_by_step(console: Console) -> None:
    broken = {"password": "plain", "tokens": [{"id": "k3v9"}], "projects": ["*"], "team": "blue"}
    put_users(console.bucket, json.dumps({"version": 1, "users": {"ci": broken}}).encode())
    console.run("token", "revoke", "k3v9")
    console.run("user", "passwd", "ci", "--password-stdin", stdin="new\n")
    console.run("token", "create", "ci")
    assert len(console.users.users["ci"].tokens) == 1
    assert console.document["users"]["ci"]["team"] == "blue"
