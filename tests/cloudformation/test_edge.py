"""What Lambda@Edge wants, and no checker knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from s3pypi_deploy.settings import LEAST_WAF_RATE, MOST_WAF_RATE
from s3pypi_deploy.templates import edge_template
from tests.cloudformation.acme import edge_stack
from tests.cloudformation.stacks import parse

if TYPE_CHECKING:
    from tests.cloudformation.stacks import Stack

FUNCTIONS = ["Edge", "OriginResponse"]
VERSIONS = ["EdgeVersion0123456789ab", "OriginResponseVersion0123456789ab"]
# CloudFront refuses a function that has one of these.
REFUSED = {
    "Architectures",
    "DeadLetterConfig",
    "Environment",
    "EphemeralStorage",
    "ImageConfig",
    "KmsKeyArn",
    "Layers",
    "RuntimeManagementConfig",
    "SnapStart",
    "TracingConfig",
    "VpcConfig",
}
SHORTEST_SUM = 15  # seconds: reading users and keys, asking STS, and as much again for a slow start


@pytest.fixture
def everything() -> Stack:
    """The stack with all that is optional."""
    return edge_stack(
        Upstream="true",
        RateLimit="2000",
        DomainName="pypi.acme.com",
        HostedZoneId="Z123",
        MemorySize="256",
        Timeout="25",
    )


def test_it_belongs_in_one_region_and_says_so(edge: Stack) -> None:
    (rule,) = edge.template["Rules"].values()
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}
    assert "us-east-1" in assertion["AssertDescription"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_one_that_cloudfront_takes(everything: Stack, function: str) -> None:
    properties = everything.properties(function)
    assert properties.keys().isdisjoint(REFUSED)
    assert properties["Runtime"] == "python3.13"
    assert properties["Code"] == {"S3Bucket": "code", "S3Key": "edge.zip"}
    assert properties["Timeout"] == "25"
    assert properties["MemorySize"] == "256"
    assert properties["LoggingConfig"] == {"LogGroup": "/s3pypi/acme", "LogFormat": "Text"}


def test_a_function_has_the_least_memory_unless_told_otherwise(edge: Stack) -> None:
    assert edge.properties("Edge")["MemorySize"] == 128


def test_a_function_has_the_time_for_all_that_it_waits_for(edge: Stack) -> None:
    assert SHORTEST_SUM <= edge.properties("Edge")["Timeout"] <= 30


def test_the_handlers_are_the_two_entry_points_of_the_zip(everything: Stack) -> None:
    handlers = [everything.properties(function)["Handler"] for function in FUNCTIONS]
    assert handlers == ["s3pypi_edge.handler.handle", "s3pypi_edge.origin_response.handle"]


def test_lambda_and_its_copies_at_the_edge_may_take_the_role(edge: Stack) -> None:
    (trust,) = edge.properties("Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]}


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_version_is_kept_because_its_copies_still_answer_and_one_that_never_served_is_not(
    everything: Stack, version: str
) -> None:
    made = everything.resources[version]
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


@pytest.mark.parametrize(("function", "version"), list(zip(FUNCTIONS, VERSIONS, strict=True)))
def test_another_setting_is_another_version_too(everything: Stack, function: str, version: str) -> None:
    of, described = (
        everything.properties(version)["FunctionName"],
        everything.properties(version)["Description"],
    )
    assert of == f"<{function}>"
    settings = everything.properties(function)
    assert (
        described
        == f"0123456789ab, {settings['Runtime']}, {settings['MemorySize']} MB, {settings['Timeout']} s"
    )


def test_another_zip_is_another_version() -> None:
    versions = [
        name
        for digest in ("aaaaaaaaaaaa", "bbbbbbbbbbbb")
        for name, made in parse(edge_template(digest))["Resources"].items()
        if made["Type"] == "AWS::Lambda::Version"
    ]
    assert len(set(versions)) == 4


@pytest.mark.parametrize("digest", ["0123456789ab", "012345678901", "12345e678901"])
def test_the_hash_is_told_as_it_is(digest: str) -> None:
    assert parse(edge_template(digest))["Outputs"]["CodeHash"]["Value"] == digest


def test_only_what_is_wanted_is_made(edge: Stack, everything: Stack) -> None:
    assert set(edge.resources) == {"Role", "Edge", VERSIONS[0]}
    assert set(everything.resources) - set(edge.resources) == {
        "OriginResponse",
        VERSIONS[1],
        "Certificate",
        "WebAcl",
    }


def test_the_outputs_are_the_version_and_what_was_made(edge: Stack, everything: Stack) -> None:
    always = {"ViewerRequestArn": f"<{VERSIONS[0]}>", "CodeHash": "0123456789ab"}
    assert edge.outputs == always
    assert everything.outputs == {
        **always,
        "OriginResponseArn": f"<{VERSIONS[1]}>",
        "CertificateArn": "<Certificate>",
        "WebAclArn": "<WebAcl.Arn>",
    }


def test_the_certificate_proves_itself_in_the_zone(everything: Stack) -> None:
    assert everything.properties("Certificate") == {
        "DomainName": "pypi.acme.com",
        "ValidationMethod": "DNS",
        "DomainValidationOptions": [{"DomainName": "pypi.acme.com", "HostedZoneId": "Z123"}],
    }


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param({"HostedZoneId": "Z123"}, id="no domain"),
        pytest.param({"DomainName": "pypi.acme.com"}, id="no zone"),
    ],
)
def test_no_certificate_is_made_that_nobody_could_prove(missing: dict[str, str]) -> None:
    assert "Certificate" not in edge_stack(**missing).resources


def test_too_many_requests_of_one_address_are_told_to_wait(everything: Stack) -> None:
    acl = everything.properties("WebAcl")
    (rule,) = acl["Rules"]
    assert (acl["Scope"], acl["DefaultAction"]) == ("CLOUDFRONT", {"Allow": {}})
    assert rule["Statement"] == {
        "RateBasedStatement": {"AggregateKeyType": "IP", "EvaluationWindowSec": 300, "Limit": "2000"}
    }
    answer = rule["Action"]["Block"]["CustomResponse"]
    assert answer["ResponseCode"] == 429
    assert answer["ResponseHeaders"] == [{"Name": "Retry-After", "Value": "60"}]
    assert answer["CustomResponseBodyKey"] in acl["CustomResponseBodies"]


def test_a_rate_limit_can_be_made_beside_one_that_is_still_used(everything: Stack) -> None:
    acl = everything.properties("WebAcl")
    assert "Name" not in acl
    assert acl["VisibilityConfig"]["MetricName"] == "acme"


@pytest.mark.parametrize(
    ("limit", "fits"),
    [
        ("", True),
        ("2000", True),
        (str(LEAST_WAF_RATE), True),
        (str(MOST_WAF_RATE), True),
        ("1500000000", True),
        (str(LEAST_WAF_RATE - 1), False),
        (str(MOST_WAF_RATE + 1), False),
        ("0", False),
        ("many", False),
        ("-5", False),
    ],
)
def test_a_limit_is_a_number_or_nothing(edge: Stack, limit: str, *, fits: bool) -> None:
    pattern = edge.template["Parameters"]["RateLimit"]["AllowedPattern"]
    assert (re.fullmatch(pattern, limit) is not None) is fits
