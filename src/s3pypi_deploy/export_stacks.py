"""The three stacks as ``export`` hands them on: what AWS only says later stands there in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from s3pypi_deploy.settings import EDGE_REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s3pypi_deploy.blueprint import Blueprint
    from s3pypi_deploy.stacks import Request

ACCOUNT = "ACCOUNT"  # its number is asked for by who deploys; nothing here asks AWS
_BUCKET_OUTPUTS = ("BucketName", "BucketArn", "BucketRegionalDomainName")
_EDGE_OUTPUTS = ("ViewerRequestArn", "OriginResponseArn", "CertificateArn", "WebAclArn")


class ExportedStack(NamedTuple):
    """A stack, the region that it belongs into, and the file of its template."""

    region: str
    template: str
    request: Request


class Output(NamedTuple):
    """What a stack that stands puts out."""

    region: str
    stack: str
    name: str


def exported_stacks(plan: Blueprint, spell: Callable[[Output], str]) -> list[ExportedStack]:
    """The stacks in their order; ``spell`` says how an output is written where it is a parameter."""
    home = plan.settings.region
    bucket, edge = (
        {output.name: spell(output) for output in outputs} for outputs in (_of_bucket(plan), _of_edge(plan))
    )
    return [
        ExportedStack(home, "bucket.yaml", _bucket(plan)),
        ExportedStack(EDGE_REGION, "edge.yaml", plan.edge_request()),
        ExportedStack(home, "cdn.yaml", plan.cdn_request(bucket, edge)),
    ]


def outputs(plan: Blueprint) -> list[Output]:
    """The outputs that the last stack may ask for."""
    return [*_of_bucket(plan), *_of_edge(plan)]


def as_parameters(plan: Blueprint) -> Mapping[str, object]:
    """Everything but the templates, for programs; an output is ``${STACK.OUTPUT}``."""
    stacks = exported_stacks(plan, lambda output: f"${{{output.stack}.{output.name}}}")
    return {
        stack.request.name: {
            "region": stack.region,
            "template": stack.template,
            "parameters": dict(stack.request.parameters),
            "tags": dict(stack.request.tags),
        }
        for stack in stacks
    }


def _of_bucket(plan: Blueprint) -> list[Output]:
    return [Output(plan.settings.region, plan.names.bucket, name) for name in _BUCKET_OUTPUTS]


def _of_edge(plan: Blueprint) -> list[Output]:
    return [Output(EDGE_REGION, plan.names.edge, name) for name in _EDGE_OUTPUTS]


def _bucket(plan: Blueprint) -> Request:
    request = plan.bucket_request()
    # A parameter that is left out stays as it is: fewer days, which nobody asked for, would delete for good.
    unsaid = {"DistributionId"} if plan.settings.retention_days else {"DistributionId", "RetentionDays"}
    said = {name: value for name, value in request.parameters.items() if name not in unsaid}
    return request._replace(parameters=said)
