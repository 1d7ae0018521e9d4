"""What the tests of ``s3pypi-admin`` may ask for."""

from __future__ import annotations

import pytest

from tests.admin.console import Console


@pytest.fixture
def console() -> Console:
    """An administrator's terminal, on a repository that nobody may read yet."""
    return Console()
