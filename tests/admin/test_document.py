from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3pypi_admin import document as edits
from s3pypi_admin.errors import NAMED_AT_MOST, UnknownToken, UnknownUser, UserExists

TOKEN = edits.Token("k3v9", "0" * 64, "2026-11-22T10:00:00Z", None)
STRANGE: dict[str, Any] = {
    "version": 1,
    "future": {"number": 0.1, "text": "\ud800"},
    "users": {
        "alice": {"password": "$pbkdf2-sha256$...", "projects": ["*"], "team": "blue"},
        "ci": {
            "projects": [],
            "tokens": [{"id": "a1", "note": "first"}, "no token", {"id": 7}, {"id": "b2"}],
        },
        "bell\a": {"projects": ["*"]},
        "text": "not a record",
        "odd": {"tokens": "not a list"},
    },
    "principals": [{"arn": "arn:aws:iam::123456789012:role/Developer", "projects": ["*"]}],
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("edited", "changes"),
    [
        pytest.param(
            edits.add_user(STRANGE, "bob", password=None, projects=["demo"]),
            {"bob": {"projects": ["demo"]}},
            id="add a user",
        ),
        pytest.param(
            edits.set_projects(STRANGE, "alice", ["demo"]),
            {"alice": {**STRANGE["users"]["alice"], "projects": ["demo"]}},
            id="set projects",
        ),
        pytest.param(
            edits.set_password(STRANGE, "ci", "$hash"),
            {"ci": {**STRANGE["users"]["ci"], "password": "$hash"}},
            id="set a password",
        ),
        pytest.param(
            edits.add_token(STRANGE, "alice", TOKEN),
            {"alice": {**STRANGE["users"]["alice"], "tokens": [TOKEN._asdict()]}},
            id="add a token",
        ),
        pytest.param(
            edits.add_token(STRANGE, "odd", TOKEN),
            {"odd": {"tokens": [TOKEN._asdict()]}},
            id="add a token where something else was",
        ),
        pytest.param(
            edits.set_projects(STRANGE, "text", []), {"text": {"projects": []}}, id="mend what is no record"
        ),
        pytest.param(
            edits.revoke_token(STRANGE, "a1"),
            {"ci": {"projects": [], "tokens": ["no token", {"id": 7}, {"id": "b2"}]}},
            id="revoke a token",
        ),
    ],
)
def test_an_edit_changes_one_record_and_nothing_else(edited: edits.Document, changes: dict[str, Any]) -> None:
    expected = {**STRANGE, "users": {**STRANGE["users"], **changes}}
    assert json.loads(edits.dump(edited)) == expected


@pytest.mark.parametrize("name", list(STRANGE["users"]))
def test_any_record_can_be_removed_and_the_others_stay(name: str) -> None:
    expected = deepcopy(STRANGE)
    del expected["users"][name]
    assert edits.remove_user(STRANGE, name) == expected


@settings(max_examples=50)
@given(document=st.dictionaries(st.text(), json_values), record=st.dictionaries(st.text(), json_values))
def test_unknown_keys_survive_every_edit(document: dict[str, Any], record: dict[str, Any]) -> None:
    before = {**document, "users": {"alice": {**record, "tokens": []}}}
    untouched = deepcopy(before)
    edited = edits.set_projects(before, "alice", ["*"])
    edited = edits.revoke_token(edits.add_token(edited, "alice", TOKEN), TOKEN.id)
    after = json.loads(edits.dump(edited))
    assert before == untouched
    assert after == {**document, "users": {"alice": {**record, "tokens": [], "projects": ["*"]}}}


@pytest.mark.parametrize("stored", ["rené", "rene\u0301"], ids=["as we write it", "as others might"])
@pytest.mark.parametrize("typed", ["rené", "rene\u0301"], ids=["composed", "decomposed"])
def test_a_user_is_found_in_any_spelling(stored: str, typed: str) -> None:
    document = edits.set_projects(edits.new_document() | {"users": {stored: {}}}, typed, ["*"])
    assert document["users"] == {stored: {"projects": ["*"]}}
    with pytest.raises(UserExists):
        edits.refuse_user(document, typed)


def is_bob(record: object, password: str | None) -> bool:
    document = {**STRANGE, "users": {**STRANGE["users"], "bob": record}}
    return edits.was_added(document, "bob", password=password, projects=["*"])


@pytest.mark.parametrize(
    ("record", "password"),
    [
        pytest.param({"projects": ["*"]}, None, id="as it was written"),
        pytest.param({"projects": ["*"], "tokens": [{}]}, None, id="with tokens since"),
        pytest.param(
            {"projects": ["*"], "password": "$hash"}, "$hash", id="with a password, as it was written"
        ),
        pytest.param({"projects": ["demo"], "password": "$hash"}, "$hash", id="with other projects since"),
    ],
)
def test_a_user_that_was_added_is_known_again(record: object, password: str | None) -> None:
    assert is_bob(record, password)
    assert not edits.was_added(STRANGE, "bob", password=password, projects=["*"])


@pytest.mark.parametrize(
    ("record", "password"),
    [
        pytest.param({"projects": ["demo"]}, None, id="other projects"),
        pytest.param({"projects": ["*"], "password": "$hash"}, None, id="a password"),
        pytest.param({"projects": ["*"], "password": "$other"}, "$hash", id="another password"),
        pytest.param({"projects": ["*"]}, "$hash", id="no password"),
        pytest.param("not a record", None, id="no record"),
    ],
)
def test_another_user_of_the_name_is_told_apart(record: object, password: str | None) -> None:
    with pytest.raises(UserExists, match="while this command ran"):
        is_bob(record, password)


def test_a_token_is_told_by_its_hash() -> None:
    document = edits.add_token(STRANGE, "alice", TOKEN)
    assert edits.has_token(document, TOKEN)
    assert not edits.has_token(document, TOKEN._replace(sha256="1" * 64))
    assert not edits.has_token(STRANGE, TOKEN)
    assert edits.has_token_id(document, TOKEN.id)
    assert not edits.has_token_id(STRANGE, TOKEN.id)


def test_a_token_id_is_drawn_again_while_it_is_taken() -> None:
    draws = iter("b2xxb2xyz012")
    document = edits.add_token(STRANGE, "alice", TOKEN._replace(id="b2xx"))
    assert edits.unused_id(document, lambda _alphabet: next(draws)) == "b2xy"


def test_a_token_id_is_short_and_of_the_alphabet() -> None:
    drawn = edits.unused_id(STRANGE)
    assert len(drawn) == edits.ID_LENGTH
    assert set(drawn) <= set(edits.ID_ALPHABET)


def test_an_unknown_token_is_not_revoked() -> None:
    with pytest.raises(UnknownToken, match="the tokens are: a1, b2;"):
        edits.revoke_token(STRANGE, "zz")


def test_of_many_users_some_are_named() -> None:
    document = edits.new_document() | {
        "users": {f"user{number:02}": {} for number in range(NAMED_AT_MOST + 2)}
    }
    with pytest.raises(UnknownUser, match=r"user00, .*, user09 and 2 more;"):
        edits.find_user(document, "nobody")


def test_of_no_users_none_is_named() -> None:
    with pytest.raises(UnknownUser, match="there are no users yet;"):
        edits.find_user(edits.new_document(), "nobody")
