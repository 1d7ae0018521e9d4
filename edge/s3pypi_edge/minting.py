"""``GET /-/token``: a proof of an AWS identity goes in, a session comes out."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_edge.bounded import BoundedSet
from s3pypi_edge.proof import Proof, ProofError
from s3pypi_edge.ration import Ration
from s3pypi_edge.sessions import Claims, write_session
from s3pypi_edge.signing_keys import LONGEST_SESSION
from s3pypi_edge.store import StoreError
from s3pypi_edge.users import format_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_edge.principals import Principal, Principals
    from s3pypi_edge.signing_keys import KeyRing
    from s3pypi_edge.sts import Caller, Sts

SHORTEST_SESSION = 900  # seconds
DEFAULT_SESSION = 43_200  # seconds

_LIFETIME = re.compile(r"lifetime=(?P<seconds>[0-9]{1,6})")
_REMEMBERED_REFUSALS = 4096  # digests, less than 1 MB
_MINTS_A_SECOND = 1.0
_MINTS_AT_ONCE = 5.0


class LifetimeError(Exception):
    """A life that no session can have. The message is for the client."""

    def __init__(self) -> None:
        super().__init__(
            f"lifetime is the life of the session in seconds, from {SHORTEST_SESSION} to {LONGEST_SESSION}: "
            f"/-/token?lifetime={DEFAULT_SESSION}"
        )


class Minted(NamedTuple):
    """A session, the ARN of its owner, and for the log how that one is called, as claimed."""

    body: str
    who: str
    remark: str


class Mint:
    """Makes sessions; for use by many threads. What STS refused is refused again without asking it."""

    def __init__(self, sts: Sts, keys: Callable[[], KeyRing], *, monotonic: Callable[[], float]) -> None:
        self._sts = sts
        self._keys = keys
        self._ration = Ration(rate=_MINTS_A_SECOND, burst=_MINTS_AT_ONCE, monotonic=monotonic)
        self._refused = BoundedSet(_REMEMBERED_REFUSALS)

    def mint(self, text: str, query: str, *, host: str, principals: Principals, now: float) -> Minted:
        """Make a session for who made the proof ``text``; ``query`` may say how long it shall live.

        Raises ProofError, LifetimeError, Rationed, and where it cannot be told StsError or StoreError.
        """
        proof = Proof.parse(text, now)
        if not principals.by_arn:
            raise ProofError("nobody is a principal")
        # The keys come first: without one to sign with, there is nothing to ask STS for.
        key = self._keys().signer(now)
        if key is None:
            raise StoreError("signing keys: there is none")
        caller = self._identify(proof, text, host)
        issued = _issued(proof, now)
        principal = _principal(caller, principals, issued, now)
        # Only who proved who they are is told what is wrong with their request.
        end = _end(issued, now + _lifetime(query), principal)
        claims = Claims(key.id, issued, end, host, caller.arn)
        answer = {"token": write_session(claims, key), "expires": format_time(claims.expires)}
        return Minted(json.dumps(answer), caller.arn, f"session made{_as_claimed(caller)}")

    def _identify(self, proof: Proof, text: str, host: str) -> Caller:
        digest = hashlib.sha256(f"{host} {text}".encode()).digest()
        if digest in self._refused:
            raise ProofError("a proof that was refused before")
        self._ration.take()
        try:
            return self._sts.identify(proof, host)
        except ProofError:  # for good; who is no principal now may be one later
            self._refused.add(digest)
            raise


def _lifetime(query: str) -> int:
    if not query:
        return DEFAULT_SESSION
    match = _LIFETIME.fullmatch(query)
    if match is None or not SHORTEST_SESSION <= int(match["seconds"]) <= LONGEST_SESSION:
        raise LifetimeError
    return int(match["seconds"])


def _issued(proof: Proof, now: float) -> int:
    """From when a session counts: from its proof, or the proof from before a revocation would outlive it.

    This instance may not know of the revocation yet. A fast clock behind the proof gains nothing by it.
    """
    return min(int(proof.made), int(now))


def _end(issued: int, wanted: float, principal: Principal) -> int:
    ends = [wanted, float(issued + LONGEST_SESSION)]
    return int(min(ends if principal.expires is None else [*ends, principal.expires]))


def _principal(caller: Caller, principals: Principals, issued: int, now: float) -> Principal:
    principal = principals.find(caller.arn)
    if principal is None:
        raise ProofError(f"{caller.arn} is not a principal{_as_claimed(caller)}")
    if principal.is_expired(now):
        raise ProofError(f"{caller.arn} has expired{_as_claimed(caller)}")
    if principal.is_revoked(issued):
        raise ProofError(f"{caller.arn} had its sessions revoked since{_as_claimed(caller)}")
    return principal


def _as_claimed(caller: Caller) -> str:
    return "" if caller.session_name is None else f" (session name, as claimed: {caller.session_name})"
