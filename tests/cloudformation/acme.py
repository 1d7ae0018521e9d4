"""The three stacks of one repository, acme."""

from __future__ import annotations

from typing import Any

from s3pypi_deploy.templates import bucket_template, cdn_template, edge_template
from tests.cloudformation.stacks import ACCOUNT, Stack

GATE = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:acme-edge-Edge-1X2Y3Z:7"
DISTRIBUTION = "E2EXAMPLE1ABCD"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1234-abcd"


def bucket_stack(bucket: str = "acme-pypi", **parameters: str) -> Stack:
    """The first stack."""
    made = {"Bucket": bucket, "Bucket.Arn": f"arn:aws:s3:::{bucket}"}
    named = {"RepositoryName": "acme", "BucketName": bucket}
    return Stack.of(bucket_template(bucket), made, **{**named, **parameters})


def edge_stack(**parameters: str) -> Stack:
    """The second stack."""
    named = {"RepositoryName": "acme", "BucketName": "acme-pypi", "CodeBucket": "code", "CodeKey": "edge.zip"}
    return Stack.of(edge_template("0123456789ab"), {}, **{**named, **parameters})


def cdn_stack(bucket: str = "acme-pypi", **parameters: str) -> Stack:
    """The third stack, with the name that CloudFront gives it."""
    made = {"Distribution": "E2XMPL", "Distribution.DomainName": "d111.cloudfront.net"}
    carried = {
        "RepositoryName": "acme",
        "BucketName": bucket,
        "BucketArn": f"arn:aws:s3:::{bucket}",
        "BucketRegionalDomainName": f"{bucket}.s3.eu-central-1.amazonaws.com",
        "ViewerRequestArn": GATE,
        "CertificateArn": "",
    }
    return Stack.of(cdn_template(), made, **{**carried, **parameters})


def statements(stack: Stack, logical_id: str) -> list[dict[str, Any]]:
    """What a policy of a stack says."""
    found: list[dict[str, Any]] = stack.properties(logical_id)["PolicyDocument"]["Statement"]
    return found


def denials(cdn: Stack) -> list[dict[str, Any]]:
    """What the bucket's own policy is against, whoever asks."""
    return [said for said in statements(cdn, "BucketPolicy") if said["Effect"] == "Deny"]


def distribution_tags(cdn: Stack) -> frozenset[tuple[str, str]]:
    """The condition keys of a request about the distribution that has these tags."""
    tags = cdn.properties("Distribution")["Tags"]
    return frozenset((f"aws:ResourceTag/{tag['Key']}", tag["Value"]) for tag in tags)
