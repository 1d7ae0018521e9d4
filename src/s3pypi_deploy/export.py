"""``export``: everything in a folder, for people who deploy by other means."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError, UsageError
from s3pypi_deploy.blueprint import Blueprint
from s3pypi_deploy.settings import EDGE_REGION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from s3pypi_deploy.settings import Settings
    from s3pypi_deploy.stacks import Request

SCRIPT = "deploy.sh"
_ACCOUNT = "ACCOUNT"  # set by the script, which asks AWS; nothing here does
_BUCKET_OUTPUTS = ("BucketName", "BucketArn", "BucketRegionalDomainName")
_EDGE_OUTPUTS = ("ViewerRequestArn", "OriginResponseArn", "CertificateArn", "WebAclArn")

_HEAD = """\
#!/bin/sh
# Stands the repository {name} up, with what lies beside this file. To run it again is safe.
set -eu
cd "$(dirname "$0")"
ACCOUNT=$(aws sts get-caller-identity --query Account --output text)
CODE={name}-edge-code-$ACCOUNT

# An output of a stack; empty where it has none of that name.
output() {{
  aws cloudformation describe-stacks --region "$1" --stack-name "$2" --output text \\
    --query "Stacks[0].Outputs[?OutputKey=='$3'].OutputValue | [0]" | sed 's/^None$//'
}}

# 1. The bucket.
{bucket}

# 2. The function: its code goes to a private bucket in {edge_region}.
aws s3api head-bucket --bucket "$CODE" --expected-bucket-owner "$ACCOUNT" 2>/dev/null ||
  aws s3api create-bucket --bucket "$CODE" --region {edge_region}
aws s3api put-public-access-block --bucket "$CODE" --region {edge_region} \\
  --public-access-block-configuration \\
  BlockPublicAcls=true,BlockPublicPolicy=true,IgnorePublicAcls=true,RestrictPublicBuckets=true
aws s3 cp edge.zip "s3://$CODE/{key}" --region {edge_region}
{edge}

# 3. The distribution, and the bucket's policy.
{cdn}

# The empty repository: `s3twine upload --create --repository-url s3://{repository} FILE` makes the index, and
# `s3pypi-admin --bucket {repository} user add NAME` the user store, without which everybody gets a 503.
"""


def write_export(settings: Settings, folder: Path) -> list[Path]:
    """Write templates, parameters, the zip, and a script with the three commands; return the files.

    Nothing asks AWS. Raises UsageError without the name of a bucket, and RepositoryError for a folder that
    cannot be written.
    """
    if settings.bucket is None:
        hint = "give --bucket NAME; the account's number, which `up` would put into it, is not asked for here"
        raise UsageError("export needs the name of the bucket", hint)
    blueprint = Blueprint.draw(settings, _ACCOUNT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_write(folder / name, body) for name, body in _files(blueprint).items()]
    except OSError as error:
        raise RepositoryError(
            f"{folder} cannot be written: {error.strerror}", "choose another folder"
        ) from error


def _files(blueprint: Blueprint) -> Mapping[str, bytes]:
    bucket, edge = blueprint.bucket_request(), blueprint.edge_request()
    cdn = blueprint.cdn_request(
        {name: _output(blueprint.settings.region, bucket, name) for name in _BUCKET_OUTPUTS},
        {name: _output(EDGE_REGION, edge, name) for name in _EDGE_OUTPUTS},
    )
    script = _HEAD.format(
        name=blueprint.settings.name,
        key=blueprint.code_key,
        edge_region=EDGE_REGION,
        repository=blueprint.bucket,
        bucket=_deploy(blueprint.settings.region, bucket, "bucket.yaml"),
        edge=_deploy(EDGE_REGION, edge, "edge.yaml"),
        cdn=_deploy(blueprint.settings.region, cdn, "cdn.yaml"),
    )
    return {
        "bucket.yaml": bucket.template.encode(),
        "edge.yaml": edge.template.encode(),
        "cdn.yaml": cdn.template.encode(),
        "edge.zip": blueprint.code,
        SCRIPT: script.encode(),
    }


def _output(region: str, request: Request, name: str) -> str:
    return f"$(output {region} {request.name} {name})"


def _deploy(region: str, request: Request, template: str) -> str:
    """The command. What it takes from stacks, and the account, is filled in by the shell."""
    lines = [
        f"aws cloudformation deploy --region {region} --stack-name {request.name} --template-file {template}",
        "  --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset",
    ]
    if request.tags:
        tags = " ".join(shlex.quote(f"{key}={value}") for key, value in request.tags.items())
        lines.append(f"  --tags {tags}")
    lines.append("  --parameter-overrides")
    lines += [f"    {name}={_shell_value(name, value)}" for name, value in request.parameters.items()]
    return " \\\n".join(lines)


def _shell_value(name: str, value: str) -> str:
    if name == "CodeBucket":
        return '"$CODE"'
    return f'"{value}"' if value.startswith("$(") else shlex.quote(value)


def _write(path: Path, body: bytes) -> Path:
    path.write_bytes(body)
    if path.name == SCRIPT:
        path.chmod(0o755)
    return path
