from __future__ import annotations

import pytest

from s3pypi_admin.passwords import LONGEST, BadPassword, ask_for_password, hash_password
from s3pypi_core.secret_input import NoSecret
from s3pypi_edge.passwords import parse_hash


def test_a_hash_is_one_that_the_edge_verifies() -> None:
    known = parse_hash(hash_password("Ⅸ: a pass­phrase"))
    assert known.verify("IX: a passphrase")
    assert not known.verify("another")


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("\u00ad", "is empty", id="empty once prepared"),
        pytest.param("s3p_secret", "cannot begin with s3p_ or s3ps_", id="like a token"),
        pytest.param("s3ps_secret", "cannot begin with s3p_ or s3ps_", id="like a session"),
        pytest.param("\uff533p_secret", "cannot begin with s3p_ or s3ps_", id="like a token once prepared"),
        pytest.param("bell\a", "control characters", id="prohibited"),
        pytest.param("secret" * LONGEST, "more than 1024 characters", id="too long"),
    ],
)
def test_a_password_that_nobody_could_use_is_refused_and_not_shown(password: str, problem: str) -> None:
    with pytest.raises(BadPassword, match=problem) as caught:
        hash_password(password)
    assert "secret" not in str(caught.value)


def test_two_answers_that_differ_are_refused() -> None:
    answers = iter(["first", "second"])
    with pytest.raises(BadPassword, match="differ") as caught:
        ask_for_password(lambda _prompt: next(answers))
    assert "first" not in str(caught.value)


def test_an_empty_answer_is_not_asked_for_again() -> None:
    answers = iter([""])
    with pytest.raises(NoSecret, match="no password"):
        ask_for_password(lambda _prompt: next(answers))
