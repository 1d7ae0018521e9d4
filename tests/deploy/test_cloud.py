"""The imitation of CloudFormation is honest: it refuses what CloudFormation refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core.aws.aws_clients import AwsRefusal
from s3pypi_deploy.errors import ProposalFailed
from s3pypi_deploy.stacks import REVIEW, Request
from tests.deploy.account import ACL, CERTIFICATE, IN_USE
from tests.deploy.cloud import Cloud
from tests.deploy.template import Template

if TYPE_CHECKING:
    from s3pypi_deploy.stacks import Kind
    from tests.deploy.engine import Kept

TEXT = """
Parameters:
  Size:
    Type: String
    AllowedValues: [small, large]
  Name:
    Type: String
    Default: ""
Conditions:
  IsLarge: !Equals [!Ref Size, large]
  NoName: !And
    - !Not [!Condition IsLarge]
    - !Equals [!Ref Name, ""]
Resources:
  Thing:
    Type: AWS::X::Thing
    Properties:
      Where: !Sub "${AWS::Region}-${Other.Arn}"
      Either: !If [IsLarge, !Ref Size, !Ref AWS::NoValue]
      Both: !If [NoName, [!Ref Other, !Ref AWS::NoValue], !Ref Name]
  Large:
    Type: AWS::X::Large
    Condition: IsLarge
Outputs:
  Thing:
    Value: !GetAtt Thing.Arn
"""
SMALL = Request("acme", TEXT, {"Size": "small"})


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        pytest.param({"Size": "medium"}, "'Size' must match", id="value"),
        pytest.param({}, r"\[Size\] must have values", id="missing"),
        pytest.param({"Size": "small", "Colour": "red"}, r"\[Colour\] do not exist", id="unknown"),
    ],
)
def test_parameters_are_checked(parameters: dict[str, str], said: str) -> None:
    with pytest.raises(AwsRefusal, match=said):
        Cloud().stacks_in("us-east-1").propose(SMALL._replace(parameters=parameters), "CREATE")


def test_a_template_is_evaluated() -> None:
    template = Template.read("acme", "us-east-1", SMALL.template, SMALL.parameters)
    assert set(template.resources()) == {"Thing"}

    def attribute(name: str, wanted: str) -> str:
        return f"{name}/{wanted}"

    assert template.properties("Thing", attribute) == '{"Both": ["Other/"], "Where": "us-east-1-Other/Arn"}'
    assert template.outputs(attribute) == {"Thing": "Thing/Arn"}


@pytest.mark.parametrize("status", [None, REVIEW, "ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS"])
def test_only_what_rests_is_updated(status: str | None) -> None:
    cloud = Cloud()
    if status:
        cloud.leave("acme", status, "us-east-1")
    with pytest.raises(AwsRefusal, match="can not be updated"):
        cloud.stacks_in("us-east-1").propose(SMALL, "UPDATE")


def test_what_is_there_is_not_made_again() -> None:
    cloud = Cloud()
    cloud.leave("acme", "ROLLBACK_COMPLETE", "us-east-1")
    with pytest.raises(AwsRefusal, match="already exists"):
        cloud.stacks_in("us-east-1").propose(SMALL, "CREATE")


def test_changes_are_not_made_while_others_are() -> None:
    cloud = Cloud()
    stacks = cloud.stacks_in("us-east-1")
    one, other = stacks.propose(SMALL, "CREATE"), stacks.propose(SMALL, "CREATE")
    stacks.execute(one)
    with pytest.raises(AwsRefusal, match="CREATE_IN_PROGRESS"):
        stacks.execute(other)


BUCKET = """
Parameters:
  BucketName:
    Type: String
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref BucketName
"""


def test_a_bucket_whose_name_comes_from_a_parameter_is_not_taken_in() -> None:
    cloud = Cloud(buckets={"acme-wheels": "eu-central-1"})
    request = Request("acme", BUCKET, {"BucketName": "acme-wheels"}, adopt=True)
    with pytest.raises(ProposalFailed, match="whose name is written out"):
        cloud.stacks_in("eu-central-1").propose(request, "CREATE")


def stack(kind: str, properties: str = "", more: str = "") -> str:
    """A template with one resource that counts, and something that can change beside it."""
    return f"""
Resources:
  Thing:
    Type: {kind}
    {more}
    Properties:
      X: y{properties}
  Other:
    Type: AWS::X::Other
"""


def run(cloud: Cloud, request: Request, kind: Kind = "CREATE") -> Kept:
    """Make the changes, and wait for the end of it."""
    stacks = cloud.stacks_in("us-east-1")
    stacks.execute(stacks.propose(request, kind))
    while cloud.running:
        cloud.sleep(1)
    return cloud.stack(request.name)


def reasons(kept: Kept) -> list[str]:
    return [event.reason for event in kept.events if event.status.endswith("_FAILED")]


def test_two_rate_limits_do_not_share_a_name() -> None:
    cloud = Cloud()
    text = stack("AWS::WAFv2::WebACL", "\n      Name: acme")
    assert run(cloud, Request("one", text, {})).status == "CREATE_COMPLETE"
    other = run(cloud, Request("other", text, {}))
    assert (other.status, "already exists" in reasons(other)[0]) == ("ROLLBACK_COMPLETE", True)
    assert run(cloud, Request("third", stack("AWS::WAFv2::WebACL"), {})).status == "CREATE_COMPLETE"


POLICY = """
Parameters:
  BucketName:
    Type: String
