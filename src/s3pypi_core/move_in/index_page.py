"""A page of the Simple API, in JSON or HTML, as an index sends it or a bucket holds it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from pypi_simple import DistributionPackage, IndexPage, ProjectPage, RepositoryPage

from s3pypi_core.errors import RepositoryError
from s3pypi_core.move_in.offer import Offer, Offers, Unfit, as_upload_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from typing import Any

    from pypi_simple import ProjectStatus
    from pypi_simple.html import Link

_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = ("application/vnd.pypi.simple.v1+html", "text/html")


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Let whatever is raised in the block say that this is no index: what parsers raise is not documented."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # the page is at fault, whichever it is
        said = " ".join(str(error).split())  # some have lines
        raise RepositoryError(
            f"{where} is no index that can be read: {said}", "give the address that pip is given"
        ) from None


@dataclass(frozen=True)
class Page:
    """What was answered. Its methods raise anything: see ``reading``.

    ``url`` is where links begin.
    """

    url: str
    body: bytes
    content_type: str = "text/html"

    def projects(self) -> list[str]:
        """The names of a list of projects."""
        if self._kind == _JSON:
            return IndexPage.from_json_data(json.loads(self.body)).projects
        return [link.text for link in self._html().links]

    def offers(self, name: str) -> Offers:
        """The files of the page of a project. A link that leads nowhere costs no more than its file."""
        if self._kind == _JSON:
            # Without its address: one link that cannot be joined to it would cost the whole page.
            page = ProjectPage.from_json_data(json.loads(self.body))
            return self._offers(page.packages, page.status, page.status_reason)
        html, unfit = self._html(), list[Unfit]()
        packages = [package for link in html.links if (package := _package(link, name, unfit))]
        return self._offers(packages, html.status, html.status_reason, unfit)

    def _offers(
        self,
        packages: Iterable[DistributionPackage],
        status: ProjectStatus | None,
        reason: str | None,
        unfit: Iterable[Unfit] = (),
    ) -> Offers:
        offers, wrong = dict[str, Offer](), list(unfit)
        for package in packages:
            try:
                offers[package.filename] = _offer(package, urljoin(self.url, package.url))
            except ValueError as fault:
                wrong.append(_lost(package.filename, fault))
        return Offers([*offers.values()], wrong, status.value if status else "active", reason)

    @property
    def _kind(self) -> str:
        return self._about.get_content_type()

    @property
    def _about(self) -> Message[Any, Any]:
        about = Message()
        about["Content-Type"] = self.content_type
        return about

    def _html(self) -> RepositoryPage:
        if self._kind not in _HTML:
            raise ValueError(f"it is {self._kind}")
        encoding = self._about.get_content_charset()
        try:
            return RepositoryPage.from_html(self.body, self.url, encoding)
        except ValueError:
            # One link that cannot be joined to the address costs the whole page: join them one by one.
            return RepositoryPage.from_html(self.body, None, encoding)


def _package(link: Link, name: str, unfit: list[Unfit]) -> DistributionPackage | None:
    try:
        return DistributionPackage.from_link(link, name)
    except ValueError as fault:
        unfit.append(_lost(link.text, fault))
        return None


def _lost(filename: str, fault: ValueError) -> Unfit:
    return Unfit(filename, f"its address is wrong: {fault}")


def _offer(package: DistributionPackage, url: str) -> Offer:
    """A file as pypi-simple understood it; what could not be written back is left out."""
    reason = package.yanked_reason or True
    return Offer(
        package.filename,
        url,
        digests=package.digests,
        size=package.size,
        upload_time=_time(package.upload_time),
        requires_python=package.requires_python or None,
        yanked=reason if package.is_yanked else False,
    )


def _time(moment: datetime | None) -> str | None:
    try:
        return as_upload_time(moment) if moment else None
    except OverflowError:  # the first or the last day of all, in a time zone that has the one before or after
        return None
