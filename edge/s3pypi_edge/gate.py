"""The decision on each request: to a stranger nothing, to a user what is theirs to see."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from s3pypi_edge.accept import negotiate
from s3pypi_edge.access import access_parser, key_parser
from s3pypi_edge.clocks import Clocks
from s3pypi_edge.cloudfront import header_text, pass_on, too_many, unavailable
from s3pypi_edge.config import normalize_host
from s3pypi_edge.connector import Connector
from s3pypi_edge.credentials import Credentials, CredentialsError
from s3pypi_edge.decision import Decision, refuse, turn_away
from s3pypi_edge.keys import SIGNING_KEYS_KEY, USERS_KEY
from s3pypi_edge.places import find_place
from s3pypi_edge.ration import Ration, Rationed
from s3pypi_edge.s3 import S3Reader, object_url
from s3pypi_edge.sessions import verify_session
from s3pypi_edge.sigv4 import AwsCredentials
from s3pypi_edge.store import LiveStore, StoreError
from s3pypi_edge.tokens import SESSION_PREFIX, TOKEN_PREFIX
from s3pypi_edge.users import EVERYTHING, IAM_USER, may_see
from s3pypi_edge.verifier import SLOW_BURST, SLOW_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s3pypi_edge.access import Access
    from s3pypi_edge.cloudfront import Answer, Event, Request
    from s3pypi_edge.config import EdgeConfig
    from s3pypi_edge.places import Place
    from s3pypi_edge.signing_keys import KeyRing
    from s3pypi_edge.token_desk import TokenDesk
    from s3pypi_edge.users import User
    from s3pypi_edge.verifier import Verdict

T = TypeVar("T")

_METHODS = ("GET", "HEAD")


class Gate:
    """One repository's entrance; for use by many threads."""

    def __init__(
        self,
        config: EdgeConfig,
        users: LiveStore[Access],
        keys: LiveStore[KeyRing],
        *,
        connector: Connector,
        wall: Callable[[], float],
        monotonic: Callable[[], float],
        log: Callable[[str], object],
    ) -> None:
        self._config = config
        self._users = users
        self._keys = keys
        self._connector = connector
        self._wall = wall
        self._monotonic = monotonic
        self._log = log
        self._token_desk: TokenDesk | None = None

    def warm(self) -> None:
        """Read the user store ahead of the first request. A failure does not matter: that one reads again."""
        with suppress(Exception):  # an instance that fails in its init phase answers nobody
            self._users.current()

    def close(self) -> None:
        """Close the connections to S3; they are opened again when they are needed."""
        self._users.close()
        self._keys.close()

    def answer(self, event: Event) -> Answer:
        """What a viewer-request function returns for its event: the request to go on with, or a response."""
        try:
            cf = event["Records"][0]["cf"]
            decision = self._decide(cf["request"], cf["config"])
        except Exception as error:  # noqa: BLE001  # whatever went wrong, nobody is let through because of it
            decision = Decision(unavailable(), f"failed with {type(error).__name__}")
        self._log(decision.log_line())
        return decision.answer

    def _decide(self, request: Request, cdn: Mapping[str, str]) -> Decision:
        if request["method"] not in _METHODS:
            return refuse(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and HEAD.", {"Allow": "GET, HEAD"})
        host = self._host(request, cdn)
        if host is None:
            return refuse(HTTPStatus.MISDIRECTED_REQUEST, "Another host's address.")
        try:
            credentials = Credentials.from_headers(request["headers"])
            return self._admit(request, credentials, host)
        except CredentialsError as error:
            return turn_away(self._config.realm, str(error))
        except Rationed as error:
            return Decision(too_many(error.retry_after), str(error))
        except StoreError as error:
            return Decision(unavailable(), str(error))

    def _host(self, request: Request, cdn: Mapping[str, str]) -> str | None:
        """The host that was asked, where it is ours."""
        hosts = self._config.hosts or (normalize_host(cdn["distributionDomainName"]),)
        asked = [normalize_host(header["value"]) for header in request["headers"].get("host", ())]
        return asked[0] if len(asked) == 1 and asked[0] in hosts else None

    def _admit(self, request: Request, credentials: Credentials, host: str) -> Decision:
        access, now = self._users.current(), self._wall()
        is_ours = credentials.secret.startswith((TOKEN_PREFIX, SESSION_PREFIX))
        if credentials.name == IAM_USER and not is_ours:
            desk = self._desk()
            return desk.answer(request, credentials.secret, host=host, principals=access.principals, now=now)
        verdict = self._verify(access, credentials, host, now)
        if verdict.user is None:
            return turn_away(self._config.realm, verdict.reason)._replace(kind=verdict.kind)
        return _lead(request, verdict.user)._replace(who=verdict.user.name, kind=verdict.kind)

    def _verify(self, access: Access, credentials: Credentials, host: str, now: float) -> Verdict:
        if not credentials.secret.startswith(SESSION_PREFIX):
            return access.verifier.verify(credentials, now)
        return verify_session(
            credentials.secret, host=host, principals=access.principals, keys=self._keys.current, now=now
        )

    def _desk(self) -> TokenDesk:
        if self._token_desk is None:
            from s3pypi_edge.token_desk import open_token_desk  # noqa: PLC0415  # few requests need it

            self._token_desk = open_token_desk(
                self._config, self._connector, self._keys.current, self._monotonic
            )
        return self._token_desk


def open_gate(
    config: EdgeConfig,
    environ: Mapping[str, str],
    *,
    wall: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    log: Callable[[str], object] = print,
) -> Gate:
    """A gate that reads its users and keys from S3; nothing is read yet.

    Raises ValueError without AWS credentials.
    """
    credentials = AwsCredentials.from_environ(environ)
    endpoint = config.endpoints.get("s3")
    clocks, connector = Clocks(wall, monotonic), Connector()

    def live(key: str, parse: Callable[[bytes], T], name: str) -> LiveStore[T]:
        url = object_url(config.bucket, key, region=config.region, endpoint=endpoint)
        source = S3Reader(url, region=config.region, credentials=credentials, connector=connector, wall=wall)
        return LiveStore(source, parse, name=name, refresh=config.refresh, clocks=clocks)

    ration = Ration(rate=SLOW_RATE, burst=SLOW_BURST, monotonic=monotonic)
    users = live(USERS_KEY, access_parser(os.urandom(32), ration, log), "user store")
    keys = live(SIGNING_KEYS_KEY, key_parser(log), "signing keys")
    return Gate(config, users, keys, connector=connector, wall=wall, monotonic=monotonic, log=log)


def _lead(request: Request, user: User) -> Decision:
    """Where a request goes whose sender is known."""
    place = find_place(request["uri"])
    if place is None:
        return _not_found("no such address")
    decision = _show(request, place) if _sees(user, place) else _not_found("not for this user")
    return decision._replace(project=place.project, file=place.filename)


def _sees(user: User, place: Place) -> bool:
    if place.project is None:
        return EVERYTHING in user.projects
    return may_see(user.projects, place.project)


def _show(request: Request, place: Place) -> Decision:
    if place.moved_to is not None:
        return refuse(HTTPStatus.MOVED_PERMANENTLY, "It is over there.", {"Location": place.moved_to})
    form = "file" if place.filename else negotiate(header_text(request["headers"], "accept"))
    if form is None:
        return refuse(HTTPStatus.NOT_ACCEPTABLE, "The index is there as JSON or HTML, of version 1.")
    return Decision(pass_on(request, place.uri(form)))


def _not_found(reason: str) -> Decision:
    return refuse(HTTPStatus.NOT_FOUND, "There is nothing here.", reason=reason)
