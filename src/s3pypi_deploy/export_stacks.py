"""The three stacks as ``export`` hands them on: what AWS only says later stands there in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from s3pypi_deploy.settings import EDGE_REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s3pypi_deploy.blueprint import Blueprint
    from s3pypi_deploy.stacks import Request

ACCOUNT = "ACCOUNT"  # stands for its number, which nothing here asks AWS for
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


def exported_stacks(blueprint: Blueprint, spell: Callable[[Output], str]) -> list[ExportedStack]:
    """The stacks in their order; ``spell`` says how an output is written where it is a parameter."""
    home = blueprint.settings.region
    bucket, edge = (
        {output.name: spell(output) for output in outputs}
        for outputs in (_of_bucket(blueprint), _of_edge(blueprint))
    )
    return [
        ExportedStack(home, "bucket.yaml", _bucket(blueprint)),
        ExportedStack(EDGE_REGION, "edge.yaml", blueprint.edge_request()),
        ExportedStack(home, "cdn.yaml", blueprint.cdn_request(bucket, edge)),
    ]


def outputs(blueprint: Blueprint) -> list[Output]:
    """The outputs that the last stack may ask for."""
    return [*_of_bucket(blueprint), *_of_edge(blueprint)]


def as_parameters(blueprint: Blueprint) -> Mapping[str, object]:
    """Everything but the templates, for programs; an output is ``${STACK.OUTPUT}``."""
    stacks = exported_stacks(blueprint, lambda output: f"${{{output.stack}.{output.name}}}")
    return {
        stack.request.name: {
            "region": stack.region,
            "template": stack.template,
            "parameters": dict(stack.request.parameters),
            "tags": dict(stack.request.tags),
        }
        for stack in stacks
    }


def _of_bucket(blueprint: Blueprint) -> list[Output]:
    return [Output(blueprint.settings.region, blueprint.names.bucket, name) for name in _BUCKET_OUTPUTS]


def _of_edge(blueprint: Blueprint) -> list[Output]:
    return [Output(EDGE_REGION, blueprint.names.edge, name) for name in _EDGE_OUTPUTS]


def _bucket(blueprint: Blueprint) -> Request:
    request = blueprint.bucket_request()
    # A parameter that is left out stays as it is: fewer days, which nobody asked for, would delete for good.
    unsaid = {"DistributionId"} if blueprint.settings.retention_days else {"DistributionId", "RetentionDays"}
    said = {name: value for name, value in request.parameters.items() if name not in unsaid}
    return request._replace(parameters=said)
