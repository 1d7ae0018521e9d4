from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.jury.corpus import publish_corpus
from tests.jury.exhibit import Exhibit
from tests.jury.spoiling import publish_demo

if TYPE_CHECKING:
    from s3pypi_core.memory_bucket import MemoryBucket


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> MemoryBucket:
    """Every project of the corpus, published; to be read only."""
    return publish_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> MemoryBucket:
    """The repository of ``spoiling``, without a fault; to be read only."""
    return publish_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def project(demo: MemoryBucket) -> Exhibit:
    return Exhibit.of(demo, "demo-pkg")


@pytest.fixture
def root(demo: MemoryBucket) -> Exhibit:
    return Exhibit.of(demo)
