"""The invariants that the fuzzer looks after, on a few bytes that no fuzzer chose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.edge.events import basic
from tests.edge.gates import TOKEN
from tests.fuzz.invariants import check_credentials, check_header, check_path


@given(st.binary() | st.binary().map(lambda data: b"/simple/" + data))
def test_no_path_breaks_an_invariant(data: bytes) -> None:
    check_path(data)


@given(st.binary() | st.binary().map(lambda data: b"Basic " + data))
def test_no_header_breaks_an_invariant(data: bytes) -> None:
    check_header(data)


@given(st.binary() | st.binary().map(lambda data: b"alice:" + data))
def test_no_credentials_break_an_invariant(data: bytes) -> None:
    assert check_credentials(data) is None


@pytest.mark.parametrize(
    ("path", "verdict"), [(b"/simple/", "pass"), (b"/simple", "301"), (b"/..", "404"), (b"", "404")]
)
def test_the_verdict_on_a_path_is_returned(path: bytes, verdict: str) -> None:
    assert check_path(path) == verdict


@pytest.mark.parametrize(
    ("value", "who"),
    [(basic("bob", "builder"), "bob"), (basic("", TOKEN), "ci"), (basic("bob", "x"), None), ("", None)],
)
def test_who_came_in_with_a_header_is_returned(value: str, who: str | None) -> None:
    assert check_header(value.encode()) == who
