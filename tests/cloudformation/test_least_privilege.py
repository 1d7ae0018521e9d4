"""What our commands ask of S3, recorded: allowed by the policy for them, which grants nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3  # noqa: TID251  # its sessions are replaced by ones that tell what they send
import pytest

from s3pypi_admin.__main__ import main as s3pypi_admin
from s3pypi_core.bucket import RECORD_HEADERS, BodyChanged, distribution_headers
from s3pypi_core.repository import create_repository
from s3pypi_core.s3_bucket import S3Bucket
from s3pypi_edge.keys import ROOT_RECORD, SIGNING_KEYS_KEY, USERS_KEY
from s3pypi_twine.__main__ import main as s3twine
from tests.builders import build_sdist, build_wheel
from tests.cloudformation.acme import bucket_stack, cdn_stack, statements
from tests.cloudformation.iam import Call, allows, applies, listed
from tests.cloudformation.recorder import Recorder
from tests.cloudformation.stacks import ACCOUNT
from tests.repositories import unheard

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cloudformation.stacks import Stack

    Work = Callable[[str, Path], object]

DOCS = Path(__file__).parents[2] / "docs"
POLICIES = ["PublishPolicy", "CarePolicy", "AdministerPolicy", "ReadPolicy"]
BUCKET = "arn:aws:s3:::acme-pypi"


def upload_small_files(bucket: str, folder: Path) -> None:
    """A release, and once more: then it is there already."""
    files = [str(build_wheel(folder)), str(build_sdist(folder))]
    for _ in range(2):
        assert s3twine(["upload", "--repository-url", f"s3://{bucket}", *files]) == 0


def upload_in_parts(bucket: str, folder: Path) -> None:
    """A file that counts as a large one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("s3pypi_core.s3_bucket.LARGE", 0)
        wheel = build_wheel(folder, "large")
        assert s3twine(["upload", "--repository-url", f"s3://{bucket}", str(wheel)]) == 0


def abandon_an_upload_in_parts(bucket: str, folder: Path) -> None:
    """A file that changed on its way."""
    wheel = build_wheel(folder, "changed")
    sha256 = hashlib.sha256(b"what it was").hexdigest()
    headers = distribution_headers(wheel.name, sha256, "2026-11-22T10:00:00Z")
    s3, key = S3Bucket.open(bucket), f"packages/changed/{wheel.name}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("s3pypi_core.s3_bucket.LARGE", 0)
        with pytest.raises(BodyChanged):
            s3.create_file(key, wheel, headers, sha256=sha256, sent=unheard)


def upload_to_a_new_repository(bucket: str, folder: Path) -> None:
    """It makes the root pair first."""
    command = ["upload", "--create", "--repository-url", f"s3://{bucket}", str(build_wheel(folder))]
    assert s3twine(command) == 0


def look_what_an_upload_would_do(bucket: str, folder: Path) -> None:
    """Reads, and writes nothing."""
    command = ["upload", "--dry-run", "--repository-url", f"s3://{bucket}", str(build_wheel(folder))]
    assert s3twine(command) == 0


def change_users(bucket: str, _folder: Path) -> None:
    """From the first user to the last."""
    for words in (
        "user add alice",
        "token create alice --expires 90d",
        "user list",
        "user set alice --projects acme-*",
        "user remove alice",
    ):
        assert s3pypi_admin(["--bucket", bucket, *words.split()]) == 0


