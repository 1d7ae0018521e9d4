"""Asking an index over HTTP: who gets credentials, when it is asked again, what its refusals mean."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from s3pypi_core.errors import RepositoryError
from s3pypi_core.origin import Origin
from s3pypi_core.progress import Stopped

if TYPE_CHECKING:
    import threading

_TIMEOUT = (10.0, 60.0)  # seconds to connect, and of silence
_PAUSES = (0.5, 1.0, 2.0)  # seconds before it is asked once more
_LONGEST = 60.0  # seconds; some ask for hours, and running the command again is better then
_TRY_LATER = {429, 502, 503, 504}
_DENIED = {401, 403}
_ABSENT = 404


class NotFound(RepositoryError):
    """The index answers 404: it has nothing at this address."""


class IndexClient:
    """``auth`` is for the origin of ``url`` only. Once ``stop`` is set, nothing is waited for."""

    def __init__(self, url: str, auth: tuple[str, str] | None, stop: threading.Event) -> None:
        self._origin = Origin.parse(url)
        self._auth = auth
        self._stop = stop
        self._session = _Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=32))
        # What was compressed on its way has another hash than the file.
        self._session.headers["Accept-Encoding"] = "identity"

    def get(self, url: str, *, accept: str = "*/*", stream: bool = False) -> requests.Response:
        """What is there; asked again a few times if that may help. Raises RequestException, or Stopped."""
        for pause in _PAUSES:
            try:
                return self._ask(url, accept, stream=stream)
            except requests.RequestException as error:
                if not _may_pass(error):
                    raise
                wait = wait_after(error.response, pause)
            if self._stop.wait(wait):
                raise Stopped
        return self._ask(url, accept, stream=stream)

    def _ask(self, url: str, accept: str, *, stream: bool) -> requests.Response:
        headers = {"Accept": accept}
        auth = (self._auth if self._origin and Origin.parse(url) == self._origin else None) or _nobody
        answer = self._session.get(url, headers=headers, auth=auth, stream=stream, timeout=_TIMEOUT)
        if not answer.ok:
            answer.close()
        answer.raise_for_status()
        return answer


class _Session(requests.Session):
    """Knows no logins of .netrc: they would be sent to any host that the index names, and without TLS."""

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Take the credentials off a redirection to another origin."""
        before, after = Origin.parse(response.url), Origin.parse(prepared_request.url or "")
        if before is None or before != after:
            prepared_request.headers.pop("Authorization", None)


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send no credentials, not even those that requests would find by itself."""
    return request


def _may_pass(error: requests.RequestException) -> bool:
    """Whether the same request may succeed a little later."""
    if error.response is not None:
        return error.response.status_code in _TRY_LATER
    return isinstance(error, (requests.ConnectionError, requests.Timeout))


def wait_after(answer: requests.Response | None, pause: float) -> float:
    """Seconds to wait: what the server asks for, within reason. A date (RFC 9110 allows it) is not read."""
    asked = "" if answer is None else answer.headers.get("Retry-After", "")
    return max(pause, min(float(asked), _LONGEST)) if asked.isdecimal() else pause


def explain(error: Exception, url: str) -> RepositoryError:
    """A sentence without what may be secret: user and password in an address, or in what requests says."""
    place = urlsplit(url)
    shown = f"{place.scheme}://{place.netloc.rpartition('@')[2]}{place.path}"
    answer = error.response if isinstance(error, requests.RequestException) else None
    if answer is None:
        return RepositoryError(f"cannot read {shown}: {type(error).__name__}", "run the same command again")
    if answer.status_code == _ABSENT:
        return NotFound(f"{shown} is not there")
    if answer.status_code in _DENIED:
        hint = "keyring set ADDRESS USER, with the address of the index; or write user and password into it"
        return RepositoryError(
            f"{shown} answers {answer.status_code}: these credentials do not suffice", hint
        )
    return RepositoryError(f"{shown} answers {answer.status_code}", "run the same command again")
