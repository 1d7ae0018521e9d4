from __future__ import annotations

import base64
import json

import pytest

from s3pypi_edge.signing_keys import KeyRing
from s3pypi_edge.users import format_time
from tests.edge.gates import START

DAY = 86_400


def record(key_id: object, created: float = START, **fields: object) -> dict[str, object]:
    secret = base64.b64encode(str(key_id).encode().ljust(32)).decode()
    return {"id": key_id, "key": secret, "created": format_time(created), **fields}


def document(*records: object) -> bytes:
    return json.dumps({"version": 1, "keys": records}).encode()


def ring(**created: float) -> KeyRing:
    """Keys by id, each created so many seconds after START."""
    return KeyRing.parse(document(*(record(key_id, START + after) for key_id, after in created.items())))


def signer(keys: KeyRing, after: float) -> str | None:
    key = keys.signer(START + after)
    return key and key.id


def test_keys_are_read_and_ordered_by_age() -> None:
    keys = ring(b2=10, a1=0)
    assert [(key.id, key.key, key.created) for key in keys.keys] == [
        ("a1", b"a1".ljust(32), START),
        ("b2", b"b2".ljust(32), START + 10),
    ]
    assert keys.problems == ()


@pytest.mark.parametrize(
    ("created", "after", "signs"),
    [
        pytest.param({"a": 0}, 0, "a", id="the very first, at once"),
        pytest.param({"a": 0}, -50, "a", id="the very first, before it was made"),
        pytest.param({"a": 0, "b": DAY}, DAY + 119, "a", id="a new one not within two minutes"),
        pytest.param({"a": 0, "b": DAY}, DAY + 120, "b", id="a new one after two minutes"),
        pytest.param({"a": 0, "b": 5}, 10, "a", id="of two new ones the first"),
        pytest.param({"a": 0, "b": 0}, 200, "b", id="of two of the same second the later in the list"),
        pytest.param({}, 0, None, id="none"),
    ],
)
def test_a_key_signs_when_every_instance_knows_it(
    created: dict[str, float], after: float, signs: str | None
) -> None:
    assert signer(ring(**created), after) == signs


@pytest.mark.parametrize(
    ("key_id", "after", "is_good"),
    [
        pytest.param("a", 0, True, id="old"),
        pytest.param("b", 0, True, id="new, before it signs"),
        pytest.param("a", DAY + 119 + 100, True, id="old, until its last session is over"),
        pytest.param("a", DAY + 120 + 100, False, id="old, from then on"),
        pytest.param("b", 1000 * DAY, True, id="the newest, for ever"),
        pytest.param("c", 0, False, id="unknown"),
    ],
)
def test_a_key_verifies_as_long_as_a_session_of_it_may_live(
    key_id: str, after: float, *, is_good: bool
) -> None:
    assert (ring(a=0, b=100).verifier(key_id, START + after) is not None) is is_good


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(document()[:-1], id="cut short"),
        pytest.param(b"[" * 200_000, id="nested without end"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"keys": []}', id="no version"),
        pytest.param(b'{"version": 2, "keys": []}', id="another version"),
        pytest.param(b'{"version": 1}', id="no keys"),
        pytest.param(b'{"version": 1, "keys": {}}', id="keys in an object"),
    ],
)
def test_what_is_no_list_of_keys_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        KeyRing.parse(body)


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        pytest.param([], "not a text", id="no object"),
        pytest.param({}, "not a text", id="empty"),
        pytest.param(record(7), "not a text", id="a number for an id"),
        pytest.param(record("b", key=7), "not a text", id="a number for a key"),
        pytest.param({**record("b"), "created": 7}, "not a text", id="a number for a time"),
        pytest.param(record("B"), "lower-case letters", id="an id in capitals"),
        pytest.param(record("b", key="secret"), "32 bytes in base64", id="no base64"),
        pytest.param(record("b", key="c2VjcmV0"), "32 bytes in base64", id="too short a key"),
        pytest.param({**record("b"), "created": "today"}, "not a time", id="no time"),
        pytest.param(record("a"), "its id is another's", id="an id that is taken"),
    ],
)
def test_a_bad_key_is_left_out_and_named_without_what_it_is(bad: object, problem: str) -> None:
    keys = KeyRing.parse(document(record("a"), bad))
    assert [key.id for key in keys.keys] == ["a"]
    (said,) = keys.problems
    assert said.startswith("signing key 2 is left out: ")
    assert problem in said
    assert "secret" not in said


def test_a_key_does_not_show_in_messages() -> None:
    assert repr(ring(a=0).keys[0]) == "<SigningKey a>"
