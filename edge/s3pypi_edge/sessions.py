"""Sessions: what somebody with AWS credentials is given for them, signed by the function itself."""

from __future__ import annotations

import binascii
import hmac
import re
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_edge.signing_keys import LONGEST_SESSION
from s3pypi_edge.tokens import SESSION_PREFIX, base64url
from s3pypi_edge.users import User
from s3pypi_edge.verifier import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_edge.principals import Principals
    from s3pypi_edge.signing_keys import KeyRing, SigningKey

KIND = "session"

_AHEAD = 300  # seconds that the clock of the instance which made it may be fast

_SESSION = re.compile(r"(?P<signed>s3ps_(?P<claims>[A-Za-z0-9_-]{1,2000}))\.(?P<mac>[A-Za-z0-9_-]{43})")
# One spelling for each claim, so that the same claims are always the same text.
_CLAIMS = re.compile(
    r"1 (?P<key_id>[a-z0-9]{1,32}) (?P<issued>[1-9][0-9]{0,11}) (?P<expires>[1-9][0-9]{0,11})"
    r" (?P<host>[a-z0-9.:-]{1,300}) (?P<principal>[!-~]{1,1000})"
)


class Claims(NamedTuple):
    """What a session says: whose it is, from when to when (whole POSIX seconds), for which host.

    Which projects it opens is not among them: that is read from the user store, each time.
    """

    key_id: str
    issued: int
    expires: int
    host: str
    principal: str


def write_session(claims: Claims, key: SigningKey) -> str:
    """The text of a session, signed by the key whose id the claims have."""
    text = "1 " + " ".join(map(str, claims))
    signed = SESSION_PREFIX + base64url(text.encode())
    return f"{signed}.{_mac(signed, key)}"


def read_claims(session: str) -> Claims | None:
    """What a session says, which is to be believed once its signature is checked; None for no session."""
    match = _SESSION.fullmatch(session)
    claims = match and _CLAIMS.fullmatch(_decode(match["claims"]))
    if not claims:
        return None
    return Claims(
        claims["key_id"], int(claims["issued"]), int(claims["expires"]), claims["host"], claims["principal"]
    )


def is_signed(session: str, key: SigningKey) -> bool:
    """Whether the key signed the session, told in constant time."""
    signed, _, mac = session.rpartition(".")
    return hmac.compare_digest(mac, _mac(signed, key))


def verify_session(
    session: str, *, host: str, principals: Principals, keys: Callable[[], KeyRing], now: float
) -> Verdict:
    """Judge a session that is shown at ``host``. ``keys`` is asked for only where nothing else is wrong."""
    claims = read_claims(session)
    if claims is None:
        return _refused("unknown session")
    fault = _fault(claims, host, principals, now)
    if fault:
        return _refused(fault)
    key = keys().verifier(claims.key_id, now)
    if key is None or not is_signed(session, key):
        return _refused("unknown session")
    principal = principals.find(claims.principal)
    if principal is None or principal.is_expired(now) or principal.is_revoked(claims.issued):
        return _refused("revoked session")
    return Verdict(User(claims.principal, None, (), principal.projects), KIND)


def _fault(claims: Claims, host: str, principals: Principals, now: float) -> str:
    """What is wrong with claims, whoever signed them."""
    if claims.host != host:
        return "a session for another host"
    if not now < claims.expires <= claims.issued + LONGEST_SESSION:
        return "expired session"
    # It would outlive what a session may live, and revocations until its time comes.
    if claims.issued > now + _AHEAD:
        return "a session from the future"
    # Where there never were principals there are no keys either.
    return "" if principals.by_arn else "revoked session"


def _refused(reason: str) -> Verdict:
    return Verdict(None, KIND, reason)


def _mac(signed: str, key: SigningKey) -> str:
    return base64url(hmac.digest(key.key, signed.encode(), "sha256"))


def _decode(text: str) -> str:
    """The text inside the base64, empty where there is none."""
    plain = text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)
    try:
        return binascii.a2b_base64(plain).decode("ascii")
    except ValueError:  # UnicodeDecodeError is one, and so is what binascii raises
        return ""
