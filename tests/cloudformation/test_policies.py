"""The policies as they are written: how far they go, and what the documentation shows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_edge.keys import ROOT_RECORD, SIGNING_KEYS_KEY, USERS_KEY
from tests.cloudformation.acme import DISTRIBUTION, bucket_stack, statements
from tests.cloudformation.iam import Call, allows, each_grant, listed
from tests.cloudformation.policy_docs import POLICIES, shown_policy
from tests.cloudformation.stacks import ACCOUNT

if TYPE_CHECKING:
    from tests.cloudformation.stacks import Stack

BUCKET = "arn:aws:s3:::acme-pypi"


@pytest.mark.parametrize(
    ("policy", "action", "key"),
    [
        pytest.param("PublishPolicy", "s3:GetObject", USERS_KEY, id="a publisher reads no users"),
        pytest.param("PublishPolicy", "s3:PutObject", USERS_KEY, id="a publisher lets nobody in"),
        pytest.param("PublishPolicy", "s3:PutObject", SIGNING_KEYS_KEY, id="a publisher makes no keys"),
        pytest.param("PublishPolicy", "s3:DeleteObject", ROOT_RECORD, id="a publisher deletes nothing"),
        pytest.param("PublishPolicy", "s3:DeleteObjectVersion", ROOT_RECORD, id="a publisher erases nothing"),
        pytest.param("CarePolicy", "s3:GetObject", SIGNING_KEYS_KEY, id="a carer reads no keys"),
        pytest.param("CarePolicy", "s3:PutObject", USERS_KEY, id="a carer lets nobody in"),
        pytest.param("CarePolicy", "s3:DeleteObject", USERS_KEY, id="a carer removes no users"),
        pytest.param(
            "AdministerPolicy", "s3:PutObject", ROOT_RECORD, id="an administrator publishes nothing"
        ),
        pytest.param("AdministerPolicy", "s3:PutObject", "config/other.json", id="nor writes anything else"),
        pytest.param("AdministerPolicy", "s3:GetObject", "packages/demo/index.json", id="nor reads packages"),
        pytest.param("ReadPolicy", "s3:GetObject", USERS_KEY, id="a reader reads no users"),
        pytest.param("ReadPolicy", "s3:PutObject", ROOT_RECORD, id="a reader writes nothing"),
    ],
)
def test_a_policy_goes_no_further(bucket: Stack, policy: str, action: str, key: str) -> None:
    assert not allows(statements(bucket, policy), Call(action, f"{BUCKET}/{key}"))


@pytest.mark.parametrize("policy", POLICIES.values(), ids=str)
def test_a_policy_is_for_one_bucket_and_named_after_the_repository(bucket: Stack, policy: str) -> None:
    for key in (USERS_KEY, ROOT_RECORD):
        for action in ("s3:GetObject", "s3:PutObject"):
            assert not allows(statements(bucket, policy), Call(action, f"arn:aws:s3:::acme-pypi-2/{key}"))
    name = bucket.properties(policy)["ManagedPolicyName"]
    assert name == f"acme-{policy.removesuffix('Policy').lower()}"


@pytest.mark.parametrize("policy", POLICIES.values(), ids=str)
def test_whoever_reads_can_tell_absent_from_forbidden(bucket: Stack, policy: str) -> None:
    (listing,) = [said for said in statements(bucket, policy) if "s3:ListBucket" in listed(said["Action"])]
    assert listing["Resource"] == BUCKET
    assert "Condition" not in listing


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_the_policy_that_the_documentation_shows_is_the_one_that_is_made(policy: str) -> None:
    made = bucket_stack(DistributionId=DISTRIBUTION).properties(POLICIES[policy])["PolicyDocument"]
    assert shown_policy(f"acme-{policy}") == made


@pytest.mark.parametrize("key", [ROOT_RECORD, "packages/demo/demo-1.0.tar.gz", USERS_KEY])
@pytest.mark.parametrize("policy", sorted(POLICIES.keys() - {"care"}))
@pytest.mark.parametrize("action", ["DeleteObject", "DeleteObjectVersion", "GetObjectVersion"])
def test_only_who_cares_removes_and_brings_back(policy: str, action: str, key: str) -> None:
    granted = shown_policy(f"acme-{policy}")["Statement"]
    assert not allows(granted, Call(f"s3:{action}", f"{BUCKET}/{key}"))


@pytest.mark.parametrize(("less", "more"), [("read", "publish"), ("publish", "care")])
def test_each_policy_has_what_the_one_before_it_has(less: str, more: str) -> None:
    grants = each_grant(shown_policy(f"acme-{more}")["Statement"])
    assert [
        grant for grant in each_grant(shown_policy(f"acme-{less}")["Statement"]) if grant not in grants
    ] == []


@pytest.mark.parametrize(
    ("distribution_id", "asked", "tag", "allowed"),
    [
        pytest.param("", "E1", "acme", True, id="known by its tag"),
        pytest.param("", "E1", "other", False, id="another repository's"),
        pytest.param("", "E1", None, False, id="no repository's"),
        pytest.param("E1", "E1", None, True, id="known by its id"),
        pytest.param("E1", "E2", "acme", False, id="another id"),
    ],
)
def test_a_carer_invalidates_what_this_repository_serves(
    distribution_id: str, asked: str, tag: str | None, *, allowed: bool
) -> None:
    context = frozenset() if tag is None else frozenset({("aws:ResourceTag/s3pypi:repository", tag)})
    call = Call(
        "cloudfront:CreateInvalidation", f"arn:aws:cloudfront::{ACCOUNT}:distribution/{asked}", context
    )
    care = statements(bucket_stack(DistributionId=distribution_id), "CarePolicy")
    assert allows(care, call) is allowed
    assert not allows(statements(bucket_stack(), "PublishPolicy"), call)


def test_the_tag_is_the_one_that_the_distribution_has(cdn: Stack) -> None:
    assert cdn.properties("Distribution")["Tags"] == [{"Key": "s3pypi:repository", "Value": "acme"}]


def test_the_function_reads_users_and_keys_and_writes_its_log_and_nothing_else(edge: Stack) -> None:
    (policy,) = edge.properties("Role")["Policies"]
    log = f"arn:aws:logs:*:{ACCOUNT}:log-group:/s3pypi/acme"
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": [f"{BUCKET}/{USERS_KEY}", f"{BUCKET}/{SIGNING_KEYS_KEY}"],
        },
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [log, f"{log}:*"],
        },
    ]
    assert "ManagedPolicyArns" not in edge.properties("Role")
