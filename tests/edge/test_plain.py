"""A look may be too strict, and must never be too kind: what it finds good is parsed when nobody looks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_edge.passwords import MAX_ROUNDS
from s3pypi_edge.plain import plain_facts
from s3pypi_edge.users import User, _facts, _user
from tests.edge.gates import password_hash

SHA256 = "0" * 64
HASH = password_hash("x", 7)
TOKEN = {"id": "a1", "sha256": SHA256, "created": "2026-11-22T10:00:00Z", "expires": "2027-01-31T00:00:00Z"}
BARE_TOKEN = {"id": "b", "sha256": SHA256}
USUAL: dict[str, Any] = {"password": HASH, "tokens": [TOKEN], "projects": ["acme-*", "Demo_?"]}


def _parsed(record: object) -> User | None:
    try:
        return _user("eve", record)
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("record", "facts"),
    [
        pytest.param(USUAL, (7, ["a1"]), id="password and token"),
        pytest.param({"password": HASH, "projects": []}, (7, []), id="password"),
        pytest.param({"password": None, "tokens": [], "projects": ["*"]}, (0, []), id="neither"),
        pytest.param({"tokens": [BARE_TOKEN], "projects": []}, (0, ["b"]), id="bare token"),
        pytest.param({"tokens": [TOKEN, BARE_TOKEN], "projects": []}, (0, ["a1", "b"]), id="two tokens"),
        pytest.param({"tokens": [{**TOKEN, "expires": None}], "projects": []}, (0, ["a1"]), id="no end"),
    ],
)
def test_usual_records_are_known_at_a_look(record: object, facts: tuple[int, list[str]]) -> None:
    assert plain_facts(record) == facts


@pytest.mark.parametrize("day", ["01-31", "02-28", "04-30", "12-31", "02-01", "10-29"])
def test_every_usual_day_is_known_at_a_look(day: str) -> None:
    token = {**TOKEN, "expires": f"2027-{day}T23:59:59Z"}
    assert plain_facts({"tokens": [token], "projects": []}) == (0, ["a1"])


NEARLY_GOOD = [
    *("", " ", "*", "a1", "a1 ", "A", "$2b$12$abc", "acme-*\n", "a/b", "[a]"),
    *(SHA256, f"{SHA256} ", SHA256[1:], f"{SHA256} {TOKEN['expires']}"),
    *(f"2027-{day}T00:00:00Z" for day in ("02-29", "02-30", "04-31", "00-10", "13-01", "01-32", "12-00")),
    *(f"2027-01-01T{time}Z" for time in ("24:00:00", "23:60:00", "23:59:60", "00:00:00", "00:00:00Z\n")),
    *("1969-01-01T00:00:00Z", "2026-11-22T10:00:00Z"),
    *(HASH, f"{HASH}\n", HASH[:-1], HASH.replace("$7$", "$7$AAA")),
    *(HASH.replace("$7$", f"${rounds}$") for rounds in ("0", "07", "999999", str(MAX_ROUNDS))),
]
NEARLY = st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=3) | st.sampled_from(NEARLY_GOOD)


def _odd(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    containers = st.lists(NEARLY, max_size=2) | st.dictionaries(st.text(max_size=2), NEARLY, max_size=1)
    return values | NEARLY | containers


TOKENS = st.fixed_dictionaries({}, optional={key: st.just(value) | NEARLY for key, value in TOKEN.items()})
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "password": _odd(st.just(HASH)),
        "tokens": _odd(st.lists(_odd(TOKENS), max_size=2)),
        "projects": _odd(st.lists(st.sampled_from(["*", "Acme_*"]) | NEARLY, max_size=3)),
    },
)


@given(_odd(RECORDS))
def test_what_a_look_finds_good_can_be_parsed_and_is_what_it_said(record: object) -> None:
    user = _parsed(record)
    assert plain_facts(record) in (None, _facts(user) if user else None)


@pytest.mark.parametrize("field", TOKEN)
@given(value=_odd(NEARLY))
def test_no_value_of_a_token_looks_good_that_is_not(field: str, value: object) -> None:
    record = {"tokens": [{**TOKEN, field: value}], "projects": []}
    assert plain_facts(record) is None or _parsed(record) is not None


@pytest.mark.parametrize("field", USUAL)
@given(value=_odd(NEARLY))
def test_no_value_of_a_record_looks_good_that_is_not(field: str, value: object) -> None:
    record = {**USUAL, field: value}
    assert plain_facts(record) is None or _parsed(record) is not None
