"""A session for a repository with ``auth = "aws"``: a cached one, or a new one, made once for all."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError
from s3pypi_edge.deadline import within
from s3pypi_keyring.environment import TOKEN_USER, Found, Login
from s3pypi_keyring.identity import Identity, evidence
from s3pypi_keyring.nested import looking_up
from s3pypi_keyring.session_cache import Failure, Session, SessionCache, open_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s3pypi_core.config.config import Repository
    from s3pypi_core.origin import Origin

PATIENCE = 9.0  # seconds for everything, so that a look-up ends within ten
# Where the proof may be looked up: regions that are on in every account. Any will do; a near one is faster.
_ALWAYS_ON = frozenset(
    {
        *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1"),
        *("ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2"),
        *("eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    }
)
_ANY_REGION = "us-east-1"


class StillFailing(RepositoryError):
    """It failed within the last 30 s and was not tried again; ``is_news`` if this process did not say so."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message, failure.hint)
        self.is_news = failure.process != os.getpid()


class TooSlow(RepositoryError):
    """No session within the time that a client can wait."""

    def __init__(self, url: str) -> None:
        hint = "check the network, then run: s3pypi-keyring status"
        super().__init__(f"getting a session for {url} took more than {PATIENCE:g} s", hint)


def find_session(
    repository: Repository,
    origin: Origin,
    environ: Mapping[str, str],
    *,
    clock: Callable[[], float] = time.time,
) -> Found:
    """Return a session for the repository, a cached one if it lives for 30 min at least.

    Nobody is asked anything. Raises RepositoryError, and within 30 s StillFailing without trying again.
    """
    identity = Identity.find(repository.profile, environ)
    key, cache = identity.key(_url(origin)), open_cache()
    until = time.monotonic() + PATIENCE
    known = _known(cache, key, environ, clock())
    if known:
        return _found(known, identity, "cached session")
    try:
        with cache.lock(key, PATIENCE):
            known = _known(cache, key, environ, clock())
            if known:
                return _found(known, identity, "cached session")
            left = until - time.monotonic()
            made = _make(
                cache, key, lambda: mint(repository, origin, identity, environ), origin, environ, left
            )
            return _found(made, identity, "new session")
    except TimeoutError:
        raise TooSlow(_url(origin)) from None


def renew_session(
    repository: Repository, origin: Origin, environ: Mapping[str, str], *, ask: Callable[[str], str]
) -> Found:
    """Get a new session whatever is cached, and keep it; ``ask`` is for the code of an MFA device.

    Raises RepositoryError.
    """
    identity = Identity.find(repository.profile, environ)
    session = mint(repository, origin, identity, environ, ask=ask)
    open_cache().keep(identity.key(_url(origin)), _url(origin), session)
    return _found(session, identity, "new session")


def owner(found: Found) -> str:
    """Whose session it is, as it says itself."""
    from s3pypi_edge.sessions import read_claims  # noqa: PLC0415  # only for people

    claims = read_claims(found.login.password)
    return claims.principal if claims else found.login.username


def forget_sessions(origin: Origin | None = None) -> list[str]:
    """Forget the cached sessions of one place, or all; return the addresses that had any."""
    return open_cache().forget(_url(origin) if origin else None)


def mint(
    repository: Repository,
    origin: Origin,
    identity: Identity,
    environ: Mapping[str, str],
    *,
    ask: Callable[[str], str] | None = None,
) -> Session:
    """Prove the identity to the repository; return its session. Raises RepositoryError."""
    from s3pypi_edge.proof import make_proof  # noqa: PLC0415  # not for a cached session
    from s3pypi_edge.sigv4 import AwsCredentials  # noqa: PLC0415  # likewise
    from s3pypi_keyring.token_request import NoSession, request_session  # noqa: PLC0415  # likewise

    if identity.has_keys:
        credentials = AwsCredentials.from_environ(environ)
    else:
        from s3pypi_keyring.aws_chain import load_credentials, nobody  # noqa: PLC0415  # loads botocore

        credentials = load_credentials(identity, repository.name, ask=ask or nobody)
    region = repository.region if repository.region in _ALWAYS_ON else _ANY_REGION

    def prove() -> str:
        try:
            return make_proof(credentials, region=region, host=origin.address, now=time.time())
        except ValueError as error:
            hint = "run: aws sts get-caller-identity"
            raise NoSession(f"no proof can be made for {identity.name}: {error}", hint) from None

    return request_session(origin, prove, who=identity.name)


def _known(cache: SessionCache, key: str, environ: Mapping[str, str], now: float) -> Session | None:
    if session := cache.session(key, now):
        return session
    failure = cache.failure(key, now)
    # Whoever has logged in to AWS since then need not wait.
    if failure and failure.evidence == evidence(environ):
        raise StillFailing(failure)
    return None


def _make(
    cache: SessionCache,
    key: str,
    make: Callable[[], Session],
    origin: Origin,
    environ: Mapping[str, str],
    seconds: float,
) -> Session:
    try:
        session = within(seconds, looking_up()(make))
    except Exception as error:
        if isinstance(error, TimeoutError) and seconds < PATIENCE / 2:
            raise  # waiting for somebody else took the time, and the next may well succeed
        known = error if isinstance(error, RepositoryError) else TooSlow(_url(origin))
        failure = Failure(known.message, known.hint, time.time(), os.getpid(), evidence(environ))
        cache.keep(key, _url(origin), failure)
        raise
    cache.keep(key, _url(origin), session)
    return session


def _found(session: Session, identity: Identity, source: str) -> Found:
    login = Login(TOKEN_USER, session.token)
    return Found(login, f"{source} of {identity.name}", is_token=True, expires=session.expires)


def _url(origin: Origin) -> str:
    return f"{origin.scheme}://{origin.address}"
