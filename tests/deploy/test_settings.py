from __future__ import annotations

import re

import pytest

from s3pypi_core.errors import UsageError
from s3pypi_deploy.settings import LEAST_TIMEOUT, MOST_TIMEOUT, USUAL_TIMEOUT, default_name
from s3pypi_deploy.templates import edge_template
from s3pypi_edge import s3, sts
from tests.deploy.places import CERTIFICATE, TRIAL, ZONED, options, settings


def test_everything_that_is_given_is_kept() -> None:
    options = (
        *(
            "PyPI.acme.com.",
            "--region",
            "eu-central-1",
            "--certificate-arn",
            CERTIFICATE,
            "--bucket",
            "acme-wheels",
        ),
        *(
            "--price-class",
            "all",
            "--upstream",
            "https://pypi.org/simple/",
            "--reserve",
            "acme-*",
            "--reserve",
            "Foo_*",
        ),
        *(
            "--allow-principal",
            "arn:aws:iam::123456789012:role/team/Dev",
            "--waf-rate",
            "100",
            "--log-bucket",
            "logs-x",
        ),
        *("--tag", "team=packages", "--tag", "cost centre=a=b", "--tag", "team=packages", "--name", "wheels"),
    )
    made = settings(*options)
    assert (made.name, made.domain, made.bucket_name("1")) == ("wheels", "pypi.acme.com", "acme-wheels")
    assert made.principals == ("arn:aws:iam::123456789012:role/Dev",)
    assert made.tags == {"team": "packages", "cost centre": "a=b"}
    assert made.edge_config("acme-wheels") == {
        "bucket": "acme-wheels",
        "region": "eu-central-1",
        "realm": "pypi.acme.com",
        "hosts": ["pypi.acme.com"],
        "upstream": "https://pypi.org/simple/",
        "reserved": ["acme-*", "Foo_*"],
    }


def test_without_a_domain_cloudfronts_name_is_the_host() -> None:
    made = settings(*TRIAL)
    assert made.edge_config("b")["hosts"] == []
    assert made.edge_config("b")["realm"] == "acme"
    assert made.bucket_name("123456789012") == "acme-pypi-123456789012"


@pytest.mark.parametrize(
    ("domain", "name"),
    [("pypi.acme.com", "acme"), ("acme.dev", "acme"), ("packages.acme.co.uk", "acme"), (None, "pypi")],
)
def test_the_name_comes_from_the_domain(domain: str | None, name: str) -> None:
    assert default_name(domain) == name


@pytest.mark.parametrize("domain", ["acme.co.uk", "acme.com.au", "pypi.x.com", "pypi.org.uk"])
def test_a_name_that_says_too_little_has_to_be_given(domain: str) -> None:
    given = (domain, "--region", "eu-central-1", "--certificate-arn", CERTIFICATE)
    with pytest.raises(UsageError, match="which says too little") as error:
        settings(*given)
    assert error.value.hint == f"give --name, such as --name {domain.partition('.')[0]}"
    assert settings(*given, "--name", "acme").name == "acme"


