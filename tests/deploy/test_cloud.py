"""The imitation of CloudFormation is honest: it refuses what CloudFormation refuses."""

from __future__ import annotations

import pytest

from s3pypi_core.aws_clients import AwsRefusal
from s3pypi_deploy.errors import ProposalFailed
from s3pypi_deploy.stacks import REVIEW, Request
from tests.deploy.cloud import Cloud
from tests.deploy.template import Template

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
