"""A bucket that s3pypi filled, in both its layouts: `<project>/` or `<project>/index.html` is the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError
from s3pypi_core.move_in.index_page import Page, reading
from s3pypi_core.move_in.offer import Offer, Offers, Unfit, as_upload_time
from s3pypi_edge.keys import CONFIG, PACKAGES, normalize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from typing import BinaryIO

    from s3pypi_core.bucket import Bucket, Entry

_PAGES = ("", "index.html")  # the key of the page, after that of the project's folder
_OURS = {PACKAGES.strip("/"), CONFIG.strip("/")}


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
        folder, there = self._folder(name)
        files = {filename: entry for filename, entry in there.items() if filename not in _PAGES}
        listed = self._listed(name, folder, there)
        if listed is None:
            return Offers([_offer(entry, Offer(filename, "")) for filename, entry in files.items()])
        said = {offer.filename: offer for offer in listed.offers}
        named = {*said, *(unfit.filename for unfit in listed.unfit)}
        unfit = [Unfit(filename, "its page does not list it") for filename in files if filename not in named]
        unfit += [
            Unfit(filename, "the page lists it, and it is gone") for filename in said if filename not in files
        ]
        offers = [_offer(files[filename], offer) for filename, offer in said.items() if filename in files]
        return Offers(offers, [*unfit, *listed.unfit])

    def is_one(self, name: str, other: str) -> bool:
        """See Source.is_one: a folder that somebody made by hand is not that of the normalised name."""
        return self._spelled(name) == self._spelled(other)

    def stream(self, offer: Offer) -> AbstractContextManager[BinaryIO]:
        """See Source.stream."""
        return self._bucket.stream(offer.place)

    def _spelled(self, name: str) -> str:
        entries = iter(self._bucket.list(f"{self._prefix}{name}/"))
        return normalize(name) if next(entries, None) is None else name

    def _folder(self, name: str) -> tuple[str, dict[str, Entry]]:
        """The folder of the project, and what is in it, by the rest of its key."""
        # s3pypi normalises names, as pip asks for them; a folder that somebody made by hand is as it is.
        for spelled in (name, normalize(name)):
            folder = f"{self._prefix}{spelled}/"
            there = {entry.key.removeprefix(folder): entry for entry in self._bucket.list(folder)}
            if there:
                return folder, there
        raise RepositoryError(f"s3://{self._bucket.name}/{self._prefix}{name}/ is empty", "check the name")

    def _listed(self, name: str, folder: str, there: dict[str, Entry]) -> Offers | None:
        """What the page says of each file; None where there is no page."""
        for page in _PAGES:
            found = self._bucket.get(folder + page) if page in there else None
            if found is not None:
                with reading(f"s3://{self._bucket.name}/{folder}{page}"):
                    return Page("", found.body).offers(name)
        return None


def _offer(entry: Entry, said: Offer) -> Offer:
    # s3pypi puts each file once, and tells no time: when the object was stored is when it was uploaded.
    return replace(said, place=entry.key, size=entry.size, upload_time=as_upload_time(entry.modified))
