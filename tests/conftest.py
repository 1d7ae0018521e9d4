"""What every room's tests may ask for."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import uuid
from pathlib import Path

import pytest
from hypothesis import settings

from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_serve.s3_server import AccessKeys, s3_server

KEYS = AccessKeys("AKLOCALTESTS", "a-secret-for-the-tests")
_ENDPOINT = "S3PYPI_TESTS_ENDPOINT"
# Whose account, repository or desktop keyring it is: none of the tests' business.
_FOREIGN = ("AWS_", "S3PYPI_", "TWINE_", "PYTHON_KEYRING_", "DBUS_SESSION_BUS_ADDRESS")
# A machine that is busy with other tests takes its time.
settings.register_profile("unhurried", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile("unhurried")
_running = contextlib.ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start the one embedded S3 server of the run; workers of pytest-xdist share their controller's."""
    for name in [name for name in os.environ if name.startswith(_FOREIGN) and name != _ENDPOINT]:
        del os.environ[name]
    if _ENDPOINT in os.environ or config.option.collectonly:
        return  # pragma: no cover - in a worker, which does not measure yet
    # A job that a shell starts in the background ignores Ctrl-C, as would then what tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    data = Path(_running.enter_context(tempfile.TemporaryDirectory(prefix="s3pypi-tests-")))
    os.environ[_ENDPOINT] = _running.enter_context(s3_server(data, KEYS))


def pytest_unconfigure() -> None:
    """Stop what this process started."""
    _running.close()  # pragma: no cover - when nothing is measured any more


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every test has a home of its own, and nobody's credentials."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / ".local" / "share"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test marked ``loopback`` may speak to this machine; any other test opens no socket."""
    for item in items:
        if item.get_closest_marker("loopback"):
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1", "localhost"]))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> str:
    """Put the embedded server's keys into the environment; return its endpoint URL."""
    endpoint = os.environ[_ENDPOINT]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    return endpoint


@pytest.fixture
def s3_bucket(aws: str) -> S3Bucket:
    """An empty bucket of the test's own on the embedded server."""
    bucket = S3Bucket.open(f"tests-{uuid.uuid4().hex}", endpoint_url=aws)
    bucket.make()
    return bucket
