"""Any index that speaks the Simple API, in JSON or HTML."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import requests
from pypi_simple import ACCEPT_JSON_PREFERRED
from urllib3.exceptions import HTTPError

from s3pypi_core.errors import RepositoryError
from s3pypi_core.move_in.index_client import IndexClient, NotFound, explain
from s3pypi_core.move_in.index_page import Page, reading
from s3pypi_edge.keys import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from s3pypi_core.move_in.offer import Offer, Offers

_BLOCK = 1024 * 1024  # bytes read at a time


class IndexSource:
    """``url`` is that of the list of projects, with its slash; ``auth`` is for its host only.

    Once ``stop`` is set, a question that has to wait raises Stopped.
    """

    def __init__(self, url: str, auth: tuple[str, str] | None, stop: threading.Event | None = None) -> None:
        self._url = url
        self._client = IndexClient(url, auth, stop or threading.Event())

    def projects(self) -> list[str]:
        """See Source.projects. Raises RepositoryError where the index has no list of projects."""
        try:
            page = self._page(self._url)
        except NotFound:
            raise RepositoryError(
                f"{self._url} does not list its projects", "name the projects to take, after the address"
            ) from None
        with reading(self._url):
            return page.projects()

    def offers(self, name: str) -> Offers:
        """See Source.offers."""
        url = f"{self._url}{normalize(name)}/"
        try:
            page = self._page(url)
        except NotFound:
            raise RepositoryError(f"{self._url} knows no project {name}", "check the name") from None
        with reading(url):
            return page.offers(name)

    def is_one(self, _name: str, _other: str) -> bool:
        """See Source.is_one: no spelling makes a difference here."""
        return True

    @contextmanager
    def stream(self, offer: Offer) -> Iterator[BinaryIO]:
        """See Source.stream."""
        try:
            with self._client.get(offer.place, stream=True) as answer:
                # As it comes: what is said to be encoded is a .tar.gz that some servers call gzip, and pip
                # does not decode it either.
                blocks = answer.raw.stream(_BLOCK, decode_content=False)
                yield cast("BinaryIO", _Body(blocks))  # it reads, and no more
        except (requests.RequestException, HTTPError) as error:
            raise explain(error, offer.place) from None

    def _page(self, url: str) -> Page:
        try:
            with self._client.get(url, accept=ACCEPT_JSON_PREFERRED) as answer:
                return Page(answer.url, answer.content, answer.headers.get("Content-Type", "text/html"))
        except requests.RequestException as error:  # some are a ValueError as well
            raise explain(error, url) from None


class _Body:
    """What comes from a server, a block at a time."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks

    def read(self, _size: int) -> bytes:
        """The next block; empty at the end."""
        return next(self._blocks, b"")
