"""What the deploy program's tests may ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.deploy.places import Place

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty account, a person who has not yet been asked, and no configuration."""
    return Place(tmp_path)
