"""A bucket that s3pypi filled, in both its layouts: `<project>/` or `<project>/index.html` is the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pypi_simple import ProjectPage

from s3pypi_core.errors import RepositoryError
from s3pypi_core.index_source import offer_of
from s3pypi_core.offer import Offer, Offers, Unfit, as_upload_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from typing import BinaryIO

    from s3pypi_core.bucket import Bucket, Entry

_PAGES = ("", "index.html")  # the key of the page, after that of the project's folder
_OURS = {"packages", "config"}


class S3pypiSource:
    """``prefix`` is empty or ends with a slash; ``same`` says that the bucket is the one to fill as well."""

    def __init__(self, bucket: Bucket, prefix: str, *, same: bool) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._passed_over = _OURS if same and not prefix else set()

    def projects(self) -> Iterator[str]:
        """See Source.projects: every folder is one."""
        last = ""
        for entry in self._bucket.list(self._prefix):
            folder, slash, _ = entry.key.removeprefix(self._prefix).partition("/")
            if slash and folder not in {last, *self._passed_over}:
                last = folder
                yield folder

    def offers(self, name: str) -> Offers:
        """See Source.offers: what the page lists, and the bucket holds."""
        folder = f"{self._prefix}{name}/"
        there = {entry.key.removeprefix(folder): entry for entry in self._bucket.list(folder)}
        files = {filename: entry for filename, entry in there.items() if filename not in _PAGES}
        if not there:
            raise RepositoryError(f"s3://{self._bucket.name}/{folder} is empty", "check the name")
        listed = self._listed(name, folder, there)
        if listed is None:
            return Offers([_offer(entry, Offer(filename, "")) for filename, entry in files.items()])
        unfit = [Unfit(name, "its page does not list it") for name in files if name not in listed]
        unfit += [Unfit(name, "the page lists it, and it is gone") for name in listed if name not in files]
        return Offers([_offer(files[name], listed[name]) for name in listed if name in files], unfit)

    def stream(self, offer: Offer) -> AbstractContextManager[BinaryIO]:
        """See Source.stream."""
        return self._bucket.stream(offer.place)

    def _listed(self, name: str, folder: str, there: dict[str, Entry]) -> dict[str, Offer] | None:
        """What the page says of each file; None where there is no page."""
        for page in _PAGES:
            found = self._bucket.get(folder + page) if page in there else None
            if found is not None:
                packages = ProjectPage.from_html(name, found.body).packages
                return {package.filename: offer_of(package) for package in packages}
        return None


def _offer(entry: Entry, said: Offer) -> Offer:
    # s3pypi puts each file once, and tells no time: when the object was stored is when it was uploaded.
    return replace(said, place=entry.key, size=entry.size, upload_time=as_upload_time(entry.modified))
