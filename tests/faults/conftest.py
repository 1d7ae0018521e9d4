"""What the tests of faults share."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader  # noqa: TID251  # its work is remembered, for speed

from s3pypi_core.backoff import Backoff

_load_file = JSONFileLoader.load_file


@cache
def _loaded(path: str) -> Any:  # noqa: ANN401  # whatever JSON is there
    """What botocore reads, anew for each client, of files that never change."""
    return _load_file(JSONFileLoader(), path)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program begin at once, and hardly wait between attempts.

    botocore tries a request twice, and a compare-and-swap is tried six times.
    """
    monkeypatch.setattr(JSONFileLoader, "load_file", lambda _loader, path: _loaded(path))
    delay = "botocore.retries.standard.ExponentialBackoff.delay_amount"
    monkeypatch.setattr(delay, lambda _backoff, context: 0.001 * context.attempt_number)
    monkeypatch.setattr("s3pypi_core.aws.s3_client.ATTEMPTS", 2)
    for command in ("upload", "yank", "delete", "undelete", "status", "prune", "import"):
        module = f"s3pypi_twine.{command}_command"
        monkeypatch.setattr(f"{module}.Backoff", partial(Backoff, first=0.001, attempts=6))
