from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_edge.credentials import Credentials, CredentialsError
from tests.edge.events import basic


def _read(*values: str) -> Credentials:
    return Credentials.from_headers(
        {"authorization": [{"key": "Authorization", "value": value} for value in values]}
    )


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("value", "credentials"),
    [
        pytest.param(basic("alice", "secret"), ("alice", "secret"), id="plain"),
        pytest.param(basic("alice", "a:b:c"), ("alice", "a:b:c"), id="colons in the password"),
        pytest.param(basic("alice", ""), ("alice", ""), id="no password"),
        pytest.param(basic("", "secret"), ("", "secret"), id="no name"),
        pytest.param(basic("a%40b", "%3A%zz"), ("a%40b", "%3A%zz"), id="percent signs mean themselves"),
        pytest.param(basic("zo\xeb", "\u20ac"), ("zo\xeb", "\u20ac"), id="UTF-8"),
        pytest.param(basic("zo\xeb", "p\xe4ss", "latin-1"), ("zo\xeb", "p\xe4ss"), id="Latin-1"),
        pytest.param(basic("a", "b").lower()[:6] + _encoded("a:b"), ("a", "b"), id="lower-case scheme"),
        pytest.param(f"BASIC   {_encoded('a:b')} ", ("a", "b"), id="capitals and spaces"),
    ],
)
def test_credentials_are_read(value: str, credentials: tuple[str, str]) -> None:
    assert _read(value) == credentials


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([], id="none"),
        pytest.param([basic("a", "b"), basic("a", "b")], id="sent twice"),
        pytest.param([""], id="empty"),
        pytest.param(["Basic"], id="scheme alone"),
        pytest.param(["Basic "], id="scheme and a space"),
        pytest.param([_encoded("a:b")], id="no scheme"),
        pytest.param([f"Bearer {_encoded('a:b')}"], id="another scheme"),
        pytest.param([f"Basic{_encoded('a:b')}"], id="no space"),
        pytest.param([f"Basic\t{_encoded('a:b')}"], id="tab"),
        pytest.param([f"Basic {_encoded('ab')}"], id="no colon"),
        pytest.param([f"Basic {_encoded('a:b').rstrip('=')}"[:-1]], id="cut short"),
        pytest.param([f"Basic {_encoded('a:bc').rstrip('=')}"], id="no padding"),
        pytest.param(["Basic YTpi-_8="], id="URL-safe base64"),
        pytest.param(["Basic YTpi====="], id="too much padding"),
        pytest.param(["Basic YTpi=YTpi"], id="padding inside"),
        pytest.param([f"Basic {_encoded('a:b')}, Basic {_encoded('a:b')}"], id="joined"),
        pytest.param(["Basic \u212aTpi"], id="a letter that only looks like one"),
    ],
)
def test_anything_else_is_no_credentials(values: list[str]) -> None:
    with pytest.raises(CredentialsError):
        _read(*values)


@given(st.text())
def test_no_message_repeats_what_was_sent(value: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        _read(f"Basic {value}:")
    assert len(value) < 9 or value not in str(caught.value)


def test_credentials_do_not_show_in_messages() -> None:
    assert repr(_read(basic("alice", "secret"))) == "<Credentials>"
