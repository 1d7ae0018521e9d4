from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cloudformation.acme import bucket_stack

if TYPE_CHECKING:
    from tests.cloudformation.stacks import Stack


def test_the_bucket_outlives_its_stack(bucket: Stack) -> None:
    made = bucket.resources["Bucket"]
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_bucket_is_private_encrypted_and_keeps_versions(bucket: Stack) -> None:
    properties = bucket.properties("Bucket")
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    (encryption,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


def test_what_was_deleted_goes_when_its_days_are_over() -> None:
    deleted, abandoned = rules(bucket_stack(RetentionDays="30"))
    assert deleted["Prefix"] == "packages/"
    assert deleted["NoncurrentVersionExpiration"] == {"NoncurrentDays": "30"}
    assert abandoned["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert "Prefix" not in abandoned


def test_nothing_that_is_current_ever_goes(bucket: Stack) -> None:
    for rule in rules(bucket):
        assert rule.keys().isdisjoint({"ExpirationInDays", "ExpirationDate", "Transitions"})
    assert rules(bucket)[0]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}


def test_the_bucket_says_where_it_is(bucket: Stack) -> None:
    assert bucket.outputs == {
        "BucketName": "acme-pypi",
        "BucketArn": "arn:aws:s3:::acme-pypi",
        "BucketRegionalDomainName": "<Bucket.RegionalDomainName>",
        "PublishPolicyArn": "<PublishPolicy>",
        "CarePolicyArn": "<CarePolicy>",
        "AdministerPolicyArn": "<AdministerPolicy>",
        "ReadPolicyArn": "<ReadPolicy>",
    }


def rules(stack: Stack) -> list[dict[str, object]]:
    """The lifecycle rules."""
    configuration = stack.properties("Bucket")["LifecycleConfiguration"]
    found: list[dict[str, object]] = configuration["Rules"]
    assert all(rule["Status"] == "Enabled" for rule in found)
    return found
