"""One LocalStack for all tests here; each uses a name of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.localstack.account import Account
from tests.localstack.environment import find_python, localstack_python
from tests.localstack.server import localstack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running LocalStack."""
    python = find_python()
    if python is None:
        pytest.skip("LocalStack's last open version needs Python 3.13, which is not on this machine")
    with localstack(localstack_python(python), tmp_path_factory.mktemp("localstack")) as endpoint:
        yield endpoint


@pytest.fixture
def account(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account, with a home that is empty."""
    account = Account(endpoint, tmp_path / "person")
    for name, value in account.variables.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return account
