"""Against moto, which keeps the settings of a bucket, and gives them back, as S3 does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber  # noqa: TID251  # AWS's side
from moto import mock_aws

from s3pypi_core.aws.aws_clients import AwsClients, AwsRefusal
from s3pypi_deploy.aws_protection import read_protection
from s3pypi_deploy.aws_surroundings import AwsSurroundings
from s3pypi_deploy.surroundings import OUR_RULES, Protection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

ACCOUNT = "123456789012"  # moto's too
HOME = "eu-central-1"
BUCKET = "acme-wheels"
ALL: Any = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
AFTER_30_DAYS = {"Status": "Enabled", "Expiration": {"Days": 30}}
OLD_AFTER_1_DAY = {"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
UNDER_PACKAGES = {"And": {"Prefix": "packages/demo/", "Tags": [{"Key": "a", "Value": "b"}]}}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Client]:
    """A client of an account with one bucket, of which nothing was set."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKTESTS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with mock_aws():
        client = AwsClients.open().s3(HOME)
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield client


def test_a_bucket_of_which_nothing_was_set_has_none_of_it(client: S3Client) -> None:
    client.delete_bucket_encryption(Bucket=BUCKET)
    assert read_protection(client, BUCKET, ACCOUNT) == Protection(
        is_versioned=False, is_private=False, is_owned=False, encryption="AES256", has_policy=False
    )


def test_what_was_set_is_read(client: S3Client) -> None:
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    client.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=ALL)
    rules: Any = [{"ObjectOwnership": "BucketOwnerEnforced"}]
    client.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": rules})
    keys: Any = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
    client.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=keys)
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    client.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    assert AwsSurroundings(AwsClients.open(), HOME).protection(BUCKET, HOME, ACCOUNT) == Protection(
        is_versioned=True, is_private=True, is_owned=True, encryption="aws:kms", has_policy=True
    )


@pytest.mark.parametrize("missing", ALL)
def test_public_access_is_blocked_in_every_way_or_not(client: S3Client, missing: str) -> None:
    block: Any = {**ALL, missing: False}
    client.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=block)
    assert not read_protection(client, BUCKET, ACCOUNT).is_private


@pytest.mark.parametrize("ownership", ["BucketOwnerPreferred", "ObjectWriter"])
def test_a_bucket_that_takes_acls_is_not_wholly_its_owners(client: S3Client, ownership: Any) -> None:  # noqa: ANN401
    rules: Any = [{"ObjectOwnership": ownership}]
    client.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": rules})
    assert not read_protection(client, BUCKET, ACCOUNT).is_owned


@pytest.mark.parametrize(
    ("rule", "expires"),
    [
        pytest.param({**AFTER_30_DAYS, "Prefix": ""}, ("mine",), id="everything"),
        pytest.param({**AFTER_30_DAYS, "Filter": {}}, ("mine",), id="everything, in new words"),
        pytest.param({**AFTER_30_DAYS, "Filter": {"Prefix": "pack"}}, ("mine",), id="more than packages"),
        pytest.param({**AFTER_30_DAYS, "Filter": UNDER_PACKAGES}, ("mine",), id="some packages"),
        pytest.param({**AFTER_30_DAYS, "Filter": {"Prefix": "config/"}}, ("mine",), id="the users"),
        pytest.param({**AFTER_30_DAYS, "Filter": {"Prefix": "logs/"}}, (), id="something else"),
        pytest.param({**AFTER_30_DAYS, "Prefix": "", "Status": "Disabled"}, (), id="disabled"),
        pytest.param(
            {"Status": "Enabled", "Prefix": "", "Expiration": {"ExpiredObjectDeleteMarker": True}},
            (),
            id="delete markers, as ours does",
        ),
        pytest.param(
            {"Status": "Enabled", "Prefix": "", "NoncurrentVersionExpiration": {"NoncurrentDays": 90}},
            (),
            id="old versions, as ours does",
        ),
    ],
)
def test_a_rule_that_deletes_what_nobody_deleted_is_named(
    client: S3Client, rule: dict[str, Any], expires: tuple[str, ...]
) -> None:
    rules: Any = [{"ID": "mine", **rule}]
    client.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
    assert read_protection(client, BUCKET, ACCOUNT).expires == expires


@pytest.mark.parametrize(
    ("rule", "keeps"),
    [
        pytest.param({**OLD_AFTER_1_DAY, "Prefix": ""}, (("mine", 1),), id="everything"),
        pytest.param({**OLD_AFTER_1_DAY, "Filter": UNDER_PACKAGES}, (("mine", 1),), id="some packages"),
        pytest.param({**OLD_AFTER_1_DAY, "Filter": {"Prefix": "logs/"}}, (), id="something else"),
        pytest.param({**OLD_AFTER_1_DAY, "Prefix": "", "Status": "Disabled"}, (), id="disabled"),
        pytest.param({**AFTER_30_DAYS, "Prefix": ""}, (), id="no old versions"),
    ],
)
def test_a_rule_that_deletes_old_versions_is_named_with_its_days(
    client: S3Client, rule: dict[str, Any], keeps: tuple[tuple[str, int], ...]
) -> None:
    rules: Any = [{"ID": "mine", **rule}]
    client.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
    assert read_protection(client, BUCKET, ACCOUNT).keeps == keeps


def test_the_rules_of_others_are_named_whatever_they_are_for(client: S3Client) -> None:
    ours = [{"ID": name, "Prefix": "", **OLD_AFTER_1_DAY} for name in OUR_RULES]
    logs = {"ID": "logs", "Filter": {"Prefix": "logs/"}, **AFTER_30_DAYS}
    off = {"ID": "off", **AFTER_30_DAYS, "Prefix": "", "Status": "Disabled"}
    rules: Any = [*ours, logs, off]
    client.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
    assert read_protection(client, BUCKET, ACCOUNT).others == ("logs", "off")


def test_a_setting_that_may_not_be_read_is_not_taken_for_unset(client: S3Client) -> None:
    stub = Stubber(client)
    stub.add_response("get_bucket_versioning", {"Status": "Enabled"})
    stub.add_client_error("get_public_access_block", "AccessDenied", "no")
    with stub, pytest.raises(AwsRefusal, match="access denied"):
        read_protection(client, BUCKET, ACCOUNT)
