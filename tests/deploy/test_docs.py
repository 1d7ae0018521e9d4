"""What docs/deploying.md says is what the program does."""

from __future__ import annotations

import ast
import inspect
import json
import re
import shlex
from pathlib import Path

import pytest

from s3pypi_deploy import aws_buckets, aws_protection, aws_stacks, aws_surroundings
from s3pypi_deploy.arguments import parser
from s3pypi_deploy.commands import COMMANDS
from s3pypi_deploy.settings import Settings

TEXT = (Path(__file__).parents[2] / "docs" / "deploying.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\$ s3pypi-deploy (.*)$", TEXT, re.MULTILINE)
INLINE = re.findall(r"`s3pypi-deploy ([^`]*)`", TEXT)
# IAM does not call all of S3's requests by their names.
_ACTIONS = {
    "HeadBucket": ["s3:ListBucket"],
    "ListObjectVersions": ["s3:ListBucketVersions"],
    "DeleteObjects": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    "PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "PutBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"],
    "GetBucketEncryption": ["s3:GetEncryptionConfiguration"],
    "GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
}


@pytest.mark.parametrize("line", [*LINES, *INLINE])
def test_every_command_is_one(line: str) -> None:
    options = parser().parse_args(shlex.split(line, comments=True))
    assert options.command in COMMANDS
    if options.command in {"up", "plan", "export"}:
        Settings.parse(options)


def test_every_command_of_the_program_is_described() -> None:
    assert {line.split()[0] for line in LINES} == set(COMMANDS)


def test_what_asks_aws_says_so() -> None:
    for line in LINES:
        asks = line.split()[0] not in {"config", "export", "doctor"} or "--probe" in line
        assert line.endswith("# AWS") == asks, line


def requests() -> set[str]:
    """The requests that the modules with clients in them make, by the names of their methods."""
    found = set()
    for module in (aws_buckets, aws_protection, aws_stacks, aws_surroundings):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                source = ast.unparse(node.func.value)
                if node.func.attr == "get_paginator":
                    assert isinstance(node.args[0], ast.Constant)
                    found.add(str(node.args[0].value))
                elif source.endswith(("client", ")")) and "_" in node.func.attr.strip("_"):
                    found.add(node.func.attr)
    return found


def test_the_policy_allows_what_the_program_asks_for_and_nothing_else() -> None:
    (policy,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    allowed = {action for one in json.loads(policy)["Statement"] for action in one["Action"]}
    operations = {"".join(word.title() for word in name.split("_")) for name in requests()}
    asked = {
        action
        for name in operations
        for action in _ACTIONS.get(name, [next((a for a in allowed if a.endswith(f":{name}")), name)])
    }
    # A change set with tags is a tagging, too.
    assert asked | {"cloudformation:TagResource"} == allowed
