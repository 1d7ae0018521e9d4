"""Moving in, as tests do it: an audience, and a folder that tells more than folders do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from s3pypi_core.move_in.folder_source import FolderSource
from s3pypi_core.move_in.move_in import move_in
from s3pypi_core.move_in.moving import Moving, Row
from s3pypi_core.move_in.offer import Offers
from tests.repositories import PATIENT, UPLOAD_TIME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from s3pypi_core.bucket import Bucket
    from s3pypi_core.move_in.offer import Source


class Heard:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.expected: int | None = 0
        self.amount = 0
        self.said: list[Row] = []

    def expect(self, amount: int | None) -> None:
        """See Watch."""
        self.expected = None if self.expected is None or amount is None else self.expected + amount

    def read(self, amount: int) -> None:
        """See Watch."""
        self.amount += amount

    def finished(self, row: Row) -> None:
        """See Watch."""
        self.said.append(row)

    def stopping(self) -> None:
        """See Watch."""


class Told(FolderSource):
    """A folder that tells more, or other things, of its files, and a status."""

    def __init__(
        self, folder: Path, *, status: tuple[str, str | None] = ("active", None), **changes: object
    ) -> None:
        super().__init__(folder)
        self.changes = changes
        self.status = status
        self.looked = set[str]()  # projects whose files have been read, to learn their hashes

    def offers(self, name: str) -> Offers:
        """See Source.offers."""
        offers = super().offers(name)
        changed = [replace(offer, **self.changes) for offer in offers.offers]  # type: ignore[arg-type]
        self.looked.add(name)
        return Offers(changed, offers.unfit, *self.status)


def take(
    bucket: Bucket,
    source: Source,
    *names: str,
    dry_run: bool = False,
    watch: Heard | None = None,
) -> list[Row]:
    """Move in, four files at a time."""
    moving = Moving(source, bucket, UPLOAD_TIME, PATIENT, watch or Heard(), dry_run)
    return move_in(moving, names, jobs=4)


def results(rows: Sequence[Row]) -> dict[str, str]:
    """What became of each file."""
    return {row.filename: row.result for row in rows}
