"""Whether credentials are right, for one state of the user store."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_edge import tokens
from s3pypi_edge.bounded import BoundedSet
from s3pypi_edge.passwords import spend
from s3pypi_edge.saslprep import saslprep

if TYPE_CHECKING:
    from s3pypi_edge.credentials import Credentials
    from s3pypi_edge.ration import Ration
    from s3pypi_edge.users import User, UserStore

# A hash takes the share of a CPU that a viewer function has for about half a second.
SLOW_RATE = 2.0  # a second
SLOW_BURST = 4.0

REMEMBERED_PAIRS = 2048
_REMEMBERED_FAILURES = 8192  # with the pairs, less than 2 MB


class Verdict(NamedTuple):
    """Who it is, or None; ``kind`` is "password" or "token"; ``reason`` says why not, for the log."""

    user: User | None
    kind: str
    reason: str = ""


class Verifier:
    """Verifies credentials against one state of the user store, and remembers what cost much.

    ``ration`` and ``right`` live as long as the instance: a change of the store gives nobody more tries, and
    makes nobody slow whose own hash did not change. ``key`` is random: what is remembered is a digest under
    it, and tells nobody a password.
    """

    def __init__(self, store: UserStore, key: bytes, ration: Ration, right: BoundedSet) -> None:
        self._store = store
        self._key = key
        self._ration = ration
        self._right = right
        # Not kept: who finds a wrong pair slow again would know that there is such a user, and a new hash.
        self._wrong = BoundedSet(_REMEMBERED_FAILURES)

    def verify(self, credentials: Credentials, now: float) -> Verdict:
        """Judge credentials at ``now``, in POSIX seconds. The user name beside a token does not matter.

        Raises Rationed for a password that was not judged lately, where too many such came before it. A token
        is always judged.
        """
        if credentials.secret.startswith((tokens.TOKEN_PREFIX, tokens.SESSION_PREFIX)):
            return self._verify_token(credentials.secret, now)
        try:
            name, password = saslprep(credentials.name), saslprep(credentials.secret)
        except ValueError:
            return Verdict(None, "password", "prohibited characters")
        user = self._store.users.get(name)
        if self._is_right(user, name, password):
            return Verdict(user, "password")
        return Verdict(None, "password", "wrong user name or password")

    def _verify_token(self, text: str, now: float) -> Verdict:
        owner = self._store.tokens.get(tokens.token_id(text) or "")
        if owner is None or not hmac.compare_digest(tokens.digest(text), owner.token.sha256):
            return Verdict(None, "token", "unknown token")
        if owner.token.expires is not None and now >= owner.token.expires:
            return Verdict(None, "token", "expired token")
        return Verdict(owner.user, "token")

    def _is_right(self, user: User | None, name: str, password: str) -> bool:
        # With what is stored, so that it is forgotten when that changes. No prepared text contains NUL, so no
        # two pairs share a digest.
        stored = user.password.text if user and user.password else b""
        sent = f"{name}\0{password}\0".encode()
        pair = hashlib.blake2b(sent + stored, key=self._key).digest()
        if pair in self._right:
            return True
        if pair in self._wrong:
            return False
        if self._store.dearest:
            self._ration.take()  # before anything tells a user from a stranger
        right = self._hash(user, password)
        (self._right if right else self._wrong).add(pair)
        return right

    def _hash(self, user: User | None, password: str) -> bool:
        """Every failure costs what the dearest hash costs, or time would tell who has a password here."""
        known = user.password if user else None
        if known is not None and known.verify(password):
            return True
        spend(password, self._store.dearest - (known.rounds if known else 0))
        return False
