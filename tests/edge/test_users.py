from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from passlib.hash import pbkdf2_sha256

from s3pypi_edge.users import (
    UserStore,
    check_project_glob,
    check_user_name,
    format_time,
    may_see,
    parse_time,
)
from tests.edge.gates import TOKEN, USERS, password_hash, user_store

SHA256 = "0" * 64


def test_a_store_has_its_users_and_their_tokens() -> None:
    store = UserStore.parse(user_store())
    assert store.problems == ()
    assert list(store.users) == list(USERS)
    assert store.users["bob"].projects == ("acme-*", "demo")
    assert store.users["alice"].password is not None
    ci = store.users["ci"]
    assert ci.password is None
    assert store.tokens["k3v9"].user == ci
    assert [(token.id, token.created, token.expires) for token in ci.tokens] == [
        ("k3v9", "2026-11-22T10:00:00Z", None),
        ("x1", "", 1_800_000_060.0),
    ]


def test_an_empty_store_is_a_store() -> None:
    store = UserStore.parse(b'{"version": 1, "users": {}, "principals": []}')
    assert (store.users, store.tokens, store.dearest) == ({}, {}, 0)


def test_the_dearest_hash_is_known() -> None:
    users = {
        name: {"password": password_hash("x", rounds), "projects": []}
        for name, rounds in [("a", 7), ("b", 30), ("c", 2)]
    }
    assert UserStore.parse(user_store(users)).dearest == 30


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(user_store()[:-1], id="cut short"),
        pytest.param(b"\xff\xfe\xff", id="not text"),
        pytest.param(b"[" * 200_000, id="nested without end"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"users": {}}', id="no version"),
        pytest.param(b'{"version": 2, "users": {}}', id="another version"),
        pytest.param(b'{"version": 1}', id="no users"),
        pytest.param(b'{"version": 1, "users": []}', id="users in a list"),
    ],
)
def test_a_store_that_is_none_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        UserStore.parse(body)


@pytest.mark.parametrize(
    ("name", "record", "problem"),
    [
        pytest.param("", {"projects": []}, "cannot be empty", id="no name"),
        pytest.param("a:b", {"projects": []}, "colon", id="colon"),
        pytest.param("a\n", {"projects": []}, "control character", id="newline"),
        pytest.param("__iam__", {"projects": []}, "reserved", id="reserved name"),
        pytest.param("alic\u00ade", {"projects": []}, "twice", id="the same name once more"),
        pytest.param("eve", [], "not an object", id="no object"),
        pytest.param("eve", {}, "projects is not a list", id="no projects"),
        pytest.param("eve", {"projects": "*"}, "projects is not a list", id="projects in a text"),
        pytest.param("eve", {"projects": [7]}, "glob is not a text", id="a number for a glob"),
        pytest.param("eve", {"projects": ["a/b"]}, "not a project name", id="impossible glob"),
        pytest.param("eve", {"projects": [], "password": 7}, "not a text", id="a number for a hash"),
        pytest.param("eve", {"projects": [], "password": "x"}, "password hash", id="plain password"),
        pytest.param("eve", {"projects": [], "tokens": {}}, "tokens is not a list", id="tokens in an object"),
        pytest.param(
            "eve", {"projects": [], "tokens": ["x"]}, "token is not an object", id="token in a text"
        ),
        pytest.param("eve", {"projects": [], "tokens": [{}]}, "token id is not a text", id="empty token"),
        pytest.param(
            "eve",
            {"projects": [], "tokens": [{"id": "A", "sha256": SHA256}]},
            "malformed",
            id="malformed token id",
        ),
        pytest.param(
            "eve",
            {"projects": [], "tokens": [{"id": "a", "sha256": "0"}]},
            "malformed",
            id="malformed token digest",
        ),
        pytest.param(
            "eve",
            {"projects": [], "tokens": [{"id": "a", "sha256": SHA256, "expires": "tomorrow"}]},
            "not a time",
            id="malformed end of a token",
        ),
        pytest.param(
            "eve",
            {"projects": [], "tokens": [{"id": "k3v9", "sha256": SHA256}]},
            "the id of another",
            id="a token id that is taken",
        ),
    ],
)
def test_a_bad_record_is_left_out_and_named_and_the_good_ones_stay(
    name: str, record: object, problem: str
) -> None:
    store = UserStore.parse(user_store({**USERS, name: record}))
    assert list(store.users) == list(USERS)
    assert len(store.problems) == 1
    assert repr(name) in store.problems[0]
    assert problem in store.problems[0]


