"""What CloudFormation's reasons mean to whoever deploys, and what to type next."""

from __future__ import annotations

import re
from typing import NamedTuple

from s3pypi_deploy.settings import EDGE_REGION

# Lambda's words for a function, or a version of one, of which CloudFront still has copies.
REPLICAS = "replicated function"


class _Remedy(NamedTuple):
    pattern: str
    hint: str


_QUOTAS = (
    f"aws service-quotas list-service-quotas --region {EDGE_REGION} --service-code cloudfront names the "
    f"quotas, and aws service-quotas request-service-quota-increase --region {EDGE_REGION} --service-code "
    "cloudfront --quota-code CODE --desired-value NUMBER asks"
)
_REMEDIES = (
    _Remedy(
        "already exists in stack",  # before all else that exists: whoever has it must not lose it
        "the stack that the reason names has it, and somebody may need it: have that stack let go of it "
        "(give it DeletionPolicy: Retain there, update that stack, then take it out of its template or "
        "delete that stack), and run the same command again; or choose another --bucket or --name",
    ),
    _Remedy(
        "memory size is larger than the maximum allowed",
        "CloudFront takes no more memory for a function before its cache: give --memory-size 128",
    ),
    _Remedy(
        "timeout is larger than the maximum allowed",
        "CloudFront gives a function before its cache less time: give --timeout with what it says is allowed",
    ),
    _Remedy(
        "certificate.*(doesn't exist|isn't in|must be in|invalid|not valid)|InvalidViewerCertificate",
        f"the certificate must be issued, be in {EDGE_REGION}, and name the domain: aws acm "
        f"describe-certificate --region {EDGE_REGION} --certificate-arn ARN says so",
    ),
    _Remedy(
        "CNAMEAlreadyExists|CNAMEs you provided are already associated",
        "another distribution answers to this domain: remove the name there, or have it moved with "
        "aws cloudfront associate-alias",
    ),
    _Remedy(
        "account must be verified",
        "AWS has not yet let this account use CloudFront: ask AWS Support, then run the same command again",
    ),
    _Remedy(
        "bucket ?policy.*already exists",
        "the bucket has a policy of its own, which this brings too: read it, remove it with aws s3api "
        "delete-bucket-policy --bucket BUCKET, and run the same command again",
    ),
    _Remedy(
        r"bucket.*already exists|already exists \(Service: S3|BucketAlreadyExists|already owned by you",
        "all of AWS shares the names of buckets: choose another with --bucket",
    ),
    _Remedy(
        "not permitted in zone",
        "the hosted zone is not the domain's: aws route53 list-hosted-zones lists them",
    ),
    _Remedy(
        r"record set .*already exists",
        "the domain leads somewhere already: remove that record (aws route53 change-resource-record-sets), "
        "or choose another domain",
    ),
    _Remedy(
        "does not enable ACL access",
        "CloudFront writes logs with ACLs only: aws s3api put-bucket-ownership-controls --bucket BUCKET "
        "--ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerPreferred}]'; or give another --log-bucket",
    ),
    _Remedy(
        "A version for this Lambda function exists",
        f"a failed update left that version: aws lambda delete-function --region {EDGE_REGION} "
        "--function-name FUNCTION --qualifier NUMBER, unless the distribution uses it, and run the same "
        "command again",
    ),
    _Remedy(
        "certificate/.* is in use",
        "a distribution, or something else, uses the certificate: aws acm describe-certificate --region "
        f"{EDGE_REGION} --certificate-arn ARN names it under InUseBy; let go of it there, and run the "
        "same command again",
    ),
    _Remedy(
        "being used by another resource",
        "a distribution uses it: aws cloudfront list-distributions-by-web-acl-id --web-acl-id ARN names the "
        "one with this rate limit; let go of it there, and run the same command again",
    ),
    _Remedy(
        "TooMany(Cache|ResponseHeaders)Policies|number of (cache|response headers) policies",
        "an account has 20 policies of a kind: remove what nothing uses (aws cloudfront list-cache-policies "
        f"--type custom, list-response-headers-policies --type custom), or ask for more: {_QUOTAS}",
    ),
    _Remedy(
        "TooManyDistributionsWithLambdaAssociations|distributions with Lambda function associations",
        "so many distributions of an account may have functions: remove one that nobody uses "
        f"(aws cloudfront list-distributions), or ask for more: {_QUOTAS}",
    ),
    _Remedy(
        "policy attached to entities",
        "somebody has this policy: aws iam list-entities-for-policy --policy-arn ARN says who; take it from "
        "them (aws iam detach-role-policy, detach-user-policy, detach-group-policy), and run the same "
        "command again",
    ),
    _Remedy(
        REPLICAS,
        "its copies in CloudFront's places go by themselves within hours: run the same command again then",
    ),
    _Remedy(
        "not authorized|AccessDenied|access denied",
        "docs/deploying.md has the policy that this needs; aws sts get-caller-identity says whose the "
        "credentials are",
    ),
    _Remedy(
        "Rate exceeded|Throttling|TooManyRequests",
        "AWS was too busy: run the same command again in a few minutes",
    ),
    _Remedy(
        "already exist",
        "something of that name is there already: choose another --name, or look whose it is, and remove it "
        "where nobody needs it",
    ),
)
_OTHERWISE = "mend that, and run the same command again"


def remedy(reason: str) -> str:
    """What to do about a reason."""
    found = (known.hint for known in _REMEDIES if re.search(known.pattern, reason, re.IGNORECASE | re.DOTALL))
    return next(found, _OTHERWISE)
