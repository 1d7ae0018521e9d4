"""What the tests of the uploader share."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.repository import create_repository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s3pypi_core.s3_bucket import S3Bucket


@pytest.fixture(autouse=True)
def _terminal_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What rich takes for a terminal is not that of whoever runs the tests."""
    for name in ("CI", "COLORTERM", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def repository(s3_bucket: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> S3Bucket:
    """A repository on the embedded server, configured as the only one."""
    create_repository(s3_bucket)
    config = tmp_path / "config.toml"
    config.write_text(
        f'[repositories.acme]\nurl = "https://pypi.acme.com/simple/"\nbucket = "{s3_bucket.name}"\n'
    )
    monkeypatch.setenv("S3PYPI_CONFIG", str(config))
    return s3_bucket


@pytest.fixture(autouse=True)
def _sigint() -> Iterator[None]:
    """What Ctrl-C does, as it was before the test."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)
