"""What is counted instead of timed."""

from __future__ import annotations

import hashlib

import pytest


@pytest.fixture
def rounds_spent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rounds of every PBKDF2 that is computed from now on."""
    spent: list[int] = []
    compute = hashlib.pbkdf2_hmac

    def counting(name: str, password: bytes, salt: bytes, rounds: int, length: int | None = None) -> bytes:
        spent.append(rounds)
        return compute(name, password, salt, rounds, length)

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", counting)
    return spent
