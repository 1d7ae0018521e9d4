from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.cloudformation.acme import CERTIFICATE, GATE, cdn_stack
from tests.cloudformation.stacks import ACCOUNT

if TYPE_CHECKING:
    from tests.cloudformation.stacks import Stack

DOMAIN = {"DomainName": "pypi.acme.com", "CertificateArn": CERTIFICATE}
ORIGIN_RESPONSE = GATE.replace("Edge", "OriginResponse")
ACL = f"arn:aws:wafv2:us-east-1:{ACCOUNT}:global/webacl/acme/1234"


def configuration(stack: Stack) -> dict[str, Any]:
    """What CloudFront is told of the distribution."""
    found: dict[str, Any] = stack.properties("Distribution")["DistributionConfig"]
    return found


def behaviour(stack: Stack) -> dict[str, Any]:
    """What it does with every request."""
    config = configuration(stack)
    assert "CacheBehaviors" not in config
    found: dict[str, Any] = config["DefaultCacheBehavior"]
    return found


def test_it_speaks_https_only_in_every_version_of_http(cdn: Stack) -> None:
    config = configuration(cdn)
    assert behaviour(cdn)["ViewerProtocolPolicy"] == "https-only"
    assert (config["HttpVersion"], config["IPV6Enabled"], config["Enabled"]) == ("http2and3", True, True)


def test_only_reading_is_let_through(cdn: Stack) -> None:
    assert behaviour(cdn)["AllowedMethods"] == ["GET", "HEAD"]


def test_the_function_sees_each_request_before_the_cache_does(cdn: Stack) -> None:
    assert behaviour(cdn)["LambdaFunctionAssociations"] == [
        {"EventType": "viewer-request", "IncludeBody": False, "LambdaFunctionARN": GATE}
    ]


def test_with_an_upstream_a_second_one_sees_what_the_bucket_answers() -> None:
    _, second = behaviour(cdn_stack(OriginResponseArn=ORIGIN_RESPONSE))["LambdaFunctionAssociations"]
    assert second == {
        "EventType": "origin-response",
        "IncludeBody": False,
        "LambdaFunctionARN": ORIGIN_RESPONSE,
    }


@pytest.mark.parametrize("parameter", ["ViewerRequestArn", "OriginResponseArn"])
@pytest.mark.parametrize(
    ("arn", "fits"),
    [
        pytest.param(GATE, True, id="a numbered version"),
        pytest.param(GATE.removesuffix(":7"), False, id="no version"),
        pytest.param(GATE.replace(":7", ":$LATEST"), False, id="the latest"),
        pytest.param(GATE.replace(":7", ":live"), False, id="an alias"),
        pytest.param(GATE.replace("us-east-1", "eu-central-1"), False, id="another region"),
    ],
)
def test_a_function_is_a_numbered_version_in_the_one_region(
    cdn: Stack, parameter: str, arn: str, *, fits: bool
) -> None:
    pattern = cdn.template["Parameters"][parameter]["AllowedPattern"]
    assert (re.fullmatch(pattern, arn) is not None) is fits


def test_what_is_uploaded_is_there_at_once(cdn: Stack) -> None:
    policy = cdn.properties("CachePolicy")["CachePolicyConfig"]
    assert (policy["MinTTL"], policy["DefaultTTL"], policy["MaxTTL"]) == (0, 0, 31536000)
    assert configuration(cdn)["CustomErrorResponses"] == [
        {"ErrorCode": 403, "ErrorCachingMinTTL": 0},
        {"ErrorCode": 404, "ErrorCachingMinTTL": 0},
    ]


