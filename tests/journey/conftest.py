"""What a user has: the built wheel in an environment of its own, with the source tree out of reach."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.journey.environments import PROJECT, make_environment, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.journey.environments import Environment


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(PROJECT)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    """The wheel that users install."""
    (wheel,) = built.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    """An environment with the wheel, and a keyring that works without a desktop."""
    return make_environment(tmp_path_factory.mktemp("tools"), f"{wheel}[serve]", "keyrings.alt")


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with nothing but the newest pip."""
    return make_environment(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="session")
def served(tools: Environment) -> Iterator[Environment]:
    """``tools`` with a running repository; its variables are those that the announcement names."""
    with serving(tools) as environment:
        yield environment
