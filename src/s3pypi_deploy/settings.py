"""What the command line asks for, checked: the whole truth about a deployment, given anew each time."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s3pypi_core.config.bucket_name import check_bucket_name
from s3pypi_core.errors import UsageError
from s3pypi_edge.config import EdgeConfig
from s3pypi_edge.principals import check_arn

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

EDGE_REGION = "us-east-1"  # Lambda@Edge, and the certificates of CloudFront, live nowhere else
NAME_WITHOUT_DOMAIN = "pypi"
LEAST_WAF_RATE, MOST_WAF_RATE = 10, 2_000_000_000
MOST_RETENTION_DAYS = 36_500
# Seconds. Within the least, the function still answers by itself after one read of S3 that hangs, and within
# the usual ones after everything that it waits for has hung. The most is CloudFront's, and older pages of AWS
# say 5.
LEAST_TIMEOUT, USUAL_TIMEOUT, MOST_TIMEOUT = 5, 20, 30
PRICE_CLASSES = {"100": "PriceClass_100", "200": "PriceClass_200", "all": "PriceClass_All"}

_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[a-z][a-z0-9-]*[a-z0-9]")
_LONGEST_DOMAIN = 64  # characters: ACM takes no longer first name for a certificate
_NAME = re.compile("[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?")  # it begins the names of policies, roles, functions
_REGION = re.compile("[a-z]{2,}(?:-[a-z]+)+-[0-9]")
_ZONE = re.compile("Z[A-Z0-9]{5,31}")
_CERTIFICATE = re.compile(r"arn:aws:acm:(?P<region>[a-z0-9-]+):[0-9]{12}:certificate/[A-Za-z0-9-]+")
_TAG = re.compile(r"(?P<key>[\w .:/=+@-]{1,128}?)=(?P<value>[\w .:/=+@-]{0,256})")
_LABELS_WITH_HOST = 3
_SHORT = 2
# Under these others have their domains, as under each country's two letters.
_OF_EVERYBODY = {"com", "org", "net", "edu", "gov", "mil"}


@dataclass(frozen=True)
class Settings:
    """A deployment. Without a ``domain``, CloudFront's own name is its address.

    ``is_named`` says that its name was chosen, and does not only follow from the domain. Without
    ``retention_days`` they stay as they are.
    """

    name: str
    region: str
    domain: str | None = None
    certificate_arn: str | None = None
    hosted_zone_id: str | None = None
    bucket: str | None = None
    price_class: str = "100"
    upstream: str | None = None
    reserved: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    waf_rate: int | None = None
    log_bucket: str | None = None
    memory: int = 128
    tags: Mapping[str, str] = field(default_factory=dict)
    is_named: bool = False
    retention_days: int | None = None
    timeout: int = USUAL_TIMEOUT

    @classmethod
    def parse(cls, options: Namespace) -> Settings:
        """Check everything that can be checked without asking AWS. Raises UsageError."""
        domain = None if options.no_domain else check_domain(options.domain)
        if options.no_domain and options.domain:
            raise UsageError("a domain and --no-domain exclude each other", "leave one of them out")
        settings = cls(
            name=check_name(options.name or default_name(domain)),
            region=check_region(options.region),
            domain=domain,
            certificate_arn=options.certificate_arn and _certificate(options.certificate_arn),
            hosted_zone_id=options.hosted_zone_id and _zone(options.hosted_zone_id),
            bucket=options.bucket and _bucket(options.bucket),
            price_class=options.price_class,
            upstream=options.upstream,
            reserved=tuple(options.reserve),
            principals=tuple(dict.fromkeys(_principal(arn) for arn in options.allow_principal)),
            waf_rate=options.waf_rate,
            log_bucket=options.log_bucket and _bucket(options.log_bucket),
            memory=options.memory_size,
            tags=dict(_tag(text) for text in options.tag),
            is_named=options.name is not None,
            retention_days=options.retention_days,
            timeout=options.timeout,
        )
        settings._check()
        return settings

    def bucket_name(self, account: str) -> str:
        """The bucket: as given, or one whose name nobody else is likely to have."""
        return self.bucket or usual_bucket(self.name, account)

    def edge_config(self, bucket: str) -> dict[str, object]:
        """What ``config.json`` in the function's zip says."""
        return {
            "bucket": bucket,
            "region": self.region,
            "realm": self.domain or self.name,
            "hosts": [self.domain] if self.domain else [],
            "upstream": self.upstream,
            "reserved": list(self.reserved),
        }

    def _check(self) -> None:
        self._check_domain()
        self._check_function()
        self._check_numbers()

    def _check_domain(self) -> None:
        if self.domain and bool(self.certificate_arn) == bool(self.hosted_zone_id):
            hint = (
                "--hosted-zone-id Z makes a certificate and DNS records in Route 53; --certificate-arn ARN "
                "takes one that you have; --no-domain needs neither"
            )
            raise UsageError(f"how {self.domain} gets its certificate is not clear", hint)
        if not self.domain and (self.certificate_arn or self.hosted_zone_id):
            raise UsageError("a certificate without a domain has no use", "name the domain, or leave it out")

    def _check_function(self) -> None:
        try:
            EdgeConfig.parse(json.dumps(self.edge_config("acme-pypi")).encode())
        except ValueError as error:
            message = str(error).replace("config.json: ", "")
            raise UsageError(
                f"the function cannot be set up so: {message}", "see --upstream, --reserve"
            ) from None

    def _check_numbers(self) -> None:
        if self.waf_rate is not None and not LEAST_WAF_RATE <= self.waf_rate <= MOST_WAF_RATE:
            hint = f"write how many requests an address may make in 5 minutes, from {LEAST_WAF_RATE} on"
            raise UsageError(f"--waf-rate {self.waf_rate} is not possible", hint)
        if not LEAST_TIMEOUT <= self.timeout <= MOST_TIMEOUT:
            hint = f"write a number of seconds from {LEAST_TIMEOUT} to {MOST_TIMEOUT}"
            raise UsageError(f"--timeout {self.timeout} is not possible", hint)
        if self.retention_days is not None and not 1 <= self.retention_days <= MOST_RETENTION_DAYS:
            hint = f"write a number of days from 1 to {MOST_RETENTION_DAYS}"
            raise UsageError(f"--retention-days {self.retention_days} is not possible", hint)