REGION = ("--region", "eu-central-1")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(("pypi.acme.com", *TRIAL), "exclude each other", id="domain and none"),
        pytest.param((*REGION, "--hosted-zone-id", "Z0123456789"), "no domain is given", id="no domain"),
        pytest.param(("https://x.acme.com/", *ZONED[1:]), "is not a domain", id="address"),
        pytest.param(("acme", *ZONED[1:]), "is not a domain", id="one label"),
        pytest.param(("a" * 63 + ".acme.com", *ZONED[1:]), "is not a domain", id="too long for ACM"),
        pytest.param(("--no-domain",), "no region is given", id="no region"),
        pytest.param(("--no-domain", "--region", "Frankfurt"), "is not a region", id="region"),
        pytest.param(("--no-domain", "--region", "cn-north-1"), "there is no Lambda@Edge", id="China"),
        pytest.param((*TRIAL, "--name", "Acme"), "cannot name the stacks", id="name"),
        pytest.param(("p.acme.com", *REGION, "--hosted-zone-id", "zone"), "id of a hosted zone", id="zone"),
        pytest.param(
            ("p.acme.com", *REGION, "--certificate-arn", "cert"), "not the ARN of a cert", id="certificate"
        ),
        pytest.param(
            ("p.acme.com", *REGION, "--certificate-arn", CERTIFICATE.replace("us-east-1", "eu-central-1")),
            "the certificate is in eu-central-1, and CloudFront takes one from us-east-1 only",
            id="certificate in the wrong region",
        ),
        pytest.param((*TRIAL, "--bucket", "No"), "is not the name of a bucket", id="bucket"),
        pytest.param((*TRIAL, "--bucket", "a.b.c"), "has a dot", id="bucket with a dot"),
        pytest.param((*TRIAL, "--allow-principal", "*"), "cannot be a principal", id="principal"),
        pytest.param((*TRIAL, "--tag", "x"), "is not a tag", id="tag"),
        pytest.param((*TRIAL, "--tag", "aws:x=y"), "is not a tag", id="tag of AWS"),
        pytest.param(
            (*TRIAL, "--tag", "a=1", "--tag", "a=2"),
            "--tag a is given twice, as '1' and as '2'",
            id="two tags",
        ),
        pytest.param((*TRIAL, "--waf-rate", "1"), "--waf-rate 1 is not possible", id="rate"),
        pytest.param((*TRIAL, "--retention-days", "0"), "--retention-days 0 is not possible", id="no days"),
        pytest.param((*TRIAL, "--retention-days", "36501"), "36501 is not possible", id="days of a century"),
        pytest.param((*TRIAL, "--timeout", "4"), "--timeout 4 is not possible", id="too short"),
        pytest.param((*TRIAL, "--timeout", "31"), "--timeout 31 is not possible", id="longer than any"),
        pytest.param((*TRIAL, "--upstream", "pypi"), "not the address of an index", id="upstream"),
        pytest.param((*TRIAL, "--reserve", "a b"), "the function cannot be set up so", id="reserve"),
    ],
)
def test_what_cannot_be_is_refused_before_aws_is_asked(options: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError) as error:
        settings(*options)
    assert said in error.value.message


SLOWEST_PASSWORD = 1.5  # seconds that a new password takes at 128 MB, says RATIONALE.md


def test_the_function_has_the_time_to_answer_by_itself() -> None:
    assert LEAST_TIMEOUT >= s3.DEADLINE + SLOWEST_PASSWORD
    assert settings(*TRIAL).timeout == USUAL_TIMEOUT
    # Users and signing keys, STS, and as much again for a slow start.
    assert USUAL_TIMEOUT >= 15 >= 2 * s3.DEADLINE + sts.DEADLINE + 2 * s3.DEADLINE


def test_help_and_template_know_the_same_times(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options("up", "--help")
    told = " ".join(capsys.readouterr().out.split())
    assert f"seconds of the function, from {LEAST_TIMEOUT} to {MOST_TIMEOUT};" in told
    assert f"(default: {USUAL_TIMEOUT})" in told
    (rule,) = re.findall(r"  Timeout:\n((?:    .*\n)+)", edge_template("0123456789ab"))
    said = dict(re.findall(r"(Default|MinValue|MaxValue): ([0-9]+)", rule))
    assert [int(said[name]) for name in ("MinValue", "Default", "MaxValue")] == [
        LEAST_TIMEOUT,
        USUAL_TIMEOUT,
        MOST_TIMEOUT,
    ]


@pytest.mark.parametrize("zone", ["Z0123456789", "/hostedzone/Z0123456789"])
def test_a_zone_is_taken_in_both_spellings(zone: str) -> None:
    assert settings("p.acme.com", *REGION, "--hosted-zone-id", zone).hosted_zone_id == "Z0123456789"
