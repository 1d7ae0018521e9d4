"""Each client, for real: with a token, with AWS credentials, and for who was revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.client import check_revoked, check_session, check_token
from tests.clients.installers import PIP, UV
from tests.clients.project_tools import PROJECT_TOOLS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clients.bench import Bench
    from tests.clients.client import Client
    from tests.clients.shop import Shop

# They are one file, so that one worker runs them all: they share a server and environments.
pytestmark = [
    pytest.mark.clients,
    pytest.mark.loopback,
    pytest.mark.slow,
    pytest.mark.parametrize("client", [*PIP, *UV, *PROJECT_TOOLS], ids=str),
]


def test_a_client_installs_with_a_token(client: Client, bench: Bench, shop: Shop, tmp_path: Path) -> None:
    check_token(client, bench, shop, tmp_path)


def test_a_client_installs_with_aws_credentials(
    client: Client, bench: Bench, shop: Shop, tmp_path: Path
) -> None:
    check_session(client, bench, shop, tmp_path)


def test_a_client_says_what_is_wrong_for_a_revoked_user(
    client: Client, bench: Bench, shop: Shop, tmp_path: Path
) -> None:
    check_revoked(client, bench, shop, tmp_path)
