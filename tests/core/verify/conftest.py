"""What every test of ``verify`` begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.damage import filled_repository

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.memory_bucket import MemoryBucket


@pytest.fixture
def bucket(tmp_path: Path) -> MemoryBucket:
    """A repository that is whole."""
    return filled_repository(tmp_path / "dist")
