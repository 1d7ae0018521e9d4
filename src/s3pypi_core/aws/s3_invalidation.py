"""Telling CloudFront to forget what it holds of a project."""

from __future__ import annotations

import boto3
from botocore.exceptions import ClientError

from s3pypi_core.aws.s3_errors import RAISED_BY_BOTO3, explain
from s3pypi_core.invalidation import Invalidation, NotInvalidated


def send_invalidation(invalidation: Invalidation, *, profile: str | None, reference: str) -> None:
    """Let CloudFront drop what it holds of the project; it does so within minutes.

    ``reference`` tells two requests apart: of those that share one CloudFront does the first alone.
    Raises NotInvalidated.
    """
    paths = invalidation.paths
    batch = {"Paths": {"Quantity": len(paths), "Items": paths}, "CallerReference": reference}
    try:
        # CloudFront has one endpoint, whatever the bucket's region is.
        client = boto3.Session(profile_name=profile).client("cloudfront", region_name="us-east-1")
        client.create_invalidation(DistributionId=invalidation.distribution, InvalidationBatch=batch)
    except ClientError as error:
        said = error.response["Error"]
        raise NotInvalidated(invalidation, f"{said['Code']}: {said['Message']}") from error
    except RAISED_BY_BOTO3 as error:
        raise NotInvalidated(invalidation, explain(error, "").message) from error
