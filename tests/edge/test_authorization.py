"""Every way to write an Authorization header, and who comes in with it."""

from __future__ import annotations

import base64
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_edge.tokens import digest
from tests.edge.events import basic, viewer_request
from tests.edge.gates import TOKEN, entrance, password_hash, user_store

NFC, NFD = (unicodedata.normalize(form, "zo\xeb:p\xe4ss") for form in ("NFC", "NFD"))
USERS = {
    "alice": {"password": password_hash("a:b%41=="), "projects": ["*"]},
    "zo\xeb": {"password": password_hash("p\xe4ss"), "projects": ["*"]},
    "euro": {"password": password_hash("\u20ac"), "projects": ["*"]},
    "empty": {"password": password_hash(""), "projects": ["*"]},
    "bot": {"tokens": [{"id": "k3v9", "sha256": digest(TOKEN)}], "projects": ["*"]},
}
DOOR = entrance(user_store(USERS))
ALICE = basic("alice", "a:b%41==")


def _encode(text: str | bytes, scheme: str = "Basic ") -> str:
    return scheme + base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def _who(*values: str) -> str | None:
    event = viewer_request(headers=[("Authorization", value) for value in values])
    answer = DOOR.gate.answer(event)
    line = DOOR.lines()[-1]
    DOOR.log.clear()
    assert (line["verdict"], "status" in answer) in {("pass", False), ("401", True)}
    who: str | None = line["who"]
    return who


@pytest.mark.parametrize(
    ("value", "who"),
    [
        pytest.param(ALICE, "alice", id="as pip sends it"),
        pytest.param(ALICE.replace("Basic", "basic"), "alice", id="lower-case scheme"),
        pytest.param(ALICE.replace("Basic", "BASIC"), "alice", id="capital scheme"),
        pytest.param(ALICE.replace(" ", "   "), "alice", id="several spaces"),
        pytest.param(_encode(NFC), "zo\xeb", id="UTF-8, composed"),
        pytest.param(_encode(NFD), "zo\xeb", id="UTF-8, decomposed"),
        pytest.param(_encode(NFC.encode("latin-1")), "zo\xeb", id="Latin-1"),
        pytest.param(_encode("euro:\u20ac"), "euro", id="beyond Latin-1"),
        pytest.param(_encode("empty:"), "empty", id="empty password, if that is the password"),
        pytest.param(_encode(f":{TOKEN}"), "bot", id="token without a name"),
        pytest.param(_encode(f"__token__:{TOKEN}"), "bot", id="token under any name"),
        pytest.param(_encode(b"\xff\xfe:" + TOKEN.encode()), "bot", id="token under a name of odd bytes"),
    ],
)
def test_who_belongs_comes_in_however_it_is_written(value: str, who: str) -> None:
    assert _who(value) == who


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([], id="none"),
        pytest.param([""], id="empty"),
        pytest.param([" "], id="blank"),
        pytest.param([ALICE[6:]], id="no scheme"),
        pytest.param([ALICE.replace("Basic", "Bearer")], id="another scheme"),
        pytest.param([ALICE.replace("Basic", "Digest")], id="a third scheme"),
        pytest.param([ALICE.replace("Basic", "Basic:")], id="scheme with a colon"),
        pytest.param([ALICE.replace("Basic", "Ba\u017fic")], id="scheme with a long s"),
        pytest.param([f" {ALICE}"], id="space in front"),
        pytest.param([ALICE.replace(" ", "\t")], id="tab"),
        pytest.param([ALICE.replace(" ", "")], id="no space"),
        pytest.param([ALICE[:-1] + "!"], id="not base64"),
        pytest.param([ALICE[:-1]], id="cut short"),
        pytest.param([ALICE.rstrip("=")], id="no padding"),
        pytest.param([ALICE + "=="], id="too much padding"),
        pytest.param([ALICE + "="], id="one too many"),
        pytest.param(["Basic " + base64.urlsafe_b64encode(b"alice:\xff\xfe\xfb>?").decode()], id="URL-safe"),
        pytest.param(["Basic ="], id="padding alone"),
        pytest.param(["Basic alice:a:b%41=="], id="not encoded at all"),
        pytest.param([_encode("alice")], id="no colon"),
        pytest.param([_encode("")], id="nothing encoded"),
        pytest.param([_encode(":")], id="both parts empty"),
        pytest.param([_encode("alice:")], id="no password"),
        pytest.param([_encode(":a:b%41==")], id="no name"),
        pytest.param([_encode("alice:aAb%41==")], id="percent sign decoded"),
        pytest.param([_encode("alice:a:bA==")], id="password decoded"),
        pytest.param([_encode("alice:a")], id="password up to its colon"),
        pytest.param([_encode("alice:a:b%41==\n")], id="line end"),
        pytest.param([_encode("alice:a:b%41==\0")], id="NUL behind"),
        pytest.param([_encode("alice\0x:a:b%41==")], id="NUL in the name"),
        pytest.param([_encode("\x1balice:a:b%41==")], id="control character"),
        pytest.param([_encode("alice:a:b%41==\u200e")], id="direction mark"),
        pytest.param([_encode(b"alice:a:b%41==\xed\xa0\x80")], id="encoded surrogate"),
        pytest.param([_encode("Alice:a:b%41==")], id="another case"),
        pytest.param([_encode("euro:\x80")], id="the same byte in another Windows"),
        pytest.param([_encode("euro:?")], id="a question mark for what is beyond Latin-1"),
        pytest.param([_encode("a" * 12_000)], id="16 KB without a colon"),
        pytest.param([_encode("alice:" + "a" * 12_000)], id="16 KB"),
        pytest.param([_encode("alice:" + "\u0308" * 6_000)], id="16 KB of accents"),
        pytest.param([_encode(":s3p_" + "a" * 12_000)], id="16 KB of token"),
        pytest.param(["Basic " + "A" * 16_383], id="16 KB of no base64"),
        pytest.param(["Basic " + " " * 16_384], id="16 KB of spaces"),
        pytest.param(["Basic" + " " * 16_384 + "="], id="16 KB of spaces and an end"),
        pytest.param([ALICE, ALICE], id="sent twice"),
        pytest.param([ALICE, ""], id="sent twice, once empty"),
        pytest.param([f"{ALICE}, {ALICE}"], id="joined"),
        pytest.param([f"{ALICE},"], id="comma behind"),
    ],
)
def test_nobody_comes_in_with_anything_else(values: list[str]) -> None:
    assert _who(*values) is None


@given(st.binary(max_size=60))
def test_no_bytes_at_all_break_it(sent: bytes) -> None:
    assert _who(_encode(sent)) is None


@given(st.text(st.characters(codec="latin-1"), max_size=60))
def test_no_text_at_all_breaks_it(sent: str) -> None:
    assert _who(sent) is None
    assert _who(f"Basic {sent}") is None


@given(
    st.text(st.sampled_from("alice:ab%41=\0\u0308\xeb"), max_size=20), st.sampled_from(["utf-8", "latin-1"])
)
def test_nothing_near_it_is_it(sent: str, encoding: str) -> None:
    value = _encode(sent.encode(encoding, "replace"))
    assert _who(value) == ("empty" if sent == "empty:" else "alice" if sent == "alice:a:b%41==" else None)
