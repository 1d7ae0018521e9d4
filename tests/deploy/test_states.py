"""Each state that CloudFormation can leave behind, and each thing that AWS can refuse."""

from __future__ import annotations

import re

import pytest

from s3pypi_core.aws.aws_clients import AwsRefusal
from s3pypi_core.errors import RepositoryError
from s3pypi_deploy.errors import DeployInterrupted, StackFailed, Stuck
from s3pypi_deploy.reasons import remedy
from s3pypi_deploy.settle import ROLE_POLICY
from s3pypi_deploy.stacks import REVIEW
from s3pypi_deploy.templates import edge_template
from tests.deploy.account import IN_USE, Held
from tests.deploy.aws_cli import check
from tests.deploy.places import HOME, TRIAL, ZONED, Place
from tests.deploy.template import ACCOUNT

IN_USE_CERTIFICATE = (
    f"Certificate arn:aws:acm:us-east-1:{ACCOUNT}:certificate/a in account {ACCOUNT} is in use."
)
IN_USE_ACL = f"AWS WAF couldn't perform the operation: {IN_USE}."
TOO_MANY_POLICIES = "You have reached the maximum number of cache policies for this AWS account."
TOO_MANY_FUNCTIONS = (
    "Limit exceeded for resource of type 'AWS::CloudFront::Distribution'. Reason: Completing this action "
    "would cause the maximum number of distributions with Lambda function associations per owner to be "
    "exceeded (maximum allowed is 25)."
)


@pytest.mark.parametrize(
    ("stack", "region"),
    [
        pytest.param("acme-bucket", HOME, id="bucket"),
        pytest.param("acme-edge", "us-east-1", id="edge"),
        pytest.param("acme-cdn", HOME, id="cdn"),
    ],
)
@pytest.mark.parametrize(
    "status", [REVIEW, "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"]
)
def test_what_a_failure_left_is_removed_and_made_again(
    place: Place, stack: str, region: str, status: str
) -> None:
    left = place.cloud.leave(stack, status, region)
    place.up()
    place.assert_stands()
    goes_on_with_it = status == REVIEW  # nothing was made in it yet
    assert (left.id == place.cloud.stack(stack).id) == goes_on_with_it


def test_a_plan_says_what_is_cleared_away_first_and_does_not_do_it(place: Place) -> None:
    place.cloud.leave("acme-cdn", "ROLLBACK_COMPLETE")
    place.plan()
    assert "acme-cdn: what a failure left of it is removed first, and it is made again" in place.out
    assert place.states() == {"acme-cdn": "ROLLBACK_COMPLETE"}


def test_an_update_that_could_not_be_undone_is_undone_and_goes_on(place: Place) -> None:
    place.up()
    place.cloud.stack("acme-cdn").status = "UPDATE_ROLLBACK_FAILED"
    place.up(*TRIAL, "--price-class", "all")
    place.assert_stands()
    assert ("continue_rollback", "acme-cdn") in place.cloud.calls
    assert place.cloud.stack("acme-cdn").parameters["PriceClass"] == "PriceClass_All"


def test_an_update_that_still_cannot_be_undone_is_told_with_both_ways_out(place: Place) -> None:
    place.up()
    place.cloud.stack("acme-cdn").status = "UPDATE_ROLLBACK_FAILED"
    place.cloud.rollback_fails["acme-cdn"] = "the certificate is gone"
    with pytest.raises(Stuck, match="UPDATE_ROLLBACK_FAILED: the certificate is gone") as error:
        place.up()
    assert "mend what the reason names and run the same command again" in error.value.hint
    assert "continue-update-rollback --stack-name acme-cdn --region eu-central-1" in error.value.hint
    assert "--resources-to-skip Stubborn" in error.value.hint


def test_an_update_that_somebody_stopped_halfway_is_told_with_the_way_out(place: Place) -> None:
    place.up()
    place.cloud.stack("acme-edge").status = "UPDATE_FAILED"
    with pytest.raises(Stuck) as error:
        place.up()
    assert error.value.hint.startswith(
        "aws cloudformation rollback-stack --stack-name acme-edge --region us-east-1"
    )