def change_principals_and_keys(bucket: str, _folder: Path) -> None:
    """The first of them brings the first key; sessions end, and another key signs."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/Developer"
    for words in (
        f"principal add {arn}",
        "principal list",
        f"session revoke {arn}",
        "key rotate",
        "key list",
        f"principal remove {arn}",
    ):
        assert s3pypi_admin(["--bucket", bucket, *words.split()]) == 0


def delete_a_release_and_bring_it_back(bucket: str, folder: Path) -> None:
    """The calls that this takes; the commands are to come."""
    s3 = S3Bucket.open(bucket)
    wheel = build_wheel(folder)
    key = f"packages/demo/{wheel.name}"
    record = s3.get(ROOT_RECORD)
    assert record is not None
    s3.replace(ROOT_RECORD, record.body, RECORD_HEADERS, etag=record.etag)
    s3.create(key, wheel.read_bytes(), RECORD_HEADERS)
    s3.client.delete_object(Bucket=bucket, Key=key)
    found = s3.client.list_object_versions(Bucket=bucket, Prefix=key)
    (marker,), (version,) = found["DeleteMarkers"], found["Versions"]
    s3.client.get_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])["Body"].close()
    s3.client.delete_object(Bucket=bucket, Key=key, VersionId=marker["VersionId"])
    assert s3.head(key) is not None


def look_for_what_uploads_left(bucket: str, _folder: Path) -> None:
    """Nothing."""
    found = S3Bucket.open(bucket).client.list_multipart_uploads(Bucket=bucket, Prefix="packages/")
    assert found.get("Uploads", []) == []


def remove_what_uploads_left(bucket: str, _folder: Path) -> None:
    """The parts of an upload that nobody ended."""
    s3 = S3Bucket.open(bucket).client
    s3.create_multipart_upload(Bucket=bucket, Key="packages/demo/demo-2.0.zip")
    for left in s3.list_multipart_uploads(Bucket=bucket, Prefix="packages/")["Uploads"]:
        s3.abort_multipart_upload(Bucket=bucket, Key=left["Key"], UploadId=left["UploadId"])


WORK: dict[str, list[Work]] = {
    "PublishPolicy": [
        upload_to_a_new_repository,
        upload_small_files,
        upload_in_parts,
        abandon_an_upload_in_parts,
        look_what_an_upload_would_do,
    ],
    "CarePolicy": [delete_a_release_and_bring_it_back, remove_what_uploads_left],
    "AdministerPolicy": [change_users, change_principals_and_keys],
    "ReadPolicy": [look_what_an_upload_would_do, look_for_what_uploads_left],
}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> set[Call]:
    """What is sent from now on."""
    recorded: set[Call] = set()

    class Session(Recorder):
        calls = recorded

    monkeypatch.setattr(boto3, "Session", Session)
    return recorded


@pytest.mark.loopback
@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_allows_what_its_commands_ask_for_and_grants_nothing_else(
    policy: str, s3_bucket: S3Bucket, calls: set[Call], tmp_path: Path
) -> None:
    if upload_to_a_new_repository not in WORK[policy]:
        create_repository(s3_bucket)
    s3_bucket.client.put_bucket_versioning(
        Bucket=s3_bucket.name, VersioningConfiguration={"Status": "Enabled"}
    )
    for work in WORK[policy]:
        work(s3_bucket.name, tmp_path / work.__name__)

    granted = statements(bucket_stack(s3_bucket.name), policy)
    assert [call for call in calls if not allows(granted, call)] == []
    assert [call for call in calls if denied(cdn_stack(s3_bucket.name), call)] == []
    assert [grant for grant in each_grant(granted) if not any(applies(grant, call) for call in calls)] == []


def denied(cdn: Stack, call: Call) -> bool:
    """Whether the bucket's own policy is against it."""
    said = statements(cdn, "BucketPolicy")
    return any(statement["Effect"] == "Deny" and applies(statement, call) for statement in said)


def each_grant(granted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One statement for each permission on each resource; those of S3, which is what was recorded."""
    return [
        {**statement, "Action": action, "Resource": resource}
        for statement in granted
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if action.startswith("s3:")
    ]


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


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_is_for_one_bucket_and_named_after_the_repository(bucket: Stack, policy: str) -> None:
    for key in (USERS_KEY, ROOT_RECORD):
        for action in ("s3:GetObject", "s3:PutObject"):
            assert not allows(statements(bucket, policy), Call(action, f"arn:aws:s3:::acme-pypi-2/{key}"))
    name = bucket.properties(policy)["ManagedPolicyName"]
    assert name == f"acme-{policy.removesuffix('Policy').lower()}"


@pytest.mark.parametrize("policy", POLICIES)
def test_whoever_reads_can_tell_absent_from_forbidden(bucket: Stack, policy: str) -> None:
    (listing,) = [said for said in statements(bucket, policy) if "s3:ListBucket" in listed(said["Action"])]
    assert listing["Resource"] == BUCKET
    assert "Condition" not in listing


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


def test_the_policy_that_the_documentation_shows_is_the_one_that_is_made(bucket: Stack) -> None:
    page = DOCS.joinpath("publishing.md").read_text(encoding="utf-8")
    shown = json.loads(re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0])
    assert shown == bucket.properties("PublishPolicy")["PolicyDocument"]


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
