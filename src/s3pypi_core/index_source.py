"""Any index that speaks the Simple API, in JSON or HTML, as pypi-simple reads it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import urlsplit

import requests
from pypi_simple import (
    ACCEPT_JSON_PREFERRED,
    NoSuchProjectError,
    PyPISimple,
    UnsupportedRepoVersionError,
)
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from s3pypi_core.errors import RepositoryError
from s3pypi_core.offer import Offer, Offers, as_upload_time
from s3pypi_core.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from pypi_simple import DistributionPackage

Answer = TypeVar("Answer")

_TIMEOUT = (10.0, 60.0)  # seconds to connect, and of silence
_BLOCK = 1024 * 1024  # bytes read at a time
_DENIED = {401, 403}
_ABSENT = 404


class IndexSource:
    """``url`` is that of the list of projects, with its slash; ``auth`` is for its host only."""

    def __init__(self, url: str, auth: tuple[str, str] | None) -> None:
        self._url = url
        self._auth = auth
        self._session = requests.Session()
        retry = Retry(total=3, backoff_factor=0.5, status_forcelist=(429, 502, 503, 504))
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=32))
        # What was compressed on its way has another hash than the file.
        self._session.headers["Accept-Encoding"] = "identity"
        self._session.auth = auth
        self._client = PyPISimple(url, session=self._session, accept=ACCEPT_JSON_PREFERRED)

    def projects(self) -> list[str]:
        """See Source.projects. Raises RepositoryError where the index has no list of projects."""
        try:
            return self._asked(lambda: self._client.get_index_page(timeout=_TIMEOUT).projects)
        except _NothingThere:
            raise RepositoryError(
                f"{self._url} does not list its projects", "name the projects to take, after the address"
            ) from None

    def offers(self, name: str) -> Offers:
        """See Source.offers."""
        try:
            page = self._asked(lambda: self._client.get_project_page(name, timeout=_TIMEOUT))
        except (NoSuchProjectError, _NothingThere):
            raise RepositoryError(f"{self._url} knows no project {name}", "check the name") from None
        offers = {package.filename: offer_of(package) for package in page.packages}
        status = page.status.value if page.status else "active"
        return Offers([*offers.values()], status=status, status_reason=page.status_reason)

    @contextmanager
    def stream(self, offer: Offer) -> Iterator[BinaryIO]:
        """See Source.stream."""
        same = Origin.parse(offer.place) is not None and Origin.parse(offer.place) == Origin.parse(self._url)
        auth = self._auth if same else _nobody
        try:
            with self._session.get(offer.place, stream=True, timeout=_TIMEOUT, auth=auth) as answer:
                answer.raise_for_status()
                yield cast("BinaryIO", _Body(answer.iter_content(_BLOCK)))  # it reads, and no more
        except requests.RequestException as error:
            raise _explain(error, offer.place) from None

    def _asked(self, question: Callable[[], Answer]) -> Answer:
        try:
            return question()
        except requests.RequestException as error:  # some are a ValueError as well
            raise _explain(error, self._url) from None
        except (ValueError, UnsupportedRepoVersionError) as error:
            raise RepositoryError(
                f"{self._url} is no index that can be read: {error}", "give the address that pip is given"
            ) from None


class _NothingThere(RepositoryError):
    """The answer is 404."""


class _Body:
    """What comes from a server, a block at a time."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks

    def read(self, _size: int) -> bytes:
        """The next block; empty at the end."""
        return next(self._blocks, b"")


def offer_of(package: DistributionPackage) -> Offer:
    """A file as pypi-simple understood it; what could not be written back is left out."""
    reason = package.yanked_reason or True
    return Offer(
        package.filename,
        package.url,
        digests=package.digests,
        size=package.size,
        upload_time=as_upload_time(package.upload_time) if package.upload_time else None,
        requires_python=package.requires_python or None,
        yanked=reason if package.is_yanked else False,
    )


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send no credentials, not even those that requests would find for another host."""
    return request


def _explain(error: requests.RequestException, url: str) -> RepositoryError:
    """A sentence without what may be secret: user and password in an address, or in what requests says."""
    place = urlsplit(url)
    shown = f"{place.scheme}://{place.netloc.rpartition('@')[2]}{place.path}"
    status = error.response.status_code if error.response is not None else None
    if status == _ABSENT:
        return _NothingThere(f"{shown} is not there")
    if status in _DENIED:
        hint = "keyring set ADDRESS USER, with the address of the index; or write user and password into it"
        return RepositoryError(f"{shown} answers {status}: these credentials do not suffice", hint)
    if status is not None:
        return RepositoryError(f"{shown} answers {status}", "run the same command again")
    return RepositoryError(f"cannot read {shown}: {type(error).__name__}", "run the same command again")
