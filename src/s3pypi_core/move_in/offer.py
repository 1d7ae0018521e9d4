"""What another index, bucket or folder offers, before it is known to be what it says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import BinaryIO


@dataclass(frozen=True)
class Offer:
    """A file as its source describes it; None is what the source does not tell.

    ``place`` is where the source finds it again; ``digests`` are in hex, by the name of the algorithm.
    """

    filename: str
    place: str
    digests: Mapping[str, str] = field(default_factory=dict)
    size: int | None = None
    upload_time: str | None = None
    requires_python: str | None = None
    yanked: bool | str = False

    @property
    def claims(self) -> dict[str, str]:
        """The digests that can be checked here."""
        known = hashlib.algorithms_guaranteed
        # The digests of shake have no length of their own.
        return {
            name: digest.lower()
            for name, digest in self.digests.items()
            if name in known and not name.startswith("shake")
        }


class Unfit(NamedTuple):
    """A file of the source that cannot be taken, and why."""

    filename: str
    reason: str


@dataclass(frozen=True)
class Offers:
    """All files of one project, and its status as PEP 792 has it."""

    offers: Sequence[Offer]
    unfit: Sequence[Unfit] = ()
    status: str = "active"
    status_reason: str | None = None


class Source(Protocol):
    """Where files come from. Any method raises RepositoryError for what a user can mend."""

    def projects(self) -> Iterable[str]:
        """The names of its projects, as it spells them."""
        ...

    def offers(self, name: str) -> Offers:
        """The files of one project."""
        ...

    def stream(self, offer: Offer) -> AbstractContextManager[BinaryIO]:
        """The bytes of a file, as they come."""
        ...


def as_upload_time(moment: datetime) -> str:
    """A time as the index writes it; without a zone it is in UTC.

    Raises OverflowError where UTC has no such year.

    >>> as_upload_time(datetime(2026, 11, 22, 10, tzinfo=timezone.utc))
    '2026-11-22T10:00:00.000000Z'
    >>> as_upload_time(datetime(200, 1, 1))
    '0200-01-01T00:00:00.000000Z'
    """
    if moment.tzinfo is not None:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    # PEP 700: "upload-time ... must be in the format yyyy-mm-ddThh:mm:ss.ffffffZ".
    return f"{moment.isoformat(timespec='microseconds')}Z"
