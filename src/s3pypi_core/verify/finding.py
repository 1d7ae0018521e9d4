"""What may be wrong with a repository: one value for each disagreement, with its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from s3pypi_core.errors import repair_hint
from s3pypi_core.file import version_of

if TYPE_CHECKING:
    from s3pypi_edge.keys import Project

Kind = Literal[
    "record-missing",
    "record-unreadable",
    "record-newer",
    "record-behind",
    "record-differs",
    "file-missing",
    "file-damaged",
    "metadata-missing",
    "metadata-damaged",
    "metadata-differs",
    "requires-python",
    "headers",
    "unreadable",
    "files-offered",
    "misplaced",
    "unlisted",
    "unlisted-new",
    "unlisted-closed",
    "unlisted-removed",
    "unlisted-damaged",
    "stray",
    "page-missing",
    "page-stale",
    "page-damaged",
    "root-missing",
    "root-unreadable",
    "root-newer",
    "root-behind",
    "root-differs",
    "root-lacks",
    "root-empty",
    "root-page",
    "root-headers",
    "upload-unfinished",
]

# By a record that is to be rebuilt nothing else is judged.
LOST: frozenset[Kind] = frozenset({"record-missing", "record-unreadable", "record-newer", "record-behind"})

_WAIT = "wait until it is 24 hours old, or add --now if nobody is uploading"
# Bytes that somebody may still want are not to be deleted first, and asked for afterwards.
_AGAIN = (
    "s3twine undelete {release}, if it is to be offered; "
    "if not, s3twine delete {release}, which finishes what was begun"
)
# What is not here is mended by --repair.
_REMEDIES: dict[Kind, str] = {
    "record-newer": "upgrade s3twine",
    "metadata-differs": "yank the file, and publish another version",
    "unreadable": "let these credentials read it, then: s3twine verify --deep {project}",
    "files-offered": "s3twine status {project} quarantined",
    "misplaced": "upload it to the project of its name; its record lists it here, so leave it where it is",
    "unlisted-new": _WAIT,
    "unlisted-closed": "make the project active first, if the file is to be offered",
    "unlisted-removed": _AGAIN,
    "unlisted-damaged": "nothing offers it: delete it by hand, and upload the file again if it is wanted",
    "stray": "nothing needs it: delete it by hand, if nobody else does",
    "root-newer": "upgrade s3twine",
}


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be, at ``key``.

    ``mendable`` says that a repair tries to mend it, not that it can; ``remedy`` is what to do or type.
    ``project`` is None where the whole repository is concerned; ``filename`` is the name of the distribution
    that is concerned, if one is.
    """

    kind: Kind
    key: str
    fault: str
    project: Project | None = None
    filename: str = ""
    too_new: bool = False  # for an upload in parts, which may be under way
    deep: bool = False  # seen only by reading every object

    @property
    def mendable(self) -> bool:
        """Whether a repair, as it was asked for, tries to mend it."""
        return self.kind not in _REMEDIES and not self.too_new

    @property
    def remedy(self) -> str:
        """What to do about it."""
        if self.too_new:
            return _WAIT
        whole = self.project is None or self.kind.startswith("root-")
        known = _REMEDIES.get(self.kind, "").format(project=self.project, release=self.release)
        words = (*(["--deep"] if self.deep else []), *([] if whole else [str(self.project)]))
        return known or repair_hint(*words)

    @property
    def release(self) -> str:
        """What commands call the release of the file; without one, the project."""
        return f"{self.project}=={version_of(self.filename)}" if self.filename else str(self.project)

    @property
    def what(self) -> tuple[Kind, str]:
        """What tells disagreements apart: two findings that have it in common are about one of them."""
        return self.kind, self.key
