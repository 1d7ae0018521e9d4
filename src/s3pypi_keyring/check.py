"""Asking a repository whether it accepts credentials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import HTTPBasicAuth

from s3pypi_core.errors import RepositoryError
from s3pypi_core.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_keyring.environment import Login

    Auth = Callable[[requests.PreparedRequest], requests.PreparedRequest]

TIMEOUT = 10  # seconds, to connect and again to answer
PATIENCE = 65  # seconds: a repository learns of a new token at most 60 s after it was made
PAUSE = 5  # seconds
REFUSED = 401
MOVED = 301
# Whom the repository knows gets a page, is sent to its right address, may see only some projects (404), or
# asked for a representation that is not there (406): whatever comes after the credentials were checked.
ACCEPTED = (200, MOVED, 404, 406)
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500
# RFC 7617: "both scheme and parameter names are matched case-insensitively". Other challenges may stand
# around it in the same header.
BASIC = re.compile(r"(?:^|,)\s*basic\s", re.IGNORECASE)


class Refused(RepositoryError):
    """The repository does not know the credentials."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{url} refuses these credentials; nothing was stored",
            "check them, or ask an administrator for a token: s3pypi-admin token create USER",
        )


class NoRepository(RepositoryError):
    """What answers there lets strangers in, or turns them away in another way than a repository does."""

    def __init__(self, url: str, status: int) -> None:
        fault = "asks for another kind of" if status == REFUSED else "does not ask for"
        super().__init__(
            f"{url} {fault} credentials: is this the address of the repository? Nothing was sent or stored",
            f"it answered {status} to a request without credentials; check the spelling of the address",
        )


class Unreachable(RepositoryError):
    """The repository did not say whether it accepts the credentials."""

    def __init__(self, url: str, problem: str, hint: str = "") -> None:
        message = f"{url} {problem}, so the credentials could not be checked; nothing was stored"
        super().__init__(message, hint or "try again later, or check the address")


def check(
    url: str,
    login: Login,
    *,
    patient: bool,
    say: Callable[[str], None],
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> None:
    """Return when the repository at ``url`` asks for credentials and accepts these.

    They are sent only to what asks for some. When ``patient``, a refusal is final only after 65 s.
    ``clock`` and ``sleep`` count in seconds. Raises NoRepository, Refused, Unreachable.
    """
    _require_challenge(url)
    deadline = clock() + PATIENCE
    accepted = _accepts(url, login)
    if not accepted and patient:
        say(f"refused so far; a new token takes up to a minute to work: trying for {PATIENCE} s")
    while not accepted:
        if not patient or clock() >= deadline:
            raise Refused(url)
        sleep(PAUSE)
        accepted = _accepts(url, login)


def answers(url: str, login: Login) -> tuple[int, int | None]:
    """What the repository says to a stranger, and, where it asks for credentials, to these.

    Raises Unreachable.
    """
    without = _head(url, _nobody)
    if without.status_code != REFUSED or not BASIC.search(without.headers.get("WWW-Authenticate", "")):
        return without.status_code, None
    auth = HTTPBasicAuth(login.username.encode(), login.password.encode())
    return REFUSED, _head(url, auth).status_code


def _require_challenge(url: str) -> None:
    """Raise unless ``url`` turns strangers away as a repository does."""
    answer = _head(url, _nobody)
    if answer.status_code >= SERVER_ERROR or answer.status_code == TOO_MANY_REQUESTS:
        raise Unreachable(url, f"answered {answer.status_code}")
    challenge = answer.headers.get("WWW-Authenticate", "")
    if answer.status_code != REFUSED or not BASIC.search(challenge):
        raise NoRepository(url, answer.status_code)


def _accepts(url: str, login: Login) -> bool:
    # RFC 7617: "charset ... is purely advisory", and UTF-8 is what the repository reads; requests would take
    # Latin-1 for text.
    answer = _head(url, HTTPBasicAuth(login.username.encode(), login.password.encode()))
    if answer.status_code == MOVED:
        # Our own redirects stay here; one that leads elsewhere comes from something that is no repository.
        target = urljoin(url, answer.headers.get("Location", ""))
        if Origin.parse(target) != Origin.parse(url):
            raise Unreachable(url, "redirects to another address", "check the address")
    elif answer.status_code not in (*ACCEPTED, REFUSED):
        raise Unreachable(url, f"answered {answer.status_code}")
    return answer.status_code != REFUSED


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Add no credentials. Without any ``auth`` requests would look for some in a .netrc."""
    return request


def _head(url: str, auth: Auth) -> requests.Response:
    try:
        with requests.Session() as session:
            # What is given here beats a .netrc; proxies and CA bundles of the environment still count. Over
            # http, which stays on this machine, a proxy would see the credentials.
            session.trust_env = urlsplit(url).scheme == "https"
            return session.head(url, auth=auth, timeout=TIMEOUT, allow_redirects=False)
    except requests.exceptions.SSLError as error:
        if "CERTIFICATE_VERIFY_FAILED" not in str(error):
            hint = "check the address and its port: is it the one for https?"
            raise Unreachable(url, "does not speak TLS there, or none that is spoken here", hint) from error
        hint = "if your company has its own certificate authority: export REQUESTS_CA_BUNDLE=FILE"
        raise Unreachable(url, "has a TLS certificate that is not trusted here", hint) from error
    except requests.exceptions.Timeout as error:
        raise Unreachable(url, f"did not answer within {TIMEOUT} s") from error
    except requests.exceptions.RequestException as error:
        raise Unreachable(url, f"cannot be reached ({type(error).__name__})") from error