Resources:
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref BucketName
"""


def test_a_bucket_has_one_policy_and_keeps_the_one_that_it_has() -> None:
    cloud = Cloud()
    assert run(cloud, Request("one", POLICY, {"BucketName": "acme-wheels"})).status == "CREATE_COMPLETE"
    other = run(cloud, Request("other", POLICY, {"BucketName": "acme-wheels"}))
    assert other.status == "ROLLBACK_COMPLETE"
    assert "The bucket policy already exists on bucket acme-wheels." in reasons(other)
    assert cloud.policies == {"acme-wheels"}


USED = """
Parameters:
  Used:
    Type: String
Resources:
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      Uses: !Ref Used
"""


@pytest.mark.parametrize("kind", [ACL, CERTIFICATE])
def test_what_a_distribution_uses_stays_when_its_stack_lets_go_of_it(kind: str) -> None:
    cloud = Cloud()
    first = run(cloud, Request("acme", stack(kind), {}))
    thing = first.resources["Thing"].physical_id
    run(cloud, Request("cdn", USED, {"Used": thing}))
    text = "Resources:\n  Other:\n    Type: AWS::X::Other\n"
    after = run(cloud, Request("acme", text, {}), "UPDATE")
    assert (after.status, reasons(after)) == ("UPDATE_COMPLETE", [IN_USE])
    assert set(after.resources) == {"Other"}


FUNCTION_AND_VERSION = """
Parameters:
  Code:
    Type: String
  Then:
    Type: String
Resources:
  Edge:
    Type: AWS::Lambda::Function
    Properties:
      Code: !Ref Code
  VersionCODE:
    Type: AWS::Lambda::Version
    DeletionPolicy: POLICY
    Properties:
      FunctionName: !Ref Edge
  Last:
    Type: AWS::X::Last
    Properties:
      Then: !Ref Then
"""


BUCKET_AND_LAST = """
Parameters:
  BucketName:
    Type: String
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties:
      BucketName: acme-wheels
  Last:
    Type: AWS::X::Last
"""


@pytest.mark.parametrize(
    ("policy", "left", "status"),
    [
        pytest.param("Retain", ["1", "2"], "UPDATE_ROLLBACK_COMPLETE", id="kept, and in the way"),
        pytest.param("RetainExceptOnCreate", ["1"], "UPDATE_COMPLETE", id="gone, and made again"),
    ],
)
def test_a_version_that_an_undone_update_left_is_not_published_again(
    policy: str, left: list[str], status: str
) -> None:
    def request(code: str, then: str) -> Request:
        text = FUNCTION_AND_VERSION.replace("CODE", code).replace("POLICY", policy)
        return Request("acme", text, {"Code": code, "Then": then})

    cloud = Cloud()
    run(cloud, request("a", "1"))
    cloud.fails["acme", "Last"] = "no"
    assert run(cloud, request("b", "2"), "UPDATE").status == "UPDATE_ROLLBACK_COMPLETE"
    assert list(cloud.versions.values()) == [left]
    cloud.fails.clear()
    assert run(cloud, request("b", "2"), "UPDATE").status == status


@pytest.mark.parametrize("undo_all", [False, True], ids=["as the template says", "wholly"])
def test_a_retained_bucket_goes_only_where_all_is_undone(*, undo_all: bool) -> None:
    cloud = Cloud()
    cloud.fails["acme", "Last"] = "no"
    run(cloud, Request("acme", BUCKET_AND_LAST, {"BucketName": "acme-wheels"}, undo_all=undo_all))
    assert ("acme-wheels" in cloud.buckets) is not undo_all


def test_resources_are_left_only_where_a_deletion_failed() -> None:
    cloud = Cloud()
    cloud.leave("acme", "CREATE_COMPLETE", "us-east-1")
    with pytest.raises(AwsRefusal, match="RetainResources"):
        cloud.stacks_in("us-east-1").delete("acme", retain=["Thing"])


def test_only_a_failed_undoing_is_undone_again() -> None:
    with pytest.raises(AwsRefusal, match="in another state"):
        Cloud().stacks_in("us-east-1").continue_rollback("acme")


def test_a_stack_is_of_one_region() -> None:
    cloud = Cloud()
    cloud.leave("acme", "CREATE_COMPLETE", "us-east-1")
    assert cloud.stacks_in("eu-central-1").find("acme") is None
    assert cloud.stacks_in("us-east-1").find("acme") is not None
