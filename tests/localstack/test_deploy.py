"""``python -m s3pypi_deploy`` against LocalStack: the command line, by HTTP, from an empty account and back.

What LocalStack really makes: the stacks, their change sets, events, outputs and states; the bucket with
versions, public access blocked, its owner enforced, and its policy; managed policies; the role; the function
and its versions, which nothing runs (see guest.py). What it only notes down: everything of CloudFront's, with
"unknown" for ids and domain; the bucket's lifecycle and encryption; later changes of the bucket or a policy.
It believes every credential, enforces no policy, and keeps no copies of functions. So this shows that our
requests and its answers fit together, and not that AWS accepts what is in the templates.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import TYPE_CHECKING

import pytest

from s3pypi_deploy.aws_stacks import AwsStacks
from s3pypi_deploy.blueprint import Names
from s3pypi_deploy.stacks import REVIEW, Request
from s3pypi_deploy.templates import bucket_template
from tests.localstack.account import NUMBER
from tests.localstack.server import HOME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef
    from mypy_boto3_s3 import S3Client

    from tests.localstack.account import Account, Outcome

# They are one file, so that one worker runs them all, with one LocalStack.
pytestmark = [pytest.mark.localstack, pytest.mark.loopback, pytest.mark.slow]

EDGE = "us-east-1"
FIRST_OBJECTS = {"config/users.json", "packages/index.html", "packages/index.json"}


def named(name: str) -> tuple[str, ...]:
    return ("--region", HOME, "--name", name)


def options(name: str) -> tuple[str, ...]:
    return ("--no-domain", *named(name))


def bucket_of(name: str) -> str:
    return f"{name}-pypi-{NUMBER}"


def done(outcome: Outcome) -> Outcome:
    assert outcome.code == 0, outcome.err
    return outcome


def stacks(account: Account, region: str = HOME) -> AwsStacks:
    return AwsStacks(region, account.clients.cloudformation(region), lambda _seconds: None)


def delete_stack(account: Account, name: str) -> None:
    stacks(account).delete(name)
    until = time.monotonic() + 30
    while stacks(account).find(name) is not None:
        assert time.monotonic() < until
        time.sleep(0.1)


def states(account: Account, name: str) -> list[str | None]:
    names = Names(name)
    places = ((names.bucket, HOME), (names.edge, EDGE), (names.cdn, HOME))
    found = [stacks(account, region).find(stack) for stack, region in places]
    return [stack and stack.status for stack in found]


def buckets(s3: S3Client, name: str) -> set[str]:
    return {one["Name"] for one in s3.list_buckets()["Buckets"] if one["Name"].startswith(f"{name}-")}


def keys(s3: S3Client, bucket: str) -> set[str]:
    return {one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])}


def functions(account: Account, name: str) -> list[FunctionConfigurationTypeDef]:
    listed = account.clients.functions(EDGE).list_functions()["Functions"]
    return [one for one in listed if one["FunctionName"].startswith(f"{name}-")]


def versions(account: Account, name: str) -> dict[str, str]:
    """The numbered versions of the function, and what they say of themselves."""
    (function,) = functions(account, name)
    client = account.clients.functions(EDGE)
    listed = client.list_versions_by_function(FunctionName=function["FunctionName"])["Versions"]
    return {one["Version"]: one["Description"] for one in listed if one["Version"] != "$LATEST"}


def parameters(account: Account, stack: str) -> Mapping[str, str]:
    found = stacks(account).find(stack)
    assert found is not None
    return found.parameters


def test_a_plan_changes_nothing(account: Account) -> None:
    told = done(account.deploy("plan", *options("plan"))).out
    assert "13 to add\n" in told
    assert f"add\tplan-bucket\t{HOME}\tBucket\tAWS::S3::Bucket\n" in told
    assert states(account, "plan") == [None, None, None]
    assert buckets(account.clients.s3(HOME), "plan") == set()


def test_a_repository_is_stood_up_changed_and_taken_down(account: Account) -> None:
    s3, bucket = account.clients.s3(HOME), bucket_of("acme")

    first = done(account.deploy("up", "--yes", *options("acme")))
    assert "13 to add\n" in first.out
    assert "acme-cdn  acme-cdn  AWS::CloudFormation::Stack  CREATE_COMPLETE" in first.err
    assert states(account, "acme") == ["UPDATE_COMPLETE", "CREATE_COMPLETE", "CREATE_COMPLETE"]
    assert_bucket_is_private(s3, bucket)
    assert keys(s3, bucket) == FIRST_OBJECTS
    assert json.loads(s3.get_object(Bucket=bucket, Key="config/users.json")["Body"].read())["users"] == {}
    assert policies(account, "acme") == {"acme-administer", "acme-care", "acme-publish", "acme-read"}
    # The first stack hears of the third one's distribution.
    assert parameters(account, "acme-bucket")["DistributionId"] == "unknown"
    assert_function_is_our_zip(account)
    assert list(versions(account, "acme")) == ["1"]

    again = done(account.deploy("up", "--yes", *options("acme")))
    assert again.out.startswith("nothing to change\n")
    assert "is up to date: nothing to change\n" in again.out
    assert "IN_PROGRESS" not in again.err

    wanted = (*options("acme"), "--memory-size", "256")
    changed = done(account.deploy("up", "--yes", *wanted, "--retention-days", "30")).out
    assert f"change\tacme-bucket\t{HOME}\tBucket\t" in changed
    assert f"replace\tacme-edge\t{EDGE}\tEdgeVersion" in changed
    assert f"change\tacme-cdn\t{HOME}\tDistribution\t" in changed
    (description,) = versions(account, "acme").values()  # the first one was swept
    assert "256 MB" in description
    assert parameters(account, "acme-bucket")["RetentionDays"] == "30"
    # The days are kept as they are, unless they are given.
    assert done(account.deploy("plan", *wanted)).out == "nothing to change\n"

    lines = done(account.deploy("status", *named("acme"))).out.splitlines()
    assert [line[:3] for line in lines] == ["ok\t"] * 4

    told = done(account.deploy("down", "--yes", *named("acme"))).err
    assert f"kept: the bucket {bucket} with all packages, and the stack acme-bucket\n" in told
    assert states(account, "acme") == ["UPDATE_COMPLETE", None, None]
    assert functions(account, "acme") == []
    assert buckets(s3, "acme") == {bucket}
    assert keys(s3, bucket) == FIRST_OBJECTS

    assert "13 to add" not in done(account.deploy("up", "--yes", *options("acme"))).out
    assert states(account, "acme") == ["UPDATE_COMPLETE", "CREATE_COMPLETE", "CREATE_COMPLETE"]


def assert_bucket_is_private(s3: S3Client, bucket: str) -> None:
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert list(blocked.values()) == [True] * 4
    (rule,) = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rule["ObjectOwnership"] == "BucketOwnerEnforced"
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    assert "NothingTravelsInTheClear" in {statement["Sid"] for statement in policy["Statement"]}


def policies(account: Account, name: str) -> set[str]:
    iam = account.clients.session.client("iam", region_name=EDGE)
    names = {one["PolicyName"] for one in iam.list_policies(Scope="Local")["Policies"]}
    return {policy for policy in names if policy.startswith(f"{name}-")}


def assert_function_is_our_zip(account: Account) -> None:
    (function,) = functions(account, "acme")
    assert (function["Runtime"], function["Handler"]) == ("python3.13", "s3pypi_edge.handler.handle")
    s3, code = account.clients.s3(EDGE), Names("acme").code_bucket(NUMBER)
    (key,) = keys(s3, code)
    stored = s3.get_object(Bucket=code, Key=key)["Body"].read()
    assert function["CodeSha256"] == base64.b64encode(hashlib.sha256(stored).digest()).decode()


def test_a_bucket_that_outlived_its_stack_is_used_again_with_what_is_in_it(account: Account) -> None:
    # LocalStack does not know import; it makes no second bucket where there is one. That the change set says
    # "Import" is tested elsewhere.
    s3, bucket = account.clients.s3(HOME), bucket_of("kept")
    done(account.deploy("up", "--yes", *options("kept")))
    s3.put_object(Bucket=bucket, Key="packages/old/old-1.0.tar.gz", Body=b"old", IfNoneMatch="*")
    before = s3.head_object(Bucket=bucket, Key="config/users.json")["VersionId"]
    done(account.deploy("down", "--yes", *named("kept")))
    delete_stack(account, "kept-bucket")
    assert states(account, "kept") == [None, None, None]
    done(account.deploy("up", "--yes", *options("kept")))
    assert states(account, "kept") == ["UPDATE_COMPLETE", "CREATE_COMPLETE", "CREATE_COMPLETE"]
    assert keys(s3, bucket) == {*FIRST_OBJECTS, "packages/old/old-1.0.tar.gz"}
    assert s3.head_object(Bucket=bucket, Key="config/users.json")["VersionId"] == before


def test_packages_are_deleted_for_who_types_the_name_of_the_bucket(account: Account) -> None:
    done(account.deploy("up", "--yes", *options("gone")))
    s3, command = account.clients.s3(HOME), ("down", "--delete-packages", *named("gone"))
    s3.delete_object(Bucket=bucket_of("gone"), Key="packages/index.html")  # a version, and a marker

    assert "only for somebody who types the bucket's name" in account.deploy(*command).err
    assert (
        f"that is not {bucket_of('gone')}; nothing was changed" in account.deploy_typing("gone", *command).err
    )
    assert states(account, "gone") == ["UPDATE_COMPLETE", "CREATE_COMPLETE", "CREATE_COMPLETE"]

    told = done(account.deploy_typing(bucket_of("gone"), *command)).err
    assert f"{bucket_of('gone')} is gone, with all that was in it\n" in told
    assert states(account, "gone") == [None, None, None]
    assert buckets(s3, "gone") == set()


def test_a_stack_that_was_proposed_and_never_made_is_no_obstacle(account: Account) -> None:
    parameters = {"RepositoryName": "left", "BucketName": bucket_of("left")}
    request = Request("left-bucket", bucket_template(bucket_of("left")), parameters)
    proposed = stacks(account).propose(request, "CREATE")
    assert {change.verb for change in proposed.changes} == {"add"}
    assert states(account, "left")[0] == REVIEW

    done(account.deploy("up", "--yes", *options("left")))
    assert states(account, "left")[0] == "UPDATE_COMPLETE"


def test_the_resource_that_failed_is_named_first_and_up_goes_on_once_it_is_mended(account: Account) -> None:
    iam = account.clients.session.client("iam", region_name=EDGE)
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    obstacle = iam.create_policy(PolicyName="torn-read", PolicyDocument=document)["Policy"]["Arn"]

    failed = account.deploy("up", "--yes", *options("torn"))
    assert failed.code == 1
    reason, state, hint = failed.err.splitlines()[-3:]
    assert reason.startswith("error: ReadPolicy (AWS::IAM::ManagedPolicy): ")
    assert "A policy called torn-read already exists" in reason
    assert state == "torn-bucket is now ROLLBACK_COMPLETE"
    assert hint.startswith("hint: something of that name is there already: choose another --name")
    status = account.deploy("status", *named("torn"))
    assert status.code == 1
    assert f"!!\tstack torn-bucket in {HOME}\tROLLBACK_COMPLETE: " in status.out

    iam.delete_policy(PolicyArn=obstacle)
    # LocalStack fails to delete what was never made, which CloudFormation passes over: so the test does it.
    delete_stack(account, "torn-bucket")
    done(account.deploy("up", "--yes", *options("torn")))
    assert states(account, "torn") == ["UPDATE_COMPLETE", "CREATE_COMPLETE", "CREATE_COMPLETE"]
