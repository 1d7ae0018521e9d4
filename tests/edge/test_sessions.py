from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_edge.principals import Principals, parse_principals
from s3pypi_edge.sessions import Claims, is_signed, read_claims, verify_session, write_session
from s3pypi_edge.signing_keys import KeyRing, SigningKey
from s3pypi_edge.store import StoreError
from s3pypi_edge.users import format_time
from s3pypi_edge.verifier import Verdict
from tests.edge.events import HOST
from tests.edge.gates import START

DEVELOPER = "arn:aws:iam::123456789012:role/Developer"
KEY = SigningKey("a1", bytes(range(32)), START)
OTHER = SigningKey("a1", bytes(range(1, 33)), START)
NOW = int(START)
CLAIMS = Claims("a1", NOW, NOW + 43_200, HOST, DEVELOPER)
SESSION = write_session(CLAIMS, KEY)


def principals(**fields: object) -> Principals:
    return parse_principals([{"arn": DEVELOPER, "projects": ["acme-*"], **fields}])[0]


def verify(
    session: str,
    *,
    host: str = HOST,
    listed: Principals | None = None,
    key: SigningKey = KEY,
    now: float = START,
) -> Verdict:
    return verify_session(
        session,
        host=host,
        principals=principals() if listed is None else listed,
        keys=lambda: KeyRing((key,), ()),
        now=now,
    )


def test_a_session_is_written_as_the_format_says() -> None:
    assert SESSION == (
        "s3ps_MSBhMSAxODAwMDAwMDAwIDE4MDAwNDMyMDAgcHlwaS5hY21lLmNvbSBhcm46YXdzOmlhbTo6MTIzNDU2Nzg5MDEyOnJvbGUvRGV2ZWxvcGVy.AiLvrCTQG3UR40Dm-slrM-jp7UxNsoQfnO7zh1V5h4U"
    )


def test_a_session_opens_the_projects_that_its_principal_has_now() -> None:
    verdict = verify(SESSION)
    assert verdict.user is not None
    assert (verdict.user.name, verdict.kind, verdict.user.projects) == (DEVELOPER, "session", ("acme-*",))
    verdict = verify(SESSION, listed=principals(projects=["demo"]))
    assert verdict.user is not None
    assert verdict.user.projects == ("demo",)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"host": "other.acme.com"}, "a session for another host", id="another host"),
        pytest.param({"now": START + 43_200}, "expired session", id="expired"),
        pytest.param({"now": START - 301}, "a session from the future", id="not yet made"),
        pytest.param({"key": OTHER}, "unknown session", id="another key of that id"),
        pytest.param({"key": KEY._replace(id="b2")}, "unknown session", id="a key that is gone"),
        pytest.param({"listed": parse_principals([])[0]}, "revoked session", id="no principals any more"),
        pytest.param(
            {"listed": parse_principals([{"arn": DEVELOPER + "s", "projects": []}])[0]},
            "revoked session",
            id="principal removed",
        ),
        pytest.param(
            {"listed": principals(expires=format_time(START + 60)), "now": START + 60},
            "revoked session",
            id="principal expired",
        ),
        pytest.param(
            {"listed": principals(not_before=format_time(START))}, "revoked session", id="sessions revoked"
        ),
    ],
)
def test_a_session_that_does_not_hold_any_more_is_refused(changes: dict[str, object], reason: str) -> None:
    assert verify(SESSION, **changes) == Verdict(None, "session", reason)  # type: ignore[arg-type]  # a table


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"now": START + 43_199}, id="up to its last second"),
        pytest.param({"listed": principals(not_before=format_time(START - 1))}, id="made after a revocation"),
        pytest.param(
            {"listed": principals(expires=format_time(START + 60))}, id="before the principal's end"
        ),
        pytest.param({"now": START - 5}, id="on an instance whose clock is behind"),
        pytest.param({"now": START - 300}, id="on an instance whose clock is far behind"),
    ],
)
def test_until_then_it_holds(changes: dict[str, object]) -> None:
    assert verify(SESSION, **changes).user is not None  # type: ignore[arg-type]  # a table


def test_nothing_signed_lives_longer_than_the_longest_session() -> None:
    forged = write_session(CLAIMS._replace(expires=NOW + 86_401), KEY)
    assert verify(forged).reason == "expired session"
    assert verify(forged, now=START + 86_400).reason == "expired session"


def test_nothing_signed_for_later_defies_a_revocation() -> None:
    later = NOW + 40 * 86_400
    forged = write_session(CLAIMS._replace(issued=later, expires=later + 86_400), KEY)
    assert verify(forged).reason == "a session from the future"
    assert verify(forged, listed=principals(not_before=format_time(START))).user is None


HEAD, _, MAC = SESSION.rpartition(".")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("s3ps_", id="prefix alone"),
        pytest.param(HEAD, id="no signature"),
        pytest.param(f"{HEAD}.", id="an empty signature"),
        pytest.param(f"{HEAD}.{MAC}=", id="padding"),
        pytest.param(f"{HEAD}.{MAC[:-1]}", id="a short signature"),
        pytest.param(f"{HEAD}.{'A' * 43}", id="another signature"),
        pytest.param(f"{HEAD}.{MAC.swapcase()}", id="the signature in another case"),
        pytest.param(f"{HEAD}A.{MAC}", id="more claims"),
        pytest.param(f"{HEAD[:-4]}.{MAC}", id="fewer claims"),
        pytest.param(f"s3ps_A.{MAC}", id="claims that are no base64"),
        pytest.param(f"s3ps_gICA.{MAC}", id="claims that are no text"),
        pytest.param(f"s3ps_e30.{MAC}", id="claims that are JSON"),
        pytest.param(f"s3ps_{'A' * 2001}.{MAC}", id="too long"),
        pytest.param(f"{SESSION}\n", id="a newline"),
        pytest.param(f" {SESSION}", id="a space"),
    ],
)
def test_anything_else_is_no_session(text: str) -> None:
    assert verify(text) == Verdict(None, "session", "unknown session")


@given(st.integers(0, len(SESSION) - 1), st.characters(codec="ascii"))
def test_no_character_can_be_changed(position: int, character: str) -> None:
    changed = SESSION[:position] + character + SESSION[position + 1 :]
    assert (verify(changed).user is not None) == (changed == SESSION)


@given(
    key_id=st.from_regex(r"\A[a-z0-9]{1,32}\Z"),
    issued=st.integers(1, 10**11),
    expires=st.integers(1, 10**11),
    host=st.from_regex(r"\A[a-z0-9.-]{1,200}(:[0-9]{1,5})?\Z"),
    principal=st.from_regex(r"\A[!-~]{1,700}\Z"),
)
def test_what_is_written_is_read_back(
    key_id: str, issued: int, expires: int, host: str, principal: str
) -> None:
    claims = Claims(key_id, issued, expires, host, principal)
    session = write_session(claims, KEY)
    assert read_claims(session) == claims
    assert is_signed(session, KEY)
    assert not is_signed(session, OTHER)


@pytest.mark.parametrize(
    "text",
    [f"{HEAD}.{MAC[:-1]}", write_session(CLAIMS._replace(host="x"), OTHER)],
    ids=["none", "of another host"],
)
def test_the_keys_are_not_read_for_what_cannot_be_a_session_here(text: str) -> None:
    def unreadable() -> KeyRing:
        raise StoreError("signing keys: S3 answered 404")

    assert verify_session(text, host=HOST, principals=principals(), keys=unreadable, now=START).user is None
    with pytest.raises(StoreError):
        verify_session(SESSION, host=HOST, principals=principals(), keys=unreadable, now=START)