def test_copies_of_the_function_do_not_keep_a_new_one_from_being_made(place: Place) -> None:
    place.up()
    place.cloud.stack("acme-edge").status = "DELETE_FAILED"
    place.cloud.replicas = True
    place.up()
    place.assert_stands()
    assert "acme-edge goes without what cannot be deleted now: Edge (acme-edge-Edge-" in place.err


def test_a_stack_that_will_not_go_is_told_and_nothing_is_let_go_of(place: Place) -> None:
    left = place.cloud.leave("acme-cdn", "ROLLBACK_FAILED")
    left.resources["Odd"] = Held("AWS::X::Odd", "odd", "", retained=False)
    place.cloud.fails["acme-cdn", "delete Odd"] = "it is in use"
    with pytest.raises(Stuck, match="DELETE_FAILED: it is in use") as error:
        place.up()
    assert "mend what the reason names and run the same command again" in error.value.hint
    assert "--deletion-mode FORCE_DELETE_STACK" in error.value.hint
    assert set(left.resources) == {"Odd"}


def test_copies_of_the_function_excuse_nothing_else_that_will_not_go(place: Place) -> None:
    place.up(*ZONED)
    left = place.cloud.stack("acme-edge")
    left.status = "DELETE_FAILED"
    place.cloud.replicas = True
    with pytest.raises(Stuck, match=r"DELETE_FAILED: it couldn't be deleted because .* is being used"):
        place.up(*ZONED)  # the distribution uses the certificate
    assert {"Edge", "Certificate"} <= set(left.resources)


def test_copies_of_the_function_keep_the_role_with_which_they_read(place: Place) -> None:
    place.up()
    (role,) = place.cloud.roles
    place.cloud.stack("acme-edge").status = "DELETE_FAILED"
    place.cloud.replicas = True
    place.up()
    assert role in place.cloud.roles
    assert f"Role ({role})" in place.err
    commands = re.findall(r"aws iam [^;\n]*", place.err)
    assert commands == [
        f"aws iam delete-role-policy --role-name {role} --policy-name {ROLE_POLICY}",
        f"aws iam delete-role --role-name {role}",
    ]
    for command in commands:
        check(command)
    assert f"PolicyName: {ROLE_POLICY}\n" in edge_template("0123456789ab")


def test_a_policy_that_somebody_has_is_never_let_go_of(place: Place) -> None:
    place.up()
    left = place.cloud.stack("acme-bucket")
    left.status = "DELETE_FAILED"
    attached = "Cannot delete a policy attached to entities. (Service: Iam, Status Code: 409)"
    place.cloud.fails["acme-bucket", "delete CarePolicy"] = attached
    with pytest.raises(Stuck, match="attached to entities") as error:
        place.up()
    assert "aws iam list-entities-for-policy" in error.value.hint
    assert "FORCE_DELETE_STACK" not in error.value.hint
    assert "CarePolicy" in left.resources


def test_a_stack_that_will_not_go_without_the_copies_either_is_told(place: Place) -> None:
    place.up()
    place.cloud.stack("acme-edge").status = "DELETE_FAILED"
    place.cloud.replicas = True
    place.cloud.keeps.add("acme-edge")
    with pytest.raises(Stuck, match="acme-edge is DELETE_FAILED"):
        place.up()


def test_an_import_that_could_not_be_undone_is_for_a_person_to_decide(place: Place) -> None:
    left = place.cloud.leave("acme-bucket", "IMPORT_ROLLBACK_FAILED")
    place.plan()
    assert "acme-bucket: what it was to take in could not be let go again" in place.out
    with pytest.raises(Stuck, match="acme-bucket is IMPORT_ROLLBACK_FAILED") as error:
        place.up()
    assert "describe-stack-resources --stack-name acme-bucket" in error.value.hint
    assert left.status == "IMPORT_ROLLBACK_FAILED"


def test_an_import_that_was_undone_left_what_was_there_before(place: Place) -> None:
    place.up()
    place.cloud.stack("acme-bucket").status = "IMPORT_ROLLBACK_COMPLETE"
    place.up(*TRIAL, "--retention-days", "365")
    place.assert_stands()
    assert place.cloud.stack("acme-bucket").parameters["RetentionDays"] == "365"


