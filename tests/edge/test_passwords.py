from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from passlib.hash import pbkdf2_sha256

from s3pypi_edge.passwords import MAX_ROUNDS, parse_hash, spend

# Made with libpass 1.9.4.
VECTOR = "$pbkdf2-sha256$1000$orTWOseYc84ZgxACgBBiLA$zrq1vmRMuKE/I/1.BJaG1GkbQY1edTy00G9GGFED2VQ"
DIGEST = "A" * 43


def test_a_hash_of_passlib_verifies() -> None:
    assert parse_hash(VECTOR).verify("x")
    assert not parse_hash(VECTOR).verify("y")


@given(
    st.text().filter(lambda text: "\0" not in text and text.isprintable()),
    st.integers(1, 50),
    st.binary(max_size=64),
)
def test_every_hash_of_passlib_verifies(password: str, rounds: int, salt: bytes) -> None:
    text = pbkdf2_sha256.using(rounds=rounds, salt=salt).hash(password)
    stored = parse_hash(text)
    assert stored.rounds == rounds
    assert stored.verify(password)
    assert not stored.verify(f"{password}!")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("$2b$12$abcdefghijklmnopqrstuv", id="bcrypt"),
        pytest.param(f"$pbkdf2-sha512$10$AAAA${DIGEST}", id="another digest"),
        pytest.param(f"$pbkdf2-sha256$0$AAAA${DIGEST}", id="no rounds"),
        pytest.param(f"$pbkdf2-sha256$-1$AAAA${DIGEST}", id="negative rounds"),
        pytest.param(f"$pbkdf2-sha256$10$AAAA${DIGEST}A", id="digest too long"),
        pytest.param(f"$pbkdf2-sha256$10$AAAA+${DIGEST}", id="plain base64"),
        pytest.param(f"$pbkdf2-sha256$10$AAAAA${DIGEST}", id="salt of impossible length"),
        pytest.param(f"$pbkdf2-sha256$10$AAAA${DIGEST}\n", id="newline"),
        pytest.param(f"$pbkdf2-sha256$10${'A' * 2000}${DIGEST}", id="endless salt"),
        pytest.param(f"$pbkdf2-sha256${MAX_ROUNDS + 1}$AAAA${DIGEST}", id="too dear"),
        pytest.param(f"$pbkdf2-sha256$1{'0' * 900}$AAAA${DIGEST}", id="absurdly dear"),
    ],
)
def test_any_other_hash_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"password hash|base64"):
        parse_hash(text)


def test_the_dearest_hash_allowed_is_read() -> None:
    assert parse_hash(f"$pbkdf2-sha256${MAX_ROUNDS}$AAAA${DIGEST}").rounds == MAX_ROUNDS


def test_a_hash_does_not_show_in_messages() -> None:
    assert repr(parse_hash(VECTOR)) == "<PasswordHash of 1000 rounds>"


def test_time_can_be_spent_as_a_hash_would(rounds_spent: list[int]) -> None:
    spend("password", 0)
    spend("password", 50_000)
    assert rounds_spent == [50_000]
