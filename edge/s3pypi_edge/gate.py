"""The decision on each request: to a stranger nothing, to a user what is theirs to see."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_edge.accept import negotiate
from s3pypi_edge.cloudfront import NO_HEADERS, generate, header_text, pass_on, too_many, unavailable
from s3pypi_edge.config import normalize_host
from s3pypi_edge.credentials import Credentials, CredentialsError
from s3pypi_edge.keys import USERS_KEY
from s3pypi_edge.places import find_place
from s3pypi_edge.ration import Ration, Rationed
from s3pypi_edge.s3 import S3Reader, connector, object_url
from s3pypi_edge.sigv4 import AwsCredentials
from s3pypi_edge.store import LiveStore, StoreError
from s3pypi_edge.users import EVERYTHING, may_see
from s3pypi_edge.verifier import SLOW_BURST, SLOW_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s3pypi_edge.cloudfront import Answer, Event, Request
    from s3pypi_edge.config import EdgeConfig
    from s3pypi_edge.places import Place
    from s3pypi_edge.users import User

_METHODS = ("GET", "HEAD")


class Decision(NamedTuple):
    """The answer, and what the log says about it; ``who`` only ever names one who proved it."""

    answer: Answer
    reason: str = ""
    who: str | None = None
    kind: str | None = None
    project: str | None = None
    file: str | None = None

    def log_line(self) -> str:
        """One line of JSON, with nothing in it that a stranger sent."""
        facts = {"who": self.who, "kind": self.kind, "project": self.project, "file": self.file}
        return json.dumps({**facts, "verdict": self.answer.get("status", "pass"), "reason": self.reason})


class Gate:
    """One repository's entrance; for use by many threads."""

    def __init__(
        self,
        config: EdgeConfig,
        users: LiveStore,
        *,
        wall: Callable[[], float],
        log: Callable[[str], object],
    ) -> None:
        self._config = config
        self._users = users
        self._wall = wall
        self._log = log

    def warm(self) -> None:
        """Read the user store ahead of the first request. A failure does not matter: that one reads again."""
        with suppress(Exception):  # an instance that fails in its init phase answers nobody
            self._users.current()

    def close(self) -> None:
        """Close the connection to S3; it is opened again when it is needed."""
        self._users.close()

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
            return _refuse(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and HEAD.", {"Allow": "GET, HEAD"})
        if not self._is_ours(request, cdn):
            return _refuse(HTTPStatus.MISDIRECTED_REQUEST, "Another host's address.")
        try:
            credentials = Credentials.from_headers(request["headers"])
            verdict = self._users.current().verify(credentials, self._wall())
        except CredentialsError as error:
            return self._turn_away(str(error))
        except (StoreError, Rationed) as error:
            return Decision(_try_again(error), str(error))
        if verdict.user is None:
            return self._turn_away(verdict.reason)._replace(kind=verdict.kind)
        decision = _lead(request, verdict.user)
        return decision._replace(who=verdict.user.name, kind=verdict.kind)

    def _is_ours(self, request: Request, cdn: Mapping[str, str]) -> bool:
        hosts = self._config.hosts or (normalize_host(cdn["distributionDomainName"]),)
        asked = [normalize_host(header["value"]) for header in request["headers"].get("host", ())]
        return len(asked) == 1 and asked[0] in hosts

    def _turn_away(self, reason: str) -> Decision:
        # Never 403 or 404: only a challenge makes pip and its kin ask their keyring.
        challenge = {"WWW-Authenticate": f'Basic realm="{self._config.realm}"'}
        return _refuse(HTTPStatus.UNAUTHORIZED, "Valid credentials are needed here.", challenge, reason)


def open_gate(
    config: EdgeConfig,
    environ: Mapping[str, str],
    *,
    wall: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    log: Callable[[str], object] = print,
) -> Gate:
    """A gate that reads its users from S3; nothing is read yet. Raises ValueError without AWS credentials."""
    url = object_url(config.bucket, USERS_KEY, region=config.region, endpoint=config.endpoints.get("s3"))
    credentials = AwsCredentials.from_environ(environ)
    source = S3Reader(url, region=config.region, credentials=credentials, connect=connector(url), wall=wall)
    ration = Ration(rate=SLOW_RATE, burst=SLOW_BURST, monotonic=monotonic)
    users = LiveStore(
        source,
        refresh=config.refresh,
        wall=wall,
        monotonic=monotonic,
        key=os.urandom(32),
        ration=ration,
        log=log,
    )
    return Gate(config, users, wall=wall, log=log)


def _try_again(error: StoreError | Rationed) -> Answer:
    return too_many(error.retry_after) if isinstance(error, Rationed) else unavailable()


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
        return _refuse(HTTPStatus.MOVED_PERMANENTLY, "It is over there.", {"Location": place.moved_to})
    form = "file" if place.filename else negotiate(header_text(request["headers"], "accept"))
    if form is None:
        return _refuse(HTTPStatus.NOT_ACCEPTABLE, "The index is there as JSON or HTML, of version 1.")
    return Decision(pass_on(request, place.uri(form)))


def _not_found(reason: str) -> Decision:
    return _refuse(HTTPStatus.NOT_FOUND, "There is nothing here.", reason=reason)


def _refuse(
    status: HTTPStatus, sentence: str, headers: Mapping[str, str] = NO_HEADERS, reason: str = ""
) -> Decision:
    return Decision(generate(status, sentence, headers), reason or status.phrase.lower())
