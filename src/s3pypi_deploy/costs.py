"""What new parts cost, in lines for people. A worked table is in docs/costs.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s3pypi_deploy.stacks import Change

# As AWS listed them in 2026, in US dollars; regions differ a little. Where they are from is in docs/costs.md,
# which shows the same lines. Nothing is billed for what is not here.
_LINES = {
    "AWS::S3::Bucket": (
        "S3: about $0.023 for a GB and month, old versions too",
        "S3: about $0.005 for 1,000 writes, and $0.0004 for 1,000 reads",
    ),
    "AWS::Lambda::Function": (
        "Lambda@Edge: about $0.60 for a million requests, and $0.00000625 for a second; nothing is free",
        "CloudWatch Logs: about $0.50 for a GB; a request writes 700 bytes, in the region that answers it",
    ),
    "AWS::CloudFront::Distribution": (
        "CloudFront: 1 TB and 10 million requests a month are free",
        "CloudFront: beyond that about $0.085 for a GB and $0.01 for 10,000 requests",
        "CloudFront: access logs, where --log-bucket asks for them, are stored at the price of S3",
    ),
    "AWS::WAFv2::WebACL": (
        "WAF: about $6 a month for the ACL and its rule, and $0.60 for a million requests",
    ),
    "AWS::Route53::RecordSet": ("Route 53: queries of aliases of a distribution are free",),
    "AWS::CertificateManager::Certificate": ("ACM: the certificate is free",),
}


def cost_lines(changes: Iterable[Change]) -> list[str]:
    """A line for each kind of thing that is new and is billed, or that people think is."""
    new = {change.type for change in changes if change.verb == "add"}
    return [line for kind, lines in _LINES.items() if kind in new for line in lines]
