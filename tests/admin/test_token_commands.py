from __future__ import annotations

import json

import pytest

from s3pypi_admin.errors import UnknownToken
from s3pypi_admin.expiry import BadExpiry
from s3pypi_edge.credentials import Credentials
from s3pypi_edge.tokens import digest
from s3pypi_edge.verifier import Verifier
from tests.admin.console import NOW, Console, put_users, stored_body

DAY = 86400


def create(console: Console, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[str, str]:
    """Create a token of the user ci; return it, and what is said about it."""
    capsys.readouterr()
    console.run("token", "create", "ci", *options)
    out, err = capsys.readouterr()
    return out.rstrip("\n"), err


def is_let_in(console: Console, token: str, now: float = NOW) -> bool:
    verdict = Verifier(console.users, b"key").verify(Credentials("any", token), now)
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
    _, token_id, secret = token.split("_", 2)
    assert secret not in stored_body(console.bucket).decode()
    assert console.document["users"]["ci"]["tokens"] == [
        {"id": token_id, "sha256": digest(token), "created": "2026-11-22T10:00:00Z", "expires": None}
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
    token_id = revoked.split("_")[1]
    console.run("token", "revoke", token_id)
    out, err = capsys.readouterr()
    assert out == f"revoked the token {token_id} of ci\n"
    assert "at the latest 60 s from now" in err
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
    with pytest.raises(UnknownToken, match=f"the tokens are: {known}; .*token list") as caught:
        console.run("token", "revoke", "s3p_half-a-token")
    assert "half-a-token" not in str(caught.value)


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
    assert "s3pypi-admin token create USER" in err


def test_a_broken_record_is_mended_step_by_step(console: Console) -> None:
    broken = {"password": "plain", "tokens": [{"id": "k3v9"}], "projects": ["*"], "team": "blue"}
    put_users(console.bucket, json.dumps({"version": 1, "users": {"ci": broken}}).encode())
    console.run("token", "revoke", "k3v9")
    console.run("user", "passwd", "ci", "--password-stdin", stdin="new\n")
    console.run("token", "create", "ci")
    assert len(console.users.users["ci"].tokens) == 1
    assert console.document["users"]["ci"]["team"] == "blue"
