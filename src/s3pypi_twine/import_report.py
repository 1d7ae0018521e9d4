"""What an import did, as lines for people and as a document for scripts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.filesize import decimal

from s3pypi_core.terminal import one_line
from s3pypi_twine.answer import Answer, errors_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3pypi_core.config.target import Target
    from s3pypi_core.errors import Interruption, RepositoryError
    from s3pypi_core.move_in.moving import Row


@dataclass
class Moved:
    """What an import, or the rehearsal of one, did; it is filled as it goes.

    ``caches`` is what became of CloudFront's: its document holds the invalidations.
    """

    source: str
    dry_run: bool
    target: Target | None = None
    rows: list[Row] = field(default_factory=list)
    caches: Answer = field(default_factory=lambda: Answer({"invalidations": []}))

    @property
    def is_whole(self) -> bool:
        """Whether everything of the source is here."""
        return all(row.result in {"taken", "already there"} for row in self.rows)

    def lines(self) -> Iterator[str]:
        """A line for whatever is not there already, and what the files add up to."""
        for row in self.rows:
            if row.result != "already there":
                yield self._line(row)
        counted = Counter(row.result for row in self.rows if row.is_of_file)
        results = [
            f"{counted[result]:,} {result}" for result in ("taken", "already there", "refused", "failed")
        ]
        yield f"{', '.join(results)}{'; dry run: nothing was written' if self.dry_run else ''}"
        yield from (part for part in self.caches.parts if isinstance(part, str))

    def document(self, *errors: RepositoryError | Interruption) -> dict[str, Any]:
        """The same for scripts, with what went wrong besides."""
        return {
            "bucket": self.target and self.target.bucket,
            "source": self.source,
            "dry_run": self.dry_run,
            "files": [row._asdict() for row in self.rows],
            **self.caches.document,
            "errors": errors_document(errors),
        }

    def _line(self, row: Row) -> str:
        what = f"{row.project}: {row.subject}" if row.subject else row.project
        size = "" if row.size is None else f" ({decimal(row.size)})"
        said = "would be taken" if self.dry_run and row.result == "taken" else row.result
        return one_line(f"{what}{size}: {said}" + (f": {row.reason}" if row.reason else ""))
