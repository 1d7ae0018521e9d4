from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from s3pypi_admin.errors import NotARepository, PrincipalExists, UnknownPrincipal
from s3pypi_admin.expiry import BadExpiry
from s3pypi_admin.key_store import StoredKeys
from s3pypi_core.errors import UsageError
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_edge.keys import SIGNING_KEYS_KEY
from s3pypi_edge.sessions import Claims, verify_session, write_session
from tests.admin.console import DOUBT, NOW, Console, LosesAnswers, put_users, stored_body

if TYPE_CHECKING:
    from s3pypi_edge.principals import Principal

ROLE = "arn:aws:iam::123456789012:role/Developer"
USER = "arn:aws:iam::123456789012:user/team/bob"
HOST = "pypi.acme.com"


def principal(console: Console, arn: str = ROLE) -> Principal:
    return console.users.principals.by_arn[arn]


def session(console: Console, arn: str = ROLE, issued: float = NOW) -> str:
    """A session, as an instance of the edge would make it."""
    key = StoredKeys.read(console.bucket).ring.signer(issued)
    assert key is not None
    return write_session(Claims(key.id, int(issued), int(issued) + 43_200, HOST, arn), key)


def is_let_in(console: Console, text: str, now: float = NOW) -> bool:
    verdict = verify_session(
        text,
        host=HOST,
        principals=console.users.principals,
        keys=lambda: StoredKeys.read(console.bucket).ring,
        now=now,
    )
    return verdict.user is not None


