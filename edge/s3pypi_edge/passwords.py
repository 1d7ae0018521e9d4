"""Password hashes as passlib's ``pbkdf2_sha256`` writes them, verified with hashlib alone."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from typing import NamedTuple

# What a hash may cost at most: with the 1/14 of a CPU that a viewer function has about 2.4 s (5 to 6 s
# without SHA instructions).
MAX_ROUNDS = 600_000

_ALPHABET = "[./A-Za-z0-9]"
_HASH = re.compile(
    rf"\$pbkdf2-sha256\$(?P<rounds>[1-9][0-9]*)\$(?P<salt>{_ALPHABET}*)\$(?P<digest>{_ALPHABET}{{43}})"
)
_LONGEST_HASH = 1024


class PasswordHash(NamedTuple):
    """What is kept of a password: PBKDF2-HMAC-SHA-256 of its UTF-8 bytes."""

    rounds: int
    salt: bytes
    digest: bytes

    def __repr__(self) -> str:
        return f"<PasswordHash of {self.rounds} rounds>"

    @property
    def text(self) -> bytes:
        """All of it, in one spelling."""
        return b"%d %b %b" % (self.rounds, self.digest, self.salt)

    def verify(self, password: str) -> bool:
        """Whether this is the password, compared in constant time. Prepare it with saslprep first."""
        return hmac.compare_digest(_pbkdf2(password, self.salt, self.rounds), self.digest)


def parse_hash(text: str) -> PasswordHash:
    """Read ``$pbkdf2-sha256$rounds$salt$digest``. Raises ValueError for another kind, or too many rounds."""
    match = _HASH.fullmatch(text) if len(text) <= _LONGEST_HASH else None
    if match is None:
        raise ValueError("its password hash is not one of $pbkdf2-sha256$")
    rounds = int(match["rounds"])
    if rounds > MAX_ROUNDS:
        raise ValueError(f"its password hash has {rounds} rounds, more than {MAX_ROUNDS}")
    return PasswordHash(rounds, _decode(match["salt"]), _decode(match["digest"]))


def spend(password: str, rounds: int) -> None:
    """Take as long as verifying a password against a hash of so many rounds takes; none for 0."""
    if rounds > 0:
        _pbkdf2(password, b"sixteen bytes...", rounds)


def _pbkdf2(password: str, salt: bytes, rounds: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)


def _decode(text: str) -> bytes:
    # passlib's base64 has "." for "+", and no padding. A wrong length raises binascii.Error, a ValueError.
    return binascii.a2b_base64(text.replace(".", "+") + "=" * (-len(text) % 4))
