from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import pytest

from s3pypi_edge.bounded import BoundedSet
from s3pypi_edge.credentials import Credentials
from s3pypi_edge.ration import Ration, Rationed
from s3pypi_edge.tokens import digest
from s3pypi_edge.users import UserStore
from s3pypi_edge.verifier import SLOW_BURST, SLOW_RATE, Verifier
from tests.edge.gates import EXPIRING_TOKEN, KEY, START, TOKEN, Clock, password_hash, plenty, user_store
from tests.edge.test_sessions import SESSION
from tests.edge.test_sessions import verify as verify_session

if TYPE_CHECKING:
    from collections.abc import Mapping

DEAR = 2_000  # rounds


def _verifier(
    users: Mapping[str, object] | None = None,
    ration: Ration | None = None,
    right: BoundedSet | None = None,
) -> Verifier:
    store = UserStore.parse(user_store(users) if users is not None else user_store())
    return Verifier(store, KEY, ration or plenty(), right or BoundedSet(10))


@pytest.mark.parametrize(
    ("name", "secret", "user", "kind"),
    [
        pytest.param("alice", "wonder:land", "alice", "password", id="password"),
        pytest.param("ali\u00adce", "wonder:l\u00adand", "alice", "password", id="soft hyphens"),
        pytest.param("ci", TOKEN, "ci", "token", id="token"),
        pytest.param("whoever", TOKEN, "ci", "token", id="token under any name"),
        pytest.param("\x00", TOKEN, "ci", "token", id="token under an impossible name"),
        pytest.param("", EXPIRING_TOKEN, "ci", "token", id="token that will expire"),
    ],
)
def test_right_credentials_are_right_again_and_again(name: str, secret: str, user: str, kind: str) -> None:
    verifier = _verifier()
    for _ in range(2):
        verdict = verifier.verify(Credentials(name, secret), START)
        assert verdict.user is not None
        assert (verdict.user.name, verdict.kind) == (user, kind)


@pytest.mark.parametrize(
    ("name", "secret", "kind", "reason"),
    [
        pytest.param("alice", "wonder", "password", "wrong user name or password", id="wrong password"),
        pytest.param("Alice", "wonder:land", "password", "wrong user name or password", id="wrong case"),
        pytest.param("alice", "", "password", "wrong user name or password", id="no password"),
        pytest.param("mallory", "x", "password", "wrong user name or password", id="unknown user"),
        pytest.param("ci", "x", "password", "wrong user name or password", id="user with tokens only"),
        pytest.param("alice", "a\x00", "password", "prohibited characters", id="control character"),
        pytest.param("\x07", "wonder:land", "password", "prohibited characters", id="impossible name"),
        pytest.param("ci", TOKEN[:-1] + "A", "token", "unknown token", id="wrong token"),
        pytest.param("ci", TOKEN.replace("k3v9", "zzzz"), "token", "unknown token", id="unknown token id"),
        pytest.param("ci", TOKEN.replace("k3v9", "x1"), "token", "unknown token", id="another token's id"),
        pytest.param("ci", "s3p_", "token", "unknown token", id="prefix alone"),
        pytest.param("alice", "s3ps_x.y", "token", "unknown token", id="another prefix of ours"),
    ],
)
def test_wrong_credentials_are_wrong_again_and_again(name: str, secret: str, kind: str, reason: str) -> None:
    verifier = _verifier()
    for _ in range(2):
        assert verifier.verify(Credentials(name, secret), START) == (None, kind, reason)


def test_a_token_ends_when_it_says() -> None:
    verifier = _verifier()
    assert verifier.verify(Credentials("", EXPIRING_TOKEN), START + 59.9).user is not None
    assert verifier.verify(Credentials("", EXPIRING_TOKEN), START + 60) == (None, "token", "expired token")


