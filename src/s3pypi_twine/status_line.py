"""What is said of a project as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s3pypi_core.terminal import one_line

if TYPE_CHECKING:
    from s3pypi_core.record import Record


def status_line(record: Record) -> str:
    """The project's name and status; how many releases it has, and how many names were deleted."""
    reason = f" ({one_line(record.status_reason)})" if record.status_reason else ""
    count = len(record.versions)
    parts = [f"{record.status}{reason}", f"{count} release{'' if count == 1 else 's'}"]
    if record.removed:
        parts.append(f"{counted(len(record.removed))} deleted")
    return f"{record.project}: {', '.join(parts)}"


def status_document(record: Record) -> dict[str, Any]:
    """The same for scripts."""
    return {"project": record.project, "status": record.status, "status_reason": record.status_reason}


def counted(files: int) -> str:
    """How many files, in words."""
    return f"{files} file{'' if files == 1 else 's'}"
