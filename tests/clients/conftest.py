"""The bench that makes environments, and the shop that they install from: one of each for a worker."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.clients.bench import OURS, open_bench
from tests.clients.shop import open_shop
from tests.journey.environments import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.clients.bench import Bench
    from tests.clients.shop import Shop


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Environments, with a wheel of ours that was built from this tree."""
    folder = tmp_path_factory.mktemp("bench")
    options = ["--no-isolation", "--wheel", "--outdir", str(folder)]
    subprocess.run([sys.executable, "-m", "build", *options, str(PROJECT)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    # What one worker of pytest-xdist has downloaded, the others need not.
    shared = tmp_path_factory.getbasetemp()
    cache = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "uv-cache"
    return open_bench(folder, cache, wheel)


@pytest.fixture(scope="session")
def shop(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A repository with five projects that depend on one another."""
    folder = tmp_path_factory.mktemp("shop")
    programs = bench.environment(f"{OURS}[serve]")
    variables = {"HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    with open_shop(programs, folder, variables) as shop:
        yield shop