def test_what_somebody_else_changes_is_waited_for(place: Place) -> None:
    place.up()
    kept = place.cloud.stack("acme-cdn")
    stacks = place.cloud.stacks_in(HOME)
    place.cloud.begin(stacks._roll_back(kept, "UPDATE_ROLLBACK"))
    place.up(*TRIAL, "--price-class", "200")
    assert "acme-cdn is changed by somebody else, or by an earlier run: waiting" in place.err
    assert "somebody is changing it (UPDATE_ROLLBACK_IN_PROGRESS): `up` waits until that ends" in place.out
    place.assert_stands()


def test_a_stack_that_does_not_come_to_rest_is_told(place: Place) -> None:
    place.up()
    place.cloud.restless.add("acme-bucket")
    with pytest.raises(Stuck, match="acme-bucket is UPDATE_ROLLBACK_IN_PROGRESS: it does not come to rest"):
        place.up()


def test_what_only_happened_too_late_to_be_read_is_waited_for(place: Place) -> None:
    place.cloud.silent = True
    place.up()
    place.assert_stands()


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        pytest.param(
            "InvalidLambdaFunctionAssociation: The function has an invalid memory size. The memory "
            "size is larger than the maximum allowed size. Max allowed: 128",
            "give --memory-size 128",
            id="memory",
        ),
        pytest.param(
            "Invalid request provided: The function timeout is larger than the maximum allowed for functions "
            "that are triggered by a CloudFront event: 20 Max allowed: 5 Function: arn:aws:lambda:x",
            "give --timeout with what it says",
            id="timeout",
        ),
        pytest.param(
            "CNAMEAlreadyExists: One or more of the CNAMEs you provided are already associated with a "
            "different resource.",
            "another distribution answers to this domain",
            id="domain in use",
        ),
        pytest.param(
            "Access denied for operation 'AWS::CloudFront::Distribution'.", "docs/deploying.md", id="denied"
        ),
        pytest.param(
            "Your account must be verified before you can add CloudFront", "AWS Support", id="account"
        ),
        pytest.param("Rate exceeded", "AWS was too busy", id="throttled"),
        pytest.param(
            "A policy called acme-publish already exists. Duplicate names are not allowed.",
            "choose another --name, or look whose it is",
            id="name",
        ),
        pytest.param(
            "The bucket policy already exists on bucket acme-wheels.",
            "aws s3api delete-bucket-policy --bucket",
            id="bucket policy",
        ),
        pytest.param(
            "Resource of type 'AWS::S3::BucketPolicy' with identifier 'acme-wheels' already exists.",
            "aws s3api delete-bucket-policy --bucket",
            id="bucket policy, found ahead of time",
        ),
        pytest.param(
            "CloudFormation is attempting to import some resources because they already exist.",
            "choose another --name",
            id="names of an earlier stack",
        ),
        pytest.param(
            "[RRSet with DNS name pypi.acme.com. is not permitted in zone other.example.]",
            "the hosted zone is not the domain's",
            id="zone",
        ),
        pytest.param(
            "[Tried to create resource record set [name='pypi.acme.com.', type='A'] but it already exists]",
            "aws route53 change-resource-record-sets",
            id="record",
        ),
        pytest.param(
            "The S3 bucket that you specified for CloudFront logs does not enable ACL access: "
            "acme-logs.s3.amazonaws.com",
            "aws s3api put-bucket-ownership-controls --bucket",
            id="log bucket",
        ),
        pytest.param(
            "A version for this Lambda function exists ( 2 ). Modify the function to create a new version.",
            "aws lambda delete-function --region us-east-1 --function-name FUNCTION --qualifier NUMBER",
            id="version",
        ),
        pytest.param(IN_USE_CERTIFICATE, "aws acm describe-certificate --region", id="certificate in use"),
        pytest.param(IN_USE_ACL, "aws cloudfront list-distributions-by-web-acl-id", id="rate limit in use"),
        pytest.param(TOO_MANY_POLICIES, "aws cloudfront list-cache-policies --type custom", id="policies"),
        pytest.param(TOO_MANY_FUNCTIONS, "aws cloudfront list-distributions)", id="distributions"),
        pytest.param(
            "TooManyCachePolicies: no", "aws service-quotas list-service-quotas", id="quota by its name"
        ),
        pytest.param("InvalidViewerCertificate: it doesn't exist", "be in us-east-1", id="certificate"),
        pytest.param("something new", "mend that, and run the same command again", id="anything else"),
    ],
)
def test_the_reason_of_the_resource_that_failed_comes_first(place: Place, reason: str, hint: str) -> None:
    place.cloud.fails["acme-cdn", "Distribution"] = reason
    with pytest.raises(StackFailed) as error:
        place.up()
    assert error.value.message.startswith(f"Distribution (AWS::CloudFront::Distribution): {reason}\n")
    assert "acme-cdn is now ROLLBACK_COMPLETE" in error.value.message
    assert hint in error.value.hint


