"""A repository that people enter with AWS credentials: the real function, a real bucket, an honest STS."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from s3pypi_admin.__main__ import main as admin
from s3pypi_core.repository import create_repository
from s3pypi_edge.config import EdgeConfig
from s3pypi_edge.gate import open_gate
from s3pypi_edge.sigv4 import AwsCredentials
from s3pypi_serve.s3_origin import S3Origin
from tests.edge.s3_double import S3Double, s3_double
from tests.edge.sts_double import DEVELOPER, honest
from tests.serve.test_gateway import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from s3pypi_edge.gate import Gate
    from s3pypi_serve.cloudfront_rules import JsonObject


@dataclass
class Acme:
    """A running repository at ``url``; ``sts`` keeps what it was asked, ``admin`` runs a command on it."""

    url: str
    bucket: str
    sts: S3Double
    environ: dict[str, str]

    @property
    def mints(self) -> int:
        """How often an identity was looked up, which is once for each session."""
        return len(self.sts.requests)

    def admin(self, *argv: str) -> None:
        """Do what an administrator does, who has other credentials."""
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("AWS_SESSION_TOKEN", raising=False)
            for name, value in self.environ.items():
                patch.setenv(name, value)
            assert admin(["--bucket", self.bucket, *argv]) == 0


class _Function:
    """The function of a distribution, which can be made once its address is known."""

    gate: Gate

    def __call__(self, event: JsonObject) -> object:
        return self.gate.answer(event)


@contextlib.contextmanager
def acme(bucket: S3Bucket, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Acme]:
    """Serve a repository that lets in the role Developer, and take the bucket's keys from the environment."""
    create_repository(bucket)
    environ = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    credentials = AwsCredentials(environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"])
    function = _Function()
    origin = S3Origin(endpoint, bucket.name, credentials, time.time)
    with s3_double() as sts, served(function, origin) as running:
        sts.scripts += [honest] * 100
        host = f"127.0.0.1:{running.port}"
        endpoints = {"s3": endpoint, "sts": sts.endpoint}
        config = EdgeConfig(bucket.name, "us-east-1", host, (host,), endpoints=endpoints, refresh=0)
        function.gate = open_gate(config, os.environ | {}, log=lambda _line: None)
        here = Acme(f"http://{host}/simple/", bucket.name, sts, environ)
        here.admin("principal", "add", DEVELOPER)
        for name in environ:
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        try:
            yield here
        finally:
            function.gate.close()


def use(keys: AwsCredentials, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put AWS credentials into the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", keys.session_token or "")