def test_a_good_record_in_an_unusual_form_is_as_good() -> None:
    salted = str(pbkdf2_sha256.using(rounds=40, salt=b"short").hash("x"))
    token = {"id": "leap", "sha256": SHA256, "expires": "2028-02-29T00:00:00Z"}
    store = UserStore.parse(user_store({"eve": {"password": salted, "tokens": [token], "projects": []}}))
    assert store.problems == ()
    assert store.dearest == 40
    assert store.tokens["leap"].token.expires == parse_time("2028-02-29T00:00:00Z")
    assert store.users["eve"].password is not None


def test_a_problem_never_shows_what_is_secret() -> None:
    users = {"eve": {"password": "hunter2", "projects": [], "tokens": [{"id": TOKEN, "sha256": TOKEN}]}}
    assert "hunter2" not in str(UserStore.parse(user_store(users)).problems)
    del users["eve"]["password"]
    assert TOKEN not in str(UserStore.parse(user_store(users)).problems)


PLAIN = st.none() | st.booleans() | st.integers() | st.text()
FIELDS = st.sampled_from(["id", "sha256", "created", "expires", "tokens", "projects", "password"])
RECORDS = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(FIELDS, inner))


@given(RECORDS)
def test_no_record_whatsoever_makes_the_good_ones_unreadable(record: object) -> None:
    store = UserStore.parse(json.dumps({"version": 1, "users": {**USERS, "eve": record}}).encode())
    assert set(USERS) <= set(store.users)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("alice", "alice"), ("Alice Smith", "Alice Smith"), ("zo\u0065\u0308", "zo\u00eb"), ("a@b.c", "a@b.c")],
)
def test_a_user_name_is_kept_in_one_spelling(name: str, kept: str) -> None:
    assert check_user_name(name) == kept


@pytest.mark.parametrize("name", ["", "\u00ad", "a:b", "a\uff1ab", "a\tb", "__iam__", "a\x00"], ids=repr)
def test_an_impossible_user_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"user name|control character"):
        check_user_name(name)


@pytest.mark.parametrize(
    ("glob", "kept"),
    [("*", "*"), ("demo", "demo"), ("Acme_*", "acme-*"), ("acme.?", "acme-?"), ("**", "**")],
)
def test_a_glob_is_kept_as_normalised_names_are_written(glob: str, kept: str) -> None:
    assert check_project_glob(glob) == kept


@pytest.mark.parametrize("glob", ["", "a/b", "[ab]", "a b", "d\xe9mo", "a\n", "!a"], ids=repr)
def test_a_glob_that_matches_no_project_is_refused(glob: str) -> None:
    with pytest.raises(ValueError, match="not a project name"):
        check_project_glob(glob)


@pytest.mark.parametrize(
    ("projects", "project", "seen"),
    [
        pytest.param((), "demo", False, id="nothing"),
        pytest.param(("*",), "demo", True, id="everything"),
        pytest.param(("demo",), "demo", True, id="by name"),
        pytest.param(("demo",), "demo-2", False, id="another name"),
        pytest.param(("acme-*",), "acme-lib", True, id="by prefix"),
        pytest.param(("acme-*",), "acmelib", False, id="almost the prefix"),
        pytest.param(("x", "d?mo"), "demo", True, id="one character"),
    ],
)
def test_globs_say_what_is_seen(projects: tuple[str, ...], project: str, *, seen: bool) -> None:
    assert may_see(projects, project) is seen


@given(st.integers(0, 253_402_300_799))
def test_times_are_read_and_written_as_datetime_does(seconds: int) -> None:
    text = dt.datetime.fromtimestamp(seconds, dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert parse_time(text) == seconds
    assert format_time(seconds) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2027-01-31",
        "2027-01-31T00:00:00",
        "2027-01-31T00:00:00+00:00",
        "2027-01-31T00:00:00.5Z",
        "2027-02-30T00:00:00Z",
        "2027-13-01T00:00:00Z",
        "2027-00-01T00:00:00Z",
        "2027-01-31T24:00:00Z",
        "2027-01-31T00:60:00Z",
        "2027-01-31T00:00:60Z",
        "1969-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "\u0662027-01-31T00:00:00Z",
        "2027-01-31T00:00:00Z\n",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        parse_time(text)