def test_the_first_principal_comes_with_the_first_key_and_its_sessions_are_good_at_once(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("principal", "add", ROLE)
    assert principal(console) == (ROLE, ("*",), NOW - 1, None)
    out, err = capsys.readouterr()
    assert out == f"added the principal {ROLE}, who may see every project\n"
    (key,) = StoredKeys.read(console.bucket).ring.keys
    assert f"Made the first key that signs sessions, {key.id}." in err
    assert "does not expire" in err
    assert "within 60 s" in err
    assert "without its path" not in err
    assert is_let_in(console, session(console))


def test_the_second_principal_comes_without_a_key(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("principal", "add", ROLE)
    before = console.bucket.objects[SIGNING_KEYS_KEY]
    capsys.readouterr()
    console.run("principal", "add", USER, "--projects", "Acme_*", "--expires", "90d")
    assert console.bucket.objects[SIGNING_KEYS_KEY] == before
    out, err = capsys.readouterr()
    assert out == f"added the principal {USER}, who may see acme-*\n"
    assert "first key" not in err
    assert "It expires at 2027-02-20T10:00:00Z." in err
    assert console.document["principals"][1] == {
        "arn": USER,
        "projects": ["acme-*"],
        "not_before": "2026-11-22T09:59:59Z",
        "expires": "2027-02-20T10:00:00Z",
    }


def test_a_role_is_stored_as_sts_names_it_and_that_is_said(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    arn = "arn:aws:iam::123456789012:role/teams/eu/Developer"
    console.run("principal", "add", arn)
    assert principal(console).arn == ROLE
    assert "a role without its path" in capsys.readouterr().err
    console.run("principal", "remove", arn)
    assert not console.users.principals.by_arn


@pytest.mark.parametrize(
    "arn",
    [
        "Developer",
        "*",
        "arn:aws:iam::*:role/Developer",
        "arn:aws:iam::123456789012:role/team/*",
        "arn:aws:sts::123456789012:assumed-role/Developer/alice",
    ],
)
def test_an_arn_that_is_none_or_too_wide_is_refused_with_advice(console: Console, arn: str) -> None:
    with pytest.raises(UsageError, match="as in arn:aws:iam::123456789012:role/Developer"):
        console.run("principal", "add", arn)
    assert not stored_body(console.bucket)
    assert SIGNING_KEYS_KEY not in console.bucket.objects


@pytest.mark.parametrize("options", [["--expires", "0d"], ["--expires", "soon"]])
def test_a_principal_without_a_life_is_not_added(console: Console, options: list[str]) -> None:
    with pytest.raises(BadExpiry):
        console.run("principal", "add", ROLE, *options)
    assert SIGNING_KEYS_KEY not in console.bucket.objects


def test_a_principal_that_is_there_is_not_added_again(console: Console) -> None:
    console.run("principal", "add", ROLE)
    before = stored_body(console.bucket)
    with pytest.raises(PrincipalExists, match=f"principal remove {ROLE} -r acme` and add it again"):
        console.run("principal", "add", ROLE, "--projects", "demo")
    assert stored_body(console.bucket) == before


def test_a_principal_is_added_only_to_a_repository() -> None:
    console = Console(MemoryBucket("somebody-elses"))
    with pytest.raises(NotARepository):
        console.run("principal", "add", ROLE)
    assert not console.bucket.objects


def test_a_removed_principal_has_no_session_any_more(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("principal", "add", ROLE)
    console.run("principal", "add", USER)
    kept, lost = session(console, USER), session(console)
    capsys.readouterr()
    console.run("principal", "remove", ROLE)
    out, err = capsys.readouterr()
    assert out == f"removed the principal {ROLE}\n"
    assert "within 60 s" in err
    assert "still lets it in" not in err
    assert is_let_in(console, kept)
    assert not is_let_in(console, lost)


def test_a_principal_that_is_added_again_does_not_get_back_its_old_sessions(console: Console) -> None:
    console.run("principal", "add", ROLE)
    old = session(console)
    console.run("principal", "remove", ROLE)
    console.now += 2
    console.run("principal", "add", ROLE)
    assert not is_let_in(console, old)
    assert is_let_in(console, session(console, issued=console.now), console.now)


def test_a_removed_principal_whom_a_glob_still_lets_in_is_pointed_out(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("principal", "add", ROLE)
    console.run("principal", "add", f"{ROLE[:-1]}*")
    console.run("principal", "remove", ROLE)
    assert f"warning: the principal {ROLE[:-1]}* still lets it in\n" in capsys.readouterr().err


@pytest.mark.parametrize("command", [("principal", "remove"), ("session", "revoke")], ids=" ".join)
def test_an_unknown_principal_is_named_with_those_there_are(
    console: Console, command: tuple[str, str]
) -> None:
    console.run("principal", "add", USER)
    with pytest.raises(UnknownPrincipal, match=f"no principal {ROLE}; .*\nthe principals are: {USER}; "):
        console.run(*command, ROLE)


def test_what_is_no_arn_is_an_unknown_principal(console: Console) -> None:
    with pytest.raises(UnknownPrincipal, match=r"no principal Developer; .*\nthere are no principals yet"):
        console.run("principal", "remove", "Developer")


def test_revoked_sessions_are_refused_and_new_ones_are_good(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("principal", "add", ROLE)
    old, new = session(console), session(console, issued=NOW + 1)
    capsys.readouterr()
    console.run("session", "revoke", ROLE)
    assert principal(console).not_before == NOW
    assert not is_let_in(console, old)
    assert is_let_in(console, new, NOW + 1)
    out, err = capsys.readouterr()
    assert out == f"revoked the sessions of {ROLE}\n"
    assert "Sessions made up to 2026-11-22T10:00:00Z are refused. This holds everywhere within 60 s.\n" in err
    assert f"s3pypi-admin principal remove {ROLE} -r acme\n" in err


def test_a_revocation_never_takes_back_a_later_one(console: Console) -> None:
    console.run("principal", "add", ROLE)
    console.now += 60
    console.run("session", "revoke", ROLE)
    console.now -= 60
    console.run("session", "revoke", ROLE)
    assert principal(console).not_before == NOW + 60


def test_a_revocation_has_the_time_of_the_write_that_won(console: Console) -> None:
    """Or a session that was made in between would stay good."""
    console.run("principal", "add", ROLE)

    def before(operation: str, _key: str) -> None:
        if operation == "replace":
            console.bucket.before = lambda _operation, _key: None
            console.now += 100
            Console(console.bucket, now=console.now).run("user", "add", "bob")

    console.bucket.before = before
    console.run("session", "revoke", ROLE)
    assert principal(console).not_before == NOW + 100


def test_principals_are_listed(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    console.run("principal", "add", ROLE)
    console.run("principal", "add", USER, "--projects", "--expires", "1h")
    console.run("session", "revoke", USER)
    capsys.readouterr()
    console.run("principal", "list")
    assert capsys.readouterr() == (
        f"{ROLE}\t*\tnever\t2026-11-22T09:59:59Z\n{USER}\t-\t2026-11-22T11:00:00Z\t2026-11-22T10:00:00Z\n",
        "",
    )


def test_an_empty_list_of_principals_says_how_to_add_one(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    console.run("principal", "list")
    out, err = capsys.readouterr()
    assert not out
    assert "`s3pypi-admin principal add ARN -r acme`" in err


BAD = [7, {"arn": "arn:aws:iam::123456789012:role/team/Dev", "projects": [], "team": "blue"}]


def test_records_that_the_edge_leaves_out_are_named_and_kept_and_can_be_removed(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    put_users(console.bucket, {"version": 1, "users": {}, "principals": BAD})
    console.run("principal", "add", ROLE)
    assert console.document["principals"][:2] == BAD
    console.run("session", "revoke", ROLE)
    console.run("principal", "list")
    assert capsys.readouterr().err.count("warning: principal ") == 2
    console.run("principal", "remove", "arn:aws:iam::123456789012:role/team/Dev")
    assert [record for record in console.document["principals"] if record == BAD[1]] == []
    assert list(console.users.principals.by_arn) == [ROLE]


@pytest.mark.parametrize("principals", [None, {"x": 1}])
def test_where_the_principals_are_no_list_there_is_nobody_to_keep(
    console: Console, principals: object
) -> None:
    put_users(console.bucket, json.dumps({"version": 1, "users": {}, "principals": principals}).encode())
    console.run("principal", "add", ROLE)
    assert list(console.users.principals.by_arn) == [ROLE]


@pytest.fixture
def unlucky(console: Console) -> Console:
    """The terminal of another, whose answer gets lost, after a user was added."""
    console.run("principal", "add", USER)
    return Console(LosesAnswers(console.bucket, lambda: console.run("user", "add", "bob")))


def test_a_principal_whose_answer_got_lost_is_not_added_twice(console: Console, unlucky: Console) -> None:
    unlucky.run("principal", "add", ROLE)
    assert [record["arn"] for record in console.document["principals"]] == [USER, ROLE]
    assert "bob" in console.users.users


def test_a_principal_is_added_to_what_another_wrote_in_between(console: Console) -> None:
    console.run("principal", "add", USER)

    def before(operation: str, _key: str) -> None:
        if operation == "replace":
            console.bucket.before = lambda _operation, _key: None
            console.run("user", "add", "bob")

    console.bucket.before = before
    console.run("principal", "add", ROLE)
    assert "bob" in console.users.users
    assert list(console.users.principals.by_arn) == [USER, ROLE]


def test_a_principal_that_another_added_otherwise_meanwhile_is_not_called_ones_own(
    console: Console,
) -> None:
    def meanwhile() -> None:
        document = console.document
        document["principals"][-1]["projects"] = ["demo"]
        console.bucket.objects.pop("config/users.json")
        put_users(console.bucket, document)

    console.run("principal", "add", USER)
    with pytest.raises(PrincipalExists, match="another administrator added or changed"):
        Console(LosesAnswers(console.bucket, meanwhile)).run("principal", "add", ROLE)


@pytest.mark.parametrize("command", [("principal", "remove"), ("session", "revoke")], ids=" ".join)
def test_what_was_done_though_its_answer_got_lost_is_not_done_twice(
    console: Console, unlucky: Console, capsys: pytest.CaptureFixture[str], command: tuple[str, str]
) -> None:
    unlucky.run(*command, USER)
    assert DOUBT in capsys.readouterr().err
    assert [one.not_before for one in console.users.principals.by_arn.values()] in ([], [NOW])