def default_name(domain: str | None) -> str:
    """The name of the deployment where none is given. Raises UsageError for one that says nothing.

    >>> default_name("pypi.acme.com"), default_name("acme.dev"), default_name(None)
    ('acme', 'acme', 'pypi')
    """
    if domain is None:
        return NAME_WITHOUT_DOMAIN
    labels = domain.split(".")
    name = labels[1] if len(labels) >= _LABELS_WITH_HOST else labels[0]
    if len(name) <= _SHORT or name in _OF_EVERYBODY:  # acme.co.uk, acme.com.au
        hint = f"give --name, such as --name {labels[0]}"
        raise UsageError(f"{domain} would make a repository of the name {name}, which says too little", hint)
    return name


def usual_bucket(name: str, account: str) -> str:
    """The bucket of a deployment where none is given."""
    return f"{name}-pypi-{account}"


def check_name(name: str) -> str:
    """The name of a deployment. Raises UsageError."""
    if not _NAME.fullmatch(name):
        hint = "--name takes up to 30 lower-case letters, digits and hyphens, and begins with a letter"
        raise UsageError(f"{name!r} cannot name the stacks", hint)
    return name


def check_domain(domain: str | None) -> str:
    """A domain, in lower case. Raises UsageError."""
    if not domain:
        raise UsageError("no domain is given", "name it, as in pypi.acme.com, or give --no-domain")
    lower = domain.lower().removesuffix(".")
    if len(lower) > _LONGEST_DOMAIN or not _DOMAIN.fullmatch(lower):
        hint = f"write it like pypi.acme.com: no https://, no path, at most {_LONGEST_DOMAIN} characters"
        raise UsageError(f"{domain!r} is not a domain", hint)
    return lower


def check_region(region: str | None) -> str:
    """A region where CloudFront can have its origin. Raises UsageError."""
    if not region:
        raise UsageError("no region is given", "say where the packages are to lie: --region eu-central-1")
    if not _REGION.fullmatch(region):
        raise UsageError(f"{region!r} is not a region", "write it like eu-central-1")
    if region.startswith(("cn-", "us-gov-", "us-iso")):
        raise UsageError(f"there is no Lambda@Edge for {region}", "choose a region of the partition aws")
    return region


def _certificate(arn: str) -> str:
    match = _CERTIFICATE.fullmatch(arn)
    if not match:
        hint = f"aws acm list-certificates --region {EDGE_REGION} lists them"
        raise UsageError(f"{arn!r} is not the ARN of a certificate", hint)
    if match["region"] != EDGE_REGION:
        hint = f"request it again with aws acm request-certificate --region {EDGE_REGION}"
        raise UsageError(
            f"the certificate is in {match['region']}, and CloudFront takes one from {EDGE_REGION} only", hint
        )
    return arn


def _zone(zone: str) -> str:
    plain = zone.removeprefix("/hostedzone/")
    if not _ZONE.fullmatch(plain):
        raise UsageError(
            f"{zone!r} is not the id of a hosted zone", "aws route53 list-hosted-zones lists them"
        )
    return plain


def _bucket(name: str) -> str:
    try:
        checked = check_bucket_name(name)
    except ValueError as error:
        raise UsageError(f"{name!r} is not the name of a bucket: {error}", "choose another") from None
    if "." in checked:
        raise UsageError(f"{name!r} has a dot, which CloudFront's TLS to S3 cannot do with", "choose another")
    return checked


def _principal(arn: str) -> str:
    try:
        return check_arn(arn)
    except ValueError as error:
        hint = "write it like arn:aws:iam::123456789012:role/Developer"
        raise UsageError(f"{arn!r} cannot be a principal: {error}", hint) from None


def _tag(text: str) -> tuple[str, str]:
    match = _TAG.fullmatch(text)
    if not match or match["key"].lower().startswith("aws:"):
        raise UsageError(
            f"{text!r} is not a tag", "write it as KEY=VALUE; keys that begin with aws: are AWS's"
        )
    return match["key"], match["value"]
