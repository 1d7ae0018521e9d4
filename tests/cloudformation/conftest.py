"""The three stacks of one repository, acme."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cloudformation.acme import bucket_stack, cdn_stack, edge_stack

if TYPE_CHECKING:
    from tests.cloudformation.stacks import Stack


@pytest.fixture
def bucket() -> Stack:
    """The first stack, as it is first made."""
    return bucket_stack()


@pytest.fixture
def edge() -> Stack:
    """The second stack, with nothing that is optional."""
    return edge_stack()


@pytest.fixture
def cdn() -> Stack:
    """The third stack, with nothing that is optional."""
    return cdn_stack()
