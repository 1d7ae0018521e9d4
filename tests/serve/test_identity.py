"""AWS credentials to a session to a file, over HTTP: the real function, a real bucket, an honest STS."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from s3pypi_admin.__main__ import main as admin
from s3pypi_core.repository import create_repository
from s3pypi_edge.config import EdgeConfig
from s3pypi_edge.gate import open_gate
from s3pypi_edge.proof import make_proof
from s3pypi_edge.sigv4 import AwsCredentials
from s3pypi_serve.s3_origin import S3Origin
from tests.edge.events import basic
from tests.edge.s3_double import s3_double
from tests.edge.sts_double import ALICE, DEVELOPER, MALLORY, Identity, honest
from tests.serve.test_gateway import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.serve.test_gateway import Answer, Served

pytestmark = pytest.mark.loopback

HOST = "pypi.acme.com"


@pytest.fixture
def repository(s3_bucket: S3Bucket, aws: str) -> Iterator[Served]:
    """A repository whose function reads the bucket anew for each request."""
    create_repository(s3_bucket)
    credentials = AwsCredentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    with s3_double() as sts:
        sts.scripts += [honest] * 10
        config = EdgeConfig(
            s3_bucket.name,
            "us-east-1",
            HOST,
            (HOST,),
            endpoints={"s3": aws, "sts": sts.endpoint},
            refresh=0,
        )
        gate = open_gate(config, os.environ, log=lambda _line: None)
        with served(gate.answer, S3Origin(aws, s3_bucket.name, credentials, time.time)) as running:
            yield running
        gate.close()


def prove(repository: Served, identity: Identity = ALICE, query: str = "") -> Answer:
    proof = make_proof(identity.credentials, region="eu-central-1", host=HOST, now=time.time())
    return repository.ask(uri=f"/-/token{query}", Host=HOST, Authorization=basic("__iam__", proof))


def read(repository: Served, session: str) -> int:
    return repository.ask(uri="/simple/", Host=HOST, Authorization=basic("__iam__", session)).status


def test_who_has_aws_credentials_stores_no_secret_until_an_administrator_says_so(
    repository: Served, s3_bucket: S3Bucket
) -> None:
    bucket = ["--bucket", s3_bucket.name]
    assert admin([*bucket, "principal", "add", DEVELOPER]) == 0
    answered = prove(repository, query="?lifetime=900")
    assert (answered.status, answered.headers["content-type"]) == (200, "application/json")
    assert answered.headers["cache-control"] == "no-store"
    session = json.loads(answered.body)["token"]
    assert read(repository, session) == 200
    assert prove(repository, MALLORY).status == 401
    assert prove(repository, query="?lifetime=1").status == 400
    assert admin([*bucket, "key", "rotate"]) == 0
    assert read(repository, session) == 200
    assert admin([*bucket, "session", "revoke", DEVELOPER]) == 0
    assert read(repository, session) == 401
    assert admin([*bucket, "principal", "remove", DEVELOPER]) == 0
    assert prove(repository).status == 401
    assert repository.complaints == []


def test_the_signing_keys_are_reached_by_no_address(repository: Served, s3_bucket: S3Bucket) -> None:
    assert admin(["--bucket", s3_bucket.name, "principal", "add", DEVELOPER]) == 0
    session = json.loads(prove(repository).body)["token"]
    key = base64.b64decode(json.loads(s3_bucket.get("config/keys.json").body)["keys"][0]["key"])  # type: ignore[union-attr]  # it is there
    assert len(key) == 32
    for uri in ("/config/keys.json", "/simple/../config/keys.json", "/packages/../config/keys.json"):
        answered = repository.ask(uri=uri, Host=HOST, Authorization=basic("", session))
        assert answered.status == 404
