"""The three stacks of a deployment: how each one's outputs become the next one's parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3pypi_deploy import edge_zip, templates
from s3pypi_deploy.settings import EDGE_REGION, PRICE_CLASSES
from s3pypi_deploy.stacks import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from s3pypi_deploy.settings import Settings
    from s3pypi_deploy.stacks import Change, Stack

RETENTION_DAYS = 90
_MADE = {"add", "replace", "replace?"}


@dataclass(frozen=True)
class Names:
    """What the parts of a deployment are called."""

    name: str

    @property
    def bucket(self) -> str:
        """The stack with the bucket."""
        return f"{self.name}-bucket"

    @property
    def edge(self) -> str:
        """The stack with the function."""
        return f"{self.name}-edge"

    @property
    def cdn(self) -> str:
        """The stack with the distribution."""
        return f"{self.name}-cdn"

    def code_bucket(self, account: str) -> str:
        """Where the function's zip lies, in us-east-1."""
        return f"{self.name}-edge-code-{account}"


@dataclass(frozen=True)
class Blueprint:
    """Everything that is known before AWS makes anything: settings, account, and the function's zip."""

    settings: Settings
    account: str
    code: bytes

    @classmethod
    def draw(cls, settings: Settings, account: str) -> Blueprint:
        """Build the zip with its configuration."""
        return cls(settings, account, edge_zip.build_zip(settings.edge_config(settings.bucket_name(account))))

    @property
    def names(self) -> Names:
        """The names of the stacks."""
        return Names(self.settings.name)

    @property
    def bucket(self) -> str:
        """The name of the bucket."""
        return self.settings.bucket_name(self.account)

    @property
    def code_bucket(self) -> str:
        """The bucket for the zip."""
        return self.names.code_bucket(self.account)

    @property
    def code_key(self) -> str:
        """The key of the zip, which no other bytes have."""
        return f"edge-{edge_zip.code_hash(self.code)}.zip"

    @property
    def retention_days(self) -> int:
        """For how many days a deleted release can be brought back."""
        return self.settings.retention_days or RETENTION_DAYS

    def bucket_request(self, *, distribution_id: str = "", adopt: bool = False) -> Request:
        """The first stack."""
        parameters = {
            "RepositoryName": self.settings.name,
            "BucketName": self.bucket,
            "RetentionDays": str(self.retention_days),
            "DistributionId": distribution_id,
        }
        template = templates.bucket_template(self.bucket)
        return Request(self.names.bucket, template, parameters, self.settings.tags, adopt=adopt)

    def edge_request(self) -> Request:
        """The second stack. It makes the certificate only where there is a zone to prove the domain in."""
        settings = self.settings
        parameters = {
            "RepositoryName": settings.name,
            "BucketName": self.bucket,
            "CodeBucket": self.code_bucket,
            "CodeKey": self.code_key,
            "MemorySize": str(settings.memory),
            "Timeout": str(settings.timeout),
            "RateLimit": "" if settings.waf_rate is None else str(settings.waf_rate),
            "DomainName": (settings.domain or "") if settings.hosted_zone_id else "",
            "HostedZoneId": settings.hosted_zone_id or "",
            "Upstream": "true" if settings.upstream else "",
        }
        template = templates.edge_template(edge_zip.code_hash(self.code))
        # A version that a failed update left would be in the way of the next one: Lambda makes no second.
        return Request(self.names.edge, template, parameters, settings.tags, undo_all=True)

    def cdn_request(self, bucket: Mapping[str, str], edge: Mapping[str, str]) -> Request:
        """The third stack, from the outputs of the other two."""
        settings = self.settings
        parameters = {
            "RepositoryName": settings.name,
            "BucketName": bucket["BucketName"],
            "BucketArn": bucket["BucketArn"],
            "BucketRegionalDomainName": bucket["BucketRegionalDomainName"],
            "ViewerRequestArn": edge["ViewerRequestArn"],
            "OriginResponseArn": edge.get("OriginResponseArn", ""),
            "CertificateArn": settings.certificate_arn or edge.get("CertificateArn", ""),
            "DomainName": settings.domain or "",
            "HostedZoneId": settings.hosted_zone_id or "",
            "PriceClass": PRICE_CLASSES[settings.price_class],
            "WebAclArn": edge.get("WebAclArn", ""),
            "LogBucket": settings.log_bucket or "",
        }
        return Request(self.names.cdn, templates.cdn_template(), parameters, settings.tags)

    def cdn_as_it_is(self, stack: Stack, **changed: str) -> Request:
        """The third stack with the parameters that it has, but for what is ``changed``."""
        parameters = {**stack.parameters, **changed}
        return Request(self.names.cdn, templates.cdn_template(), parameters, self.settings.tags)

    def foreseen_bucket(self) -> dict[str, str]:
        """The first stack's outputs, as far as the last one asks for them."""
        host = f"{self.bucket}.s3.{self.settings.region}.amazonaws.com"
        arn = f"arn:aws:s3:::{self.bucket}"
        return {"BucketName": self.bucket, "BucketArn": arn, "BucketRegionalDomainName": host}

    def foreseen_edge(self, now: Mapping[str, str], changes: Iterable[Change]) -> dict[str, str]:
        """What the second stack's outputs may be after its changes: good enough for a plan.

        What is made, or made anew, has another ARN than it has ``now``, whatever was the reason for it.
        """
        made = tuple(change.logical_id for change in changes if change.verb in _MADE)
        return {
            output: new
            if output not in now or any(name.startswith(resource) for name in made)
            else now[output]
            for output, resource, new in self._new_outputs(now)
        }

    def _new_outputs(self, now: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
        """Each output that there will be, how the logical id of its resource begins, and another value."""
        settings, account = self.settings, f"{EDGE_REGION}:{self.account}"
        function = f"arn:aws:lambda:{account}:function:{settings.name}-edge"
        yield "ViewerRequestArn", "EdgeVersion", next_version(now.get("ViewerRequestArn"), function)
        if settings.upstream:
            version = next_version(now.get("OriginResponseArn"), function)
            yield "OriginResponseArn", "OriginResponseVersion", version
        if settings.hosted_zone_id:
            yield "CertificateArn", "Certificate", f"arn:aws:acm:{account}:certificate/new"
        if settings.waf_rate is not None:
            yield "WebAclArn", "WebAcl", f"arn:aws:wafv2:{account}:global/webacl/{settings.name}/new"


def next_version(arn: str | None, function: str) -> str:
    """The ARN that the version after this one will have, if nobody else publishes one.

    >>> next_version("arn:aws:lambda:us-east-1:123456789012:function:acme-edge:7", "")
    'arn:aws:lambda:us-east-1:123456789012:function:acme-edge:8'
    """
    before, _, number = (arn or f"{function}:0").rpartition(":")
    return f"{before}:{int(number) + 1}"