@pytest.mark.parametrize(
    "name", ["dear", "mallory", "cheap", "ci"], ids=["dearest hash", "unknown", "cheaper hash", "tokens only"]
)
def test_time_does_not_tell_who_has_a_password(rounds_spent: list[int], name: str) -> None:
    """Every refusal takes as many rounds as the dearest hash of the store."""
    users = {
        "dear": {"password": password_hash("x", DEAR), "projects": []},
        "cheap": {"password": password_hash("x", DEAR // 2), "projects": []},
        "ci": {"projects": []},
    }
    verifier = _verifier(users)
    rounds_spent.clear()
    verifier.verify(Credentials(name, "wrong"), START)
    assert sum(rounds_spent) == DEAR


@pytest.mark.parametrize(
    ("name", "password"), [("dear", "x"), ("dear", "y"), ("mallory", "x")], ids=["right", "wrong", "unknown"]
)
def test_what_was_verified_is_remembered(rounds_spent: list[int], name: str, password: str) -> None:
    verifier = _verifier({"dear": {"password": password_hash("x", DEAR), "projects": []}})
    rounds_spent.clear()
    for _ in range(3):
        verifier.verify(Credentials(name, password), START)
    assert rounds_spent == [DEAR]


def test_the_name_and_the_password_are_remembered_together() -> None:
    verifier = _verifier({"a": {"password": password_hash("b"), "projects": []}})
    assert verifier.verify(Credentials("a", "b"), START).user is not None
    assert verifier.verify(Credentials("", "ab"), START).user is None
    assert verifier.verify(Credentials("ab", ""), START).user is None


def test_memory_is_bounded_and_a_flood_of_wrong_passwords_pushes_out_no_right_one() -> None:
    verifier = _verifier({"a": {"password": password_hash("b", 1), "projects": []}, "ci": {"projects": []}})
    verifier.verify(Credentials("a", "b"), START)
    for number in range(100_000):
        verifier.verify(Credentials("ci" if number % 2 else f"user {number}", str(number)), START)
    assert len(verifier._wrong._entries) == 8192
    assert len(verifier._right._entries) == 1


def test_a_password_is_known_in_the_next_state_of_the_store_as_long_as_its_hash_stays(
    rounds_spent: list[int],
) -> None:
    right, hashed = BoundedSet(10), password_hash("b", 1)
    alice = {"alice": {"password": hashed, "projects": []}}
    assert _verifier(alice, right=right).verify(Credentials("alice", "b"), START).user is not None
    rounds_spent.clear()
    edited = {**alice, "alice": {"password": hashed, "projects": ["demo"]}, "bob": {"projects": []}}
    verdict = _verifier(edited, right=right).verify(Credentials("alice", "b"), START)
    assert verdict.user is not None
    assert verdict.user.projects == ("demo",)
    assert rounds_spent == []


@pytest.mark.parametrize(
    "users",
    [
        pytest.param({}, id="removed"),
        pytest.param({"alice": {"projects": []}}, id="without a password"),
        pytest.param({"alice": {"password": password_hash("c", 1), "projects": []}}, id="another password"),
    ],
)
def test_what_was_right_is_forgotten_with_its_hash(users: dict[str, object]) -> None:
    right = BoundedSet(10)
    alice = {"alice": {"password": password_hash("b", 1), "projects": []}}
    assert _verifier(alice, right=right).verify(Credentials("alice", "b"), START).user is not None
    assert _verifier(users, right=right).verify(Credentials("alice", "b"), START).user is None


def test_a_hash_that_was_made_anew_is_computed_anew(rounds_spent: list[int]) -> None:
    right = BoundedSet(10)
    for _ in range(2):
        alice = {"alice": {"password": password_hash("b", 7), "projects": []}}
        rounds_spent.clear()
        assert _verifier(alice, right=right).verify(Credentials("alice", "b"), START).user is not None
        assert rounds_spent == [7]


@pytest.mark.parametrize("name", ["alice", "mallory"])
def test_a_change_of_the_store_forgets_every_wrong_pair_alike(rounds_spent: list[int], name: str) -> None:
    right = BoundedSet(10)
    for password in ("b", "c"):
        verifier = _verifier({"alice": {"password": password_hash(password, 7), "projects": []}}, right=right)
        rounds_spent.clear()
        verifier.verify(Credentials(name, "wrong"), START)
        assert rounds_spent == [7]


ONE_PASSWORD = {"alice": {"password": password_hash("right"), "projects": []}, "ci": {"projects": []}}
STRANGERS = ["alice", "ci", "mallory"]


TOKEN_USER = {"bot": {"tokens": [{"id": "k3v9", "sha256": digest(TOKEN)}], "projects": []}}


def _scarce(monotonic: Clock) -> Ration:
    return Ration(rate=SLOW_RATE, burst=SLOW_BURST, monotonic=monotonic)


@pytest.mark.parametrize("name", STRANGERS)
def test_slow_verifications_are_rationed_whoever_is_named(rounds_spent: list[int], name: str) -> None:
    verifier = _verifier(ONE_PASSWORD, _scarce(Clock()))
    rounds_spent.clear()
    for number in range(int(SLOW_BURST)):
        assert verifier.verify(Credentials(name, str(number)), START).user is None
    assert len(rounds_spent) == SLOW_BURST
    for stranger in STRANGERS:
        with pytest.raises(Rationed) as caught:
            verifier.verify(Credentials(stranger, "one more"), START)
        assert caught.value.retry_after == 1
    assert len(rounds_spent) == SLOW_BURST


def test_what_is_remembered_and_what_is_fast_is_not_rationed() -> None:
    monotonic = Clock()
    verifier = _verifier({**ONE_PASSWORD, **TOKEN_USER}, _scarce(monotonic))
    assert verifier.verify(Credentials("alice", "right"), START).user is not None
    assert verifier.verify(Credentials("alice", "wrong"), START).user is None
    monotonic.now -= 1e6  # nothing is left for a long time, and a clock that runs backwards gives nothing
    for number in range(int(SLOW_BURST) - 2):
        verifier.verify(Credentials("mallory", str(number)), START)
    with pytest.raises(Rationed):
        verifier.verify(Credentials("mallory", "one more"), START)
    for _ in range(100):
        assert verifier.verify(Credentials("alice", "right"), START).user is not None
        assert verifier.verify(Credentials("alice", "wrong"), START).user is None
        assert verifier.verify(Credentials("", TOKEN), START).user is not None
        assert verifier.verify(Credentials("", TOKEN[:-1]), START).user is None
        assert verifier.verify(Credentials("\x00", "x"), START).user is None


def test_a_change_of_the_store_gives_nobody_more_tries() -> None:
    ration = _scarce(Clock())
    for number in range(int(SLOW_BURST)):
        _verifier(ONE_PASSWORD, ration).verify(Credentials("mallory", str(number)), START)
    with pytest.raises(Rationed):
        _verifier(ONE_PASSWORD, ration).verify(Credentials("mallory", "x"), START)


def test_a_store_without_passwords_has_nothing_slow_to_ration(rounds_spent: list[int]) -> None:
    verifier = _verifier(TOKEN_USER, _scarce(Clock()))
    for number in range(20):
        assert verifier.verify(Credentials("alice", str(number)), START).user is None
    assert rounds_spent == []


@pytest.mark.parametrize(
    "secret", ["wonder:land", "wrong", TOKEN, TOKEN[:-1] + "A", SESSION, SESSION[:-1] + "A"]
)
def test_digests_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    compared: list[bool] = []
    compare = hmac.compare_digest

    def counting(one: bytes, other: bytes) -> bool:
        compared.append(compare(one, other))
        return compared[-1]

    monkeypatch.setattr(hmac, "compare_digest", counting)
    if secret.startswith("s3ps_"):
        verdict = verify_session(secret)
    else:
        verdict = _verifier().verify(Credentials("alice", secret), START)
    assert compared == [verdict.user is not None]
