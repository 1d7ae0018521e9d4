"""Against moto, which lists versions and folders as S3 does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber  # noqa: TID251  # AWS's side
from moto import mock_aws

from s3pypi_core.aws.aws_clients import AwsClients, AwsRefusal
from s3pypi_deploy.aws_foreign import foreign_keys
from s3pypi_deploy.aws_surroundings import AwsSurroundings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

ACCOUNT = "123456789012"  # moto's too
HOME, BUCKET = "eu-central-1", "acme-wheels"
OURS = ("packages/index.json", "packages/demo/demo-1.0.tar.gz", "config/users.json")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Client]:
    """A client of an account with one bucket, in which a repository lies."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKTESTS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with mock_aws():
        client = AwsClients.open().s3(HOME)
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        for key in OURS:
            client.put_object(Bucket=BUCKET, Key=key, Body=b"1")
        yield client


@pytest.mark.parametrize(
    "others",
    [
        pytest.param((), id="nothing"),
        pytest.param(("readme.txt",), id="at the top"),
        pytest.param(("backup/a/1.tar", "backup/b/2.tar", "logs/1"), id="in folders"),
        pytest.param(("config", "config-old/1", "packages", "packages.zip"), id="with names like ours"),
    ],
)
def test_what_is_not_the_repositorys_is_listed(client: S3Client, others: tuple[str, ...]) -> None:
    for key in others:
        client.put_object(Bucket=BUCKET, Key=key, Body=b"1")
    around = AwsSurroundings(AwsClients.open(), HOME)
    assert around.foreign_keys(BUCKET, HOME, ACCOUNT) == sorted(others)


def test_what_was_deleted_counts_while_its_versions_are_kept_and_no_key_twice(client: S3Client) -> None:
    for body in (b"1", b"2"):
        client.put_object(Bucket=BUCKET, Key="backup/1", Body=body)
    client.delete_object(Bucket=BUCKET, Key="backup/1")
    assert foreign_keys(client, BUCKET, ACCOUNT) == ["backup/1"]


def test_a_bucket_that_is_gone_has_nothing_of_others(client: S3Client) -> None:
    assert foreign_keys(client, "acme-gone", ACCOUNT) == []


def test_a_bucket_that_may_not_be_listed_is_told(client: S3Client) -> None:
    stub: Any = Stubber(client)
    stub.add_client_error("list_object_versions", "AccessDenied", "no")
    with stub, pytest.raises(AwsRefusal, match="access denied"):
        foreign_keys(client, BUCKET, ACCOUNT)
