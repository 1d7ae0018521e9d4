"""``deploy.sh``: what ``up`` does, in a shell and with the AWS CLI alone."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from s3pypi_core.bucket import CONFIG_HEADERS, PAGE_HEADERS, RECORD_HEADERS
from s3pypi_deploy.export_stacks import exported_stacks, outputs
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, SIGNING_KEYS_KEY, USERS_KEY

if TYPE_CHECKING:
    from s3pypi_deploy.blueprint import Blueprint
    from s3pypi_deploy.export_stacks import ExportedStack

_HEAD = """\
#!/bin/sh
# Stands the repository {name} up, with what lies beside this file and an AWS CLI of 2025 or newer.
# To run it again is safe.
set -eu
cd "$(dirname "$0")"
ACCOUNT=$(aws sts get-caller-identity --query Account --output text)
CODE={name}-edge-code-$ACCOUNT

# An output of a stack; empty where it has none of that name.
output() {{
  value=$(aws cloudformation describe-stacks --region "$1" --stack-name "$2" --output text \\
    --query "Stacks[0].Outputs[?OutputKey=='$3'].OutputValue | [0]") || exit 1
  [ "$value" = None ] || echo "$value"
}}

# Stores a file under a key that has none, and says no where there is one: nothing is ever replaced.
create() {{
  said=$(aws s3api put-object --region {region} --bucket {bucket} --key "$1" --body "$2" \\
    --content-type "$3" --cache-control {cache_control} --if-none-match '*' 2>&1) && return 0
  case $said in *PreconditionFailed*) return 1 ;; esac
  echo "$said" >&2
  exit 1
}}
"""

_BUCKET = """\
# 1. The bucket.
{deploy}
"""

_REPOSITORY = """\
# The empty repository, its list of projects last. Without the list of users everybody gets a 503.
if ! aws s3api head-object --region {region} --bucket {bucket} --key {record} >/dev/null 2>&1; then
  WORK=$(mktemp -d)
  trap 'rm -rf "$WORK"' EXIT
  if ! create {page} {page} '{page_type}'; then
    # Where it is not the empty page of a run that was stopped here, a list has been lost.
    aws s3api get-object --region {region} --bucket {bucket} --key {page} "$WORK/page" >/dev/null
    cmp "$WORK/page" {page} || {{
      echo "the list of projects is lost; run: s3twine verify --repair --repository-url s3://{bucket}" >&2
      exit 1
    }}
  fi
{keys}  create {users} {users} {config_type} || echo "the list of users is there already"
  create {record} {record} {record_type} || true
fi
"""

_KEYS = """\
  # The key that signs the sessions of principals. It is drawn here, and kept in the bucket alone.
  printf '{{"version": 1, "keys": [{{"id": "%s", "key": "%s", "created": "%s"}}]}}\\n' \\
    "$(od -An -N3 -tx1 /dev/urandom | tr -d ' \\n')" "$(head -c 32 /dev/urandom | base64)" \\
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$WORK/keys"
  create {key} "$WORK/keys" {config_type} || echo "a key that signs is there already"
"""

_EDGE = """\
# 2. The function: its code goes to a private bucket in {region}.
aws s3api head-bucket --bucket "$CODE" --expected-bucket-owner "$ACCOUNT" 2>/dev/null ||
  aws s3api create-bucket --bucket "$CODE" --region {region}
aws s3api put-public-access-block --bucket "$CODE" --region {region} \\
  --public-access-block-configuration \\
  BlockPublicAcls=true,BlockPublicPolicy=true,IgnorePublicAcls=true,RestrictPublicBuckets=true
aws s3 cp edge.zip "s3://$CODE/{key}" --region {region}
{deploy}
"""

_CDN = """\
# 3. The distribution, and the bucket's policy.
{outputs}
{deploy}
"""

_END = """\
URL=$(output {region} {stack} Url)
cat <<EOF
$URL stands.{dns}
Let somebody in:
  s3pypi-admin --bucket {bucket} --region {region} user add ci
  s3pypi-admin --bucket {bucket} --region {region} token create ci
The programs find it with this in config.toml:
  [repositories.{name}]
  url = "$URL"
  bucket = "{bucket}"
  region = "{region}"
  distribution = "$(output {region} {stack} DistributionId)"{auth}
EOF
"""


def deploy_script(blueprint: Blueprint) -> str:
    """The script. It asks AWS for the account and for what stacks put out; nothing here does."""
    bucket, edge, cdn = exported_stacks(blueprint, lambda output: f"${output.name}")
    taken = set(cdn.request.parameters.values())
    # An assignment ends the script where AWS cannot be asked; an argument would only be empty.
    found = [
        f"{output.name}=$(output {output.region} {output.stack} {output.name})"
        for output in outputs(blueprint)
        if f"${output.name}" in taken
    ]
    parts = (
        _head(blueprint),
        _BUCKET.format(deploy=_deploy(bucket)),
        _repository(blueprint),
        _EDGE.format(region=edge.region, key=blueprint.code_key, deploy=_deploy(edge)),
        _CDN.format(outputs="\n".join(found), deploy=_deploy(cdn)),
        _end(blueprint),
    )
    return "\n".join(parts)


def _head(blueprint: Blueprint) -> str:
    place = {"name": blueprint.settings.name, "region": blueprint.settings.region, "bucket": blueprint.bucket}
    return _HEAD.format(**place, cache_control=CONFIG_HEADERS.cache_control)


def _repository(blueprint: Blueprint) -> str:
    config_type = CONFIG_HEADERS.content_type
    keys = (
        _KEYS.format(key=SIGNING_KEYS_KEY, config_type=config_type) if blueprint.settings.principals else ""
    )
    return _REPOSITORY.format(
        region=blueprint.settings.region,
        bucket=blueprint.bucket,
        record=ROOT_RECORD,
        record_type=RECORD_HEADERS.content_type,
        page=ROOT_PAGE,
        page_type=PAGE_HEADERS.content_type,
        keys=keys,
        users=USERS_KEY,
        config_type=config_type,
    )


def _end(blueprint: Blueprint) -> str:
    settings, stack = blueprint.settings, blueprint.names.cdn
    target = f"$(output {settings.region} {stack} DistributionDomainName)"
    dns = f" In DNS, let {settings.domain} be a CNAME of {target}." if settings.certificate_arn else ""
    auth = '\n  auth = "aws"' if settings.principals else ""
    place = {"region": settings.region, "stack": stack, "bucket": blueprint.bucket, "name": settings.name}
    return _END.format(**place, dns=dns, auth=auth)


def _deploy(stack: ExportedStack) -> str:
    """The command. What it takes from stacks, and the account, is filled in by the shell."""
    request = stack.request
    where = f"--region {stack.region} --stack-name {request.name} --template-file {stack.template}"
    lines = [
        f"aws cloudformation deploy {where}",
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
    return f'"{value}"' if value.startswith("$") else shlex.quote(value)
