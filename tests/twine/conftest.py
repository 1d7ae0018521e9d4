"""What the tests of the uploader share."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.repository import create_repository
from tests.builders import build_sdist, build_wheel
from tests.proxy import proxy
from tests.repositories import publish
from tests.twine.cares import said
from tests.twine.cloudfront import cloudfront

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.proxy import Request
    from tests.twine.cloudfront import Invalidations


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


@pytest.fixture
def profile_with_mfa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An AWS profile that wants an MFA code, about which nobody may be asked."""
    (tmp_path / "aws-config").write_text(
        "[profile base]\naws_access_key_id = AKBASE\naws_secret_access_key = base\n"
        "[profile acme]\nrole_arn = arn:aws:iam::123456789012:role/Publisher\nsource_profile = base\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/me\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    monkeypatch.setattr("getpass.getpass", lambda _text: pytest.fail("somebody was asked"))
    return "acme"


@pytest.fixture
def filled(repository: S3Bucket, tmp_path: Path) -> S3Bucket:
    """Two releases of demo in a bucket that keeps versions."""
    repository.client.put_bucket_versioning(
        Bucket=repository.name, VersioningConfiguration={"Status": "Enabled"}
    )
    publish(
        repository,
        build_wheel(tmp_path, requires_python=">=3.8"),
        build_sdist(tmp_path),
        build_wheel(tmp_path, version="2.0"),
        build_wheel(tmp_path, "other"),
    )
    return repository


@pytest.fixture
def caches(filled: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Invalidations]:
    """A CloudFront distribution that the configuration names."""
    assert filled.name
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write('distribution = "E2EXAMPLE1ABCD"\n')
    with cloudfront() as (address, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", address)
        yield asked


@pytest.fixture
def asked(
    filled: S3Bucket, aws: str, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., list[str]]]:
    """Run a command that ends well; return the requests that it makes, as ``GET demo/index.json``."""
    seen: list[Request] = []

    def run(*command: str) -> list[str]:
        seen.clear()
        said(capsys, *command, "--endpoint-url", endpoint)
        return [request.line.replace(f"/{filled.name}/packages/", "") for request in seen]

    with proxy(aws, seen.append) as endpoint:
        yield run