@pytest.mark.parametrize(
    "reason",
    [
        f"acme-wheels already exists in stack arn:aws:cloudformation:eu-central-1:{ACCOUNT}:stack/old-pypi/1",
        "Resource of type 'AWS::S3::Bucket' with identifier 'acme-wheels' already exists in stack arn:aws:x",
        "Resource of type 'AWS::S3::BucketPolicy' with identifier 'acme-wheels' already exists in stack arn",
        f"acme-publish already exists in stack arn:aws:cloudformation:eu-central-1:{ACCOUNT}:stack/old/1",
    ],
    ids=["bucket", "bucket, ahead of time", "policy of a bucket", "policy"],
)
def test_what_another_stack_has_is_not_to_be_removed(reason: str) -> None:
    """It may be the bucket with all packages."""
    hint = remedy(reason)
    assert "DeletionPolicy: Retain" in hint
    assert "another --bucket or --name" in hint
    assert not re.search("remove it|all of AWS|delete-bucket", hint)


def test_after_a_failure_is_mended_the_same_command_finishes(place: Place) -> None:
    place.cloud.fails["acme-cdn", "Distribution"] = "Max allowed: 128"
    with pytest.raises(StackFailed):
        place.up()
    place.cloud.fails.clear()
    place.up()
    place.assert_stands()
    assert "Nobody can come in yet" in place.err
    assert "s3pypi-admin -r acme user add ci" in place.err


def test_after_a_failure_principals_that_are_in_are_not_let_in_again(place: Place) -> None:
    first, second = (f"arn:aws:iam::123456789012:role/{name}" for name in ("First", "Second"))
    place.cloud.fails["acme-edge", "Edge"] = "Rate exceeded"
    with pytest.raises(StackFailed):
        place.up(*TRIAL, "--allow-principal", first)
    place.cloud.fails.clear()
    place.up(*TRIAL, "--allow-principal", first, "--allow-principal", second)
    assert f"These come in with their AWS credentials: {first}\n" in place.err
    assert f"Let principals in with:\n  s3pypi-admin -r acme principal add {second}\n" in place.err
    assert f"principal add {first}" not in place.err


def test_a_failed_update_leaves_what_worked_before(place: Place) -> None:
    place.up()
    place.cloud.fails["acme-cdn", "Distribution"] = "no"
    with pytest.raises(StackFailed, match="acme-cdn is now UPDATE_ROLLBACK_COMPLETE"):
        place.up(*TRIAL, "--price-class", "all")
    place.cloud.fails.clear()
    place.up(*TRIAL, "--price-class", "all")
    place.assert_stands()


def test_a_failed_update_of_the_function_leaves_no_version_in_the_way(place: Place) -> None:
    place.up()
    place.cloud.fails["acme-edge", "OriginResponse"] = "no"
    upstream = (*TRIAL, "--upstream", "https://pypi.org/simple/", "--reserve", "acme-*")
    with pytest.raises(StackFailed, match="acme-edge is now UPDATE_ROLLBACK_COMPLETE"):
        place.up(*upstream)
    place.cloud.fails.clear()
    place.up(*upstream)
    place.assert_stands()


