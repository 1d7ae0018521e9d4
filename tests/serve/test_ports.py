from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.errors import RepositoryError
from s3pypi_serve.ports import FIRST_PORTS, GRPC, reserved_block

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.loopback

OFFSETS = (0, 3)


@pytest.fixture
def blocks() -> Iterator[list[int]]:
    """The first ports of two blocks that nobody uses, from the end that servers take last."""
    with contextlib.ExitStack() as stack:
        remaining = iter(reversed(FIRST_PORTS))
        found = [stack.enter_context(reserved_block(OFFSETS, remaining)) for _ in range(2)]
        stack.close()
        yield found


def test_a_block_is_held_as_long_as_it_is_in_use(blocks: list[int]) -> None:
    with reserved_block(OFFSETS, blocks) as first, reserved_block(OFFSETS, blocks) as second:
        assert [first, second] == blocks
    with reserved_block(OFFSETS, blocks) as again:
        assert again == blocks[0]


@pytest.mark.parametrize("above", [3, 3 + GRPC], ids=["for HTTP", "for gRPC"])
def test_a_block_with_a_port_that_is_taken_is_passed_over(blocks: list[int], above: int) -> None:
    with (
        socket.create_server(("127.0.0.1", blocks[0] + above)),
        reserved_block(OFFSETS, blocks) as first,
    ):
        assert first == blocks[1]


def test_without_a_free_block_there_is_a_sentence(blocks: list[int]) -> None:
    with (
        reserved_block(OFFSETS, blocks[:1]),
        pytest.raises(RepositoryError, match="no free block of ports"),
        reserved_block(OFFSETS, blocks[:1]),
    ):
        raise AssertionError("there was one")  # pragma: no cover  # what must not happen
