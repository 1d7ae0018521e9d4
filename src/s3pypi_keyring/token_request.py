"""Exchanging a proof of an AWS identity for a session: one request, to the repository alone."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import re
import ssl
import time
import urllib.error
import urllib.request
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.errors import RepositoryError
from s3pypi_edge.signing_keys import LONGEST_SESSION
from s3pypi_edge.users import parse_time
from s3pypi_keyring.session_cache import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message
    from typing import IO

    from s3pypi_core.origin import Origin

PROOF_USER = "__iam__"
_TIMEOUT = 8.0  # seconds for each step; whoever calls has a clock for all of them
_LARGEST_ANSWER = 65_536  # bytes
_LONGEST_PAUSE = 3  # seconds
_SLOWEST_CLOCK = 240  # seconds that a clock may be wrong before the proof is refused for it
_SESSION = re.compile(r"s3ps_[A-Za-z0-9_-]{1,4000}\.[A-Za-z0-9_-]{43}")
_BUSY = (http.client.TOO_MANY_REQUESTS, http.client.SERVICE_UNAVAILABLE)
# What the other clients of a company with its own certificate authority go by.
_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class NoSession(RepositoryError):
    """The repository gave none."""


class Answer(NamedTuple):
    """Status, body, and some headers."""

    status: int
    body: bytes
    date: str | None
    pause: str | None


def token_url(origin: Origin) -> str:
    """Where the repository at ``origin`` gives sessions."""
    return f"{origin.scheme}://{origin.address}/-/token"


def request_session(
    origin: Origin,
    prove: Callable[[], str],
    *,
    who: str,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Session:
    """Get a session for a proof that ``prove`` makes; ``who`` is what to call its maker. Raises NoSession."""
    url = token_url(origin)
    answer = _ask(url, prove())
    if answer.status in _BUSY:
        wait = answer.pause if answer.pause and answer.pause.isdecimal() else "1"
        sleep(min(int(wait), _LONGEST_PAUSE))
        answer = _ask(url, prove())
    now = clock()
    if answer.status == http.client.OK:
        return _session(url, answer.body, now)
    if answer.status == http.client.UNAUTHORIZED:
        raise _refused(url, who, answer.date, now)
    hint = "try again in a minute" if answer.status in _BUSY else "check the address: s3pypi-keyring status"
    if 300 <= answer.status < 400:  # noqa: PLR2004  # redirections, which are never followed
        raise NoSession(f"{url} sends its visitors elsewhere; the proof was not taken there", hint)
    raise NoSession(f"{url} answered {answer.status} instead of giving a session", hint)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        """Follow none: what was sent is for one host alone."""


def _ask(url: str, proof: str) -> Answer:
    basic = base64.b64encode(f"{PROOF_USER}:{proof}".encode()).decode()
    host = url.split("/")[2]  # with its port, also where that is http's own: it is what the proof names
    headers = {"Authorization": f"Basic {basic}", "Host": host, "Accept": "application/json"}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  # http or https, by Origin
    try:
        with _opener(url).open(request, timeout=_TIMEOUT) as response:
            return _answer(response.status, response, response.headers)
    except urllib.error.HTTPError as error:
        with contextlib.closing(error):
            return _answer(error.code, error, error.headers)
    except (OSError, http.client.HTTPException) as error:
        raise NoSession(*_explain(url, error)) from error


def _opener(url: str) -> urllib.request.OpenerDirector:
    if url.startswith("http:"):  # on this machine, and not by way of any other
        return urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=tls_context()), _NoRedirects)


def tls_context() -> ssl.SSLContext:
    """Verifies by the authorities that the environment names, then by the system's, then by certifi's."""
    named = next((os.environ[name] for name in _AUTHORITIES if os.environ.get(name)), None)
    if named is not None:
        if Path(named).is_dir():
            return ssl.create_default_context(capath=named)
        return ssl.create_default_context(cafile=named)
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath):
        import certifi  # noqa: PLC0415  # requests, which brings it, is not loaded here

        context.load_verify_locations(certifi.where())
    return context


def _answer(status: int, body: IO[bytes], headers: Message) -> Answer:
    return Answer(status, body.read(_LARGEST_ANSWER), headers["Date"], headers["Retry-After"])


def _session(url: str, body: bytes, now: float) -> Session:
    with contextlib.suppress(ValueError, TypeError, KeyError, RecursionError):
        answer = json.loads(body)
        token, expires = answer["token"], parse_time(answer["expires"])
        if _SESSION.fullmatch(token):
            return Session(token, min(expires, now + LONGEST_SESSION))
    hint = "check the address: s3pypi-keyring status"
    raise NoSession(f"{url} answered with something that is no session", hint)


def _refused(url: str, who: str, date: str | None, now: float) -> NoSession:
    with contextlib.suppress(TypeError, ValueError):
        behind = parsedate_to_datetime(date or "").timestamp() - now
        if abs(behind) > _SLOWEST_CLOCK:
            minutes = f"{abs(behind) / 60:.0f} minutes"
            message = f"the clock of this machine is wrong by {minutes}, so {url} refuses the proof"
            return NoSession(message, "set the clock, and try again")
    return NoSession(
        f"{url} does not let in the AWS credentials of {who}",
        "run: aws sts get-caller-identity, and have an administrator run: s3pypi-admin principal add ARN",
    )


def _explain(url: str, error: Exception) -> tuple[str, str]:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        hint = "if your company has its own certificate authority: export REQUESTS_CA_BUNDLE=FILE"
        return f"{url} has a TLS certificate that is not trusted here", hint
    if isinstance(reason, TimeoutError):
        return f"{url} did not answer within {_TIMEOUT:g} s", "check the network, and try again"
    return f"{url} cannot be reached ({type(reason).__name__})", "check the network, and the address"