def test_nothing_of_a_request_reaches_the_bucket_or_the_key_of_the_cache(cdn: Stack) -> None:
    key = cdn.properties("CachePolicy")["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["HeadersConfig"] == {"HeaderBehavior": "none"}
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    assert behaviour(cdn).keys().isdisjoint({"OriginRequestPolicyId", "ForwardedValues"})


def test_cloudfront_signs_each_request_to_the_bucket(cdn: Stack) -> None:
    access = cdn.properties("OriginAccessControl")["OriginAccessControlConfig"]
    assert access == {
        "Name": "acme-stack",
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    (origin,) = configuration(cdn)["Origins"]
    assert origin == {
        "Id": behaviour(cdn)["TargetOriginId"],
        "DomainName": "acme-pypi.s3.eu-central-1.amazonaws.com",
        "OriginAccessControlId": "<OriginAccessControl.Id>",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }


def test_the_answers_carry_what_browsers_and_caches_have_to_know(cdn: Stack) -> None:
    policy = cdn.properties("ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    security = policy["SecurityHeadersConfig"]
    assert security["StrictTransportSecurity"] == {"AccessControlMaxAgeSec": 31536000, "Override": True}
    assert security["ContentTypeOptions"] == {"Override": True}
    assert "default-src 'none'" in security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    (vary,) = policy["CustomHeadersConfig"]["Items"]
    assert (vary["Header"], vary["Value"].split(", ")[0]) == ("Vary", "Accept")
    assert behaviour(cdn)["ResponseHeadersPolicyId"] == "<ResponseHeadersPolicy>"


def test_a_domain_has_its_certificate_and_todays_tls() -> None:
    config = configuration(cdn_stack(**DOMAIN))
    assert config["Aliases"] == ["pypi.acme.com"]
    assert config["ViewerCertificate"] == {
        "AcmCertificateArn": CERTIFICATE,
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }


def test_without_a_domain_the_name_and_its_certificate_are_cloudfronts(cdn: Stack) -> None:
    config = configuration(cdn)
    assert "Aliases" not in config
    assert config["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}


def test_both_kinds_of_address_are_found_by_the_name() -> None:
    records = cdn_stack(**DOMAIN, HostedZoneId="Z123").of_type("AWS::Route53::RecordSet").values()
    assert sorted(record["Properties"]["Type"] for record in records) == ["A", "AAAA"]
    for record in records:
        assert record["Properties"]["HostedZoneId"] == "Z123"
        assert record["Properties"]["Name"] == "pypi.acme.com"
        target = {"DNSName": "d111.cloudfront.net", "HostedZoneId": "Z2FDTNDATAQYW2"}
        assert record["Properties"]["AliasTarget"] == target


@pytest.mark.parametrize(
    "parameters",
    [pytest.param({}, id="no domain"), pytest.param(DOMAIN, id="no zone")],
)
def test_no_records_are_made_where_there_is_nothing_to_make_them_in(parameters: dict[str, str]) -> None:
    assert not cdn_stack(**parameters).of_type("AWS::Route53::RecordSet")


@pytest.mark.parametrize(
    ("rule", "given", "wanted"),
    [
        pytest.param("ACertificateForTheDomain", "DomainName", "CertificateArn", id="certificate"),
        pytest.param("ADomainForTheZone", "HostedZoneId", "DomainName", id="domain"),
    ],
)
def test_what_belongs_together_is_asked_for_before_anything_is_made(
    cdn: Stack, rule: str, given: str, wanted: str
) -> None:
    said = cdn.template["Rules"][rule]
    assert said["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": given}, ""]}]}
    (assertion,) = said["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": wanted}, ""]}]}


def test_what_is_not_wanted_is_left_out(cdn: Stack) -> None:
    assert configuration(cdn).keys().isdisjoint({"WebACLId", "Logging"})


def test_requests_are_limited_and_logged_where_it_is_wanted() -> None:
    config = configuration(cdn_stack(WebAclArn=ACL, LogBucket="acme-logs"))
    assert config["WebACLId"] == ACL
    assert config["Logging"] == {
        "Bucket": "acme-logs.s3.amazonaws.com",
        "Prefix": "acme/",
        "IncludeCookies": False,
    }


@pytest.mark.parametrize(
    ("parameters", "host"),
    [
        pytest.param({}, "d111.cloudfront.net", id="cloudfront's name"),
        pytest.param(DOMAIN, "pypi.acme.com", id="a domain"),
    ],
)
def test_the_address_is_the_one_to_paste(parameters: dict[str, str], host: str) -> None:
    assert cdn_stack(**parameters).outputs == {
        "DistributionId": "E2XMPL",
        "DistributionDomainName": "d111.cloudfront.net",
        "Url": f"https://{host}/simple/",
    }
