"""Files of the data folder, most of which hold secrets."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANOTHER = "choose another one with --data: a new one, an empty one, or one that this program made"


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an OSError at a file or folder of ours into a RepositoryError."""
    try:
        yield
    except OSError as error:
        raise RepositoryError(f"{path} cannot be used: {error.strerror}", ANOTHER) from error


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all. Raises RepositoryError."""
    new = path.with_name(f"{path.name}.new")
    with explained(path):
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123  # Path.open takes no descriptor
            file.write(text)
        new.replace(path)