def test_a_failed_update_leaves_no_version_that_took_the_place_of_another(place: Place) -> None:
    place.up()
    (versions,) = place.cloud.versions.values()
    before, memory = [*versions], ("--memory-size", "256")  # the same code, and so the same logical id
    place.cloud.fails["acme-edge", "WebAcl"] = "no"
    with pytest.raises(StackFailed, match="acme-edge is now UPDATE_ROLLBACK_COMPLETE"):
        place.up(*TRIAL, *memory, "--waf-rate", "1000")
    assert versions == before
    place.cloud.fails.clear()
    place.up(*TRIAL, *memory, "--waf-rate", "1000")
    place.assert_stands()


def test_a_bucket_that_a_failed_first_run_made_stays(place: Place) -> None:
    place.cloud.fails["acme-bucket", "CarePolicy"] = "no"
    with pytest.raises(StackFailed):
        place.up()
    assert f"acme-pypi-{ACCOUNT}" in place.cloud.buckets


@pytest.mark.parametrize(
    "reason",
    [
        "A version for this Lambda function exists ( 2 ). Modify the function to create a new version.",
        IN_USE_CERTIFICATE,
        IN_USE_ACL,
        TOO_MANY_POLICIES,
        TOO_MANY_FUNCTIONS,
    ],
)
def test_each_command_of_a_remedy_is_one(reason: str) -> None:
    commands = re.findall(r"aws [a-z0-9-]+ [a-z-]+(?: --[a-z-]+ [A-Za-z0-9-]+)*", remedy(reason))
    assert commands
    for command in commands:
        check(command)


def test_a_failure_without_events_is_told_by_the_stack_itself(place: Place) -> None:
    place.cloud.fails["acme-edge", "Edge"] = "gone before anybody looked"
    place.cloud.silent = True
    with pytest.raises(StackFailed, match="acme-edge is now ROLLBACK_COMPLETE"):
        place.up()


def test_a_change_set_that_cannot_be_worked_out_is_told(place: Place) -> None:
    place.cloud.fails["acme-edge", ""] = "Template error: no such attribute"
    with pytest.raises(RepositoryError, match="acme-edge cannot be changed as asked: Template error"):
        place.plan()


@pytest.mark.parametrize(
    ("code", "sentence", "hint"),
    [
        pytest.param("ExpiredToken", "the AWS session has expired", "aws sso login", id="expired"),
        pytest.param("AccessDenied", "access denied: DescribeStacks: no", "docs/deploying.md", id="denied"),
        pytest.param("UnrecognizedClientException", "AWS refused", "region is enabled", id="region disabled"),
    ],
)
def test_credentials_that_will_not_do_are_told(place: Place, code: str, sentence: str, hint: str) -> None:
    place.cloud.refusal = AwsRefusal("DescribeStacks", code, "no")
    with pytest.raises(AwsRefusal) as error:
        place.up()
    assert sentence in error.value.message
    assert hint in error.value.hint


def test_a_busy_cloudformation_is_waited_for(place: Place) -> None:
    place.up()
    kept = place.cloud.stack("acme-cdn")
    stack = place.cloud.stacks_in(HOME).find("acme-cdn")
    assert stack
    place.cloud.begin(place.cloud.stacks_in(HOME)._roll_back(kept, "UPDATE_ROLLBACK"))
    place.cloud.busy = 20
    after, _ = place.ends.watcher.follow(place.cloud.stacks_in(HOME), stack, frozenset())
    assert after.status == "UPDATE_ROLLBACK_COMPLETE"


def test_a_cloudformation_that_stays_busy_is_told_with_what_to_do(place: Place) -> None:
    place.up()
    stack = place.cloud.stacks_in(HOME).find("acme-cdn")
    assert stack
    place.cloud.busy = 10_000
    with pytest.raises(RepositoryError, match="AWS is too busy") as error:
        place.ends.watcher.follow(place.cloud.stacks_in(HOME), stack, frozenset())
    assert "run the same command again" in error.value.hint


def test_ctrl_c_says_that_cloudformation_goes_on_and_the_same_command_finishes(place: Place) -> None:
    place.cloud.at_sleep = [KeyboardInterrupt()]
    with pytest.raises(DeployInterrupted) as interruption:
        place.up()
    assert str(interruption.value) == "interrupted; CloudFormation goes on with acme-bucket by itself"
    assert "run the same command again" in interruption.value.hint
    place.up()
    place.assert_stands()
