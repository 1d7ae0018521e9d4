"""The requests and answers of CloudFormation's API, checked against botocore's model of the service."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import ANY, Stubber  # noqa: TID251  # AWS's side, for once

from s3pypi_core.aws.aws_clients import AwsClients, AwsRefusal
from s3pypi_deploy.aws_stacks import AwsStacks
from s3pypi_deploy.errors import ProposalFailed
from s3pypi_deploy.stacks import Change, ChangeSet, Event, Request, Resource, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

ID = "arn:aws:cloudformation:eu-central-1:123456789012:stack/acme-cdn/1"
CHANGE_SET = "arn:aws:cloudformation:eu-central-1:123456789012:changeSet/s3pypi-1/1"
NAMED = {"ChangeSetName": CHANGE_SET, "StackName": "acme-cdn"}  # so that IAM can decide on the stack
PROPOSED = ChangeSet(CHANGE_SET, "acme-cdn", ID, "UPDATE")
FAILURES: Any = {**NAMED, "Filters": {"FailedEvents": True}}
EARLY = "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]."
ABSENT = "Stack with id acme-cdn does not exist"
NOW = datetime(2026, 11, 22, 18, 4, 5, tzinfo=timezone.utc)


class Api:
    """A client whose answers are queued: botocore checks both directions."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        client = AwsClients.open().cloudformation("eu-central-1")
        self.stub = Stubber(client)
        self.stacks = AwsStacks("eu-central-1", client, self.slept.append)

    def answer(self, method: str, answer: dict[str, Any], **asked: object) -> None:
        """Queue an answer for a request with exactly these parameters."""
        self.stub.add_response(method, answer, asked)

    def refuse(self, method: str, code: str, said: str) -> None:
        """Queue a refusal."""
        self.stub.add_client_error(method, code, said)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKTESTS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    api = Api()
    with api.stub:
        yield api
        api.stub.assert_no_pending_responses()


def stack(status: str, **more: object) -> dict[str, Any]:
    record = {"StackId": ID, "StackName": "acme-cdn", "CreationTime": NOW, "StackStatus": status, **more}
    return {"Stacks": [record]}


def test_a_stack_is_read_with_its_outputs_and_parameters(api: Api) -> None:
    outputs = [{"OutputKey": "Url", "OutputValue": "https://x/simple/"}]
    parameters = [{"ParameterKey": "PriceClass", "ParameterValue": "PriceClass_100"}]
    more = {"Outputs": outputs, "Parameters": parameters, "StackStatusReason": "because"}
    api.answer("describe_stacks", stack("UPDATE_COMPLETE", **more), StackName="acme-cdn")
    assert api.stacks.find("acme-cdn") == Stack(
        ID,
        "acme-cdn",
        "UPDATE_COMPLETE",
        "because",
        {"Url": "https://x/simple/"},
        {"PriceClass": "PriceClass_100"},
    )


def test_a_stack_that_is_not_there_is_none(api: Api) -> None:
    api.refuse("describe_stacks", "ValidationError", ABSENT)
    assert api.stacks.find("acme-cdn") is None


def test_another_refusal_is_no_absence(api: Api) -> None:
    api.refuse("describe_stacks", "AccessDenied", "User is not authorized")
    with pytest.raises(AwsRefusal, match="access denied"):
        api.stacks.find("acme-cdn")


def asked(**more: object) -> dict[str, object]:
    return {
        "StackName": "acme-cdn",
        "ChangeSetName": ANY,
        "ChangeSetType": "UPDATE",
        "TemplateBody": "Resources: {}",
        "Parameters": [{"ParameterKey": "A", "ParameterValue": "b"}],
        "Tags": [{"Key": "team", "Value": "packages"}],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        **more,
    }


REQUEST = Request("acme-cdn", "Resources: {}", {"A": "b"}, {"team": "packages"})


def resource_change(action: str, name: str, **more: object) -> dict[str, Any]:
    change = {"Action": action, "LogicalResourceId": name, "ResourceType": "AWS::X::Y", **more}
    return {"Type": "Resource", "ResourceChange": change}


def test_changes_are_worked_out_page_by_page(api: Api) -> None:
    first = [
        resource_change("Add", "A"),
        resource_change("Modify", "B", Replacement="False"),
        resource_change("Modify", "C", Replacement="True"),
        resource_change("Modify", "D", Replacement="Conditional"),
        {"Type": "Hook"},
    ]
    second = [
        resource_change("Remove", "E", PolicyAction="Delete"),
        resource_change("Remove", "F", PolicyAction="Retain"),
        resource_change("Import", "G"),
        resource_change("Dynamic", "H"),
    ]
    api.answer("create_change_set", {"Id": CHANGE_SET, "StackId": ID}, **asked())
    api.answer("describe_change_set", {"Status": "CREATE_IN_PROGRESS", "Changes": []}, **NAMED)
    page = {"Status": "CREATE_COMPLETE", "Changes": first, "NextToken": "more"}
    api.answer("describe_change_set", page, **NAMED)
    page = {"Status": "CREATE_COMPLETE", "Changes": second}
    api.answer("describe_change_set", page, **NAMED, NextToken="more")
    proposed = api.stacks.propose(REQUEST, "UPDATE")
    verbs = ["add", "change", "replace", "replace?", "remove", "retain", "adopt", "replace?"]
    expected = tuple(Change(verb, name, "AWS::X::Y") for verb, name in zip(verbs, "ABCDEFGH", strict=True))
    assert proposed == PROPOSED._replace(changes=expected)
    assert api.slept == [2.0]


def test_what_is_there_is_taken_in_when_it_is_asked_for(api: Api) -> None:
    api.refuse("describe_stacks", "ValidationError", ABSENT)
    api.answer(
        "create_change_set",
        {"Id": CHANGE_SET, "StackId": ID},
        **asked(ChangeSetType="CREATE", ImportExistingResources=True),
    )
    api.answer("describe_change_set", {"Status": "CREATE_COMPLETE", "Changes": []}, **NAMED)
    assert api.stacks.propose(REQUEST._replace(adopt=True), "CREATE").id == CHANGE_SET


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information.",
        "No updates are to be performed.",
    ],
)
def test_no_changes_are_no_failure_and_leave_no_change_set(api: Api, reason: str) -> None:
    api.answer("create_change_set", {"Id": CHANGE_SET, "StackId": ID}, **asked())
    failed = {"Status": "FAILED", "StatusReason": reason}
    api.answer("describe_change_set", failed, **NAMED)
    api.answer("delete_change_set", {}, **NAMED)
    assert api.stacks.propose(REQUEST, "UPDATE") == PROPOSED._replace(id="")


def test_a_failure_is_told_and_a_stack_that_was_only_proposed_goes(api: Api) -> None:
    api.refuse("describe_stacks", "ValidationError", ABSENT)
    api.answer("create_change_set", {"Id": CHANGE_SET, "StackId": ID}, **asked(ChangeSetType="CREATE"))
    failed = {"Status": "FAILED", "StatusReason": "Transform failed"}
    api.answer("describe_change_set", failed, **NAMED)
    api.answer("describe_events", {"OperationEvents": []}, **FAILURES)
    api.answer("delete_change_set", {}, **NAMED)
    api.answer("describe_stacks", stack("REVIEW_IN_PROGRESS"), StackName=ID)
    api.answer("delete_stack", {}, StackName=ID)
    with pytest.raises(ProposalFailed, match="Transform failed; nothing was changed"):
        api.stacks.propose(REQUEST, "CREATE")


def refused(api: Api) -> None:
    """Queue what comes for a change set that validation ahead of time refuses."""
    api.answer("create_change_set", {"Id": CHANGE_SET, "StackId": ID}, **asked())
    failed = {"Status": "FAILED", "StatusReason": EARLY}
    api.answer("describe_change_set", failed, **NAMED)


def test_what_validation_ahead_of_time_found_is_told_resource_by_resource(api: Api) -> None:
    refused(api)
    policy = {
        "EventType": "VALIDATION_ERROR",
        "LogicalResourceId": "ReadPolicy",
        "ResourceType": "AWS::IAM::ManagedPolicy",
        "ValidationFailureMode": "FAIL",
        "ValidationStatusReason": "Resource with identifier 'acme-read' already exists.",
    }
    version: dict[str, Any] = {
        "LogicalResourceId": "Edge",
        "ResourceType": "AWS::Lambda::Function",
        "ResourceStatusReason": "no such runtime",
    }
    warning = {**policy, "ValidationFailureMode": "WARN", "ValidationStatusReason": "mind this"}
    hook = {"EventType": "HOOK_INVOCATION_ERROR", "HookStatusReason": "the guard says no"}
    first = {"OperationEvents": [policy, policy, version], "NextToken": "more"}
    api.answer("describe_events", first, **FAILURES)
    second = {"OperationEvents": [warning, hook, {"OperationStatus": "FAILED"}]}
    api.answer("describe_events", second, **FAILURES, NextToken="more")
    api.answer("delete_change_set", {}, **NAMED)
    with pytest.raises(ProposalFailed) as error:
        api.stacks.propose(REQUEST, "UPDATE")
    assert error.value.message == (
        "acme-cdn cannot be changed as asked: ReadPolicy (AWS::IAM::ManagedPolicy): Resource with identifier "
        "'acme-read' already exists; Edge (AWS::Lambda::Function): no such runtime; the guard says no; "
        "nothing was changed"
    )
    assert "choose another --name" in error.value.hint


def test_where_the_details_may_not_be_asked_for_the_reason_of_the_whole_is_told(api: Api) -> None:
    refused(api)
    api.refuse("describe_events", "AccessDenied", "not authorized to perform cloudformation:DescribeEvents")
    api.answer("delete_change_set", {}, **NAMED)
    with pytest.raises(ProposalFailed, match="EarlyValidation::ResourceExistenceCheck"):
        api.stacks.propose(REQUEST, "UPDATE")


def test_a_botocore_without_the_details_tells_the_reason_of_the_whole(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(type(api.stacks.client), "describe_events")
    refused(api)
    api.answer("delete_change_set", {}, **NAMED)
    with pytest.raises(ProposalFailed, match="EarlyValidation::ResourceExistenceCheck"):
        api.stacks.propose(REQUEST, "UPDATE")


def test_a_stack_that_somebody_else_proposed_stays(api: Api) -> None:
    api.answer("describe_stacks", stack("REVIEW_IN_PROGRESS"), StackName="acme-cdn")
    api.answer("create_change_set", {"Id": CHANGE_SET, "StackId": ID}, **asked(ChangeSetType="CREATE"))
    api.answer("describe_change_set", {"Status": "CREATE_COMPLETE", "Changes": []}, **NAMED)
    api.answer("delete_change_set", {}, **NAMED)
    api.stacks.discard(api.stacks.propose(REQUEST, "CREATE"))


def test_a_proposed_stack_that_is_made_meanwhile_stays(api: Api) -> None:
    api.answer("delete_change_set", {}, **NAMED)
    api.answer("describe_stacks", stack("CREATE_IN_PROGRESS"), StackName=ID)
    api.stacks.discard(PROPOSED._replace(made_stack=True))


@pytest.mark.parametrize(("undo_all", "more"), [(False, {}), (True, {"RetainExceptOnCreate": True})])
def test_what_was_to_be_undone_wholly_is_begun_so(
    api: Api, *, undo_all: bool, more: dict[str, object]
) -> None:
    api.answer("create_change_set", {"Id": CHANGE_SET, "StackId": ID}, **asked())
    api.answer("describe_change_set", {"Status": "CREATE_COMPLETE", "Changes": []}, **NAMED)
    api.answer("execute_change_set", {}, **NAMED, **more)
    api.stacks.execute(api.stacks.propose(REQUEST._replace(undo_all=undo_all), "UPDATE"))


def test_what_is_begun_is_begun(api: Api) -> None:
    api.answer("execute_change_set", {}, **NAMED)
    api.answer("delete_stack", {}, StackName="acme-cdn")
    api.answer("delete_stack", {}, StackName="acme-cdn", RetainResources=["Edge"])
    api.answer("continue_update_rollback", {}, StackName="acme-cdn")
    api.stacks.execute(PROPOSED)
    api.stacks.delete("acme-cdn")
    api.stacks.delete("acme-cdn", retain=["Edge"])
    api.stacks.continue_rollback("acme-cdn")


def event(number: int) -> dict[str, Any]:
    return {
        "StackId": ID,
        "EventId": f"e{number}",
        "StackName": "acme-cdn",
        "Timestamp": NOW,
        "LogicalResourceId": "Distribution",
        "ResourceType": "AWS::CloudFront::Distribution",
        "ResourceStatus": "CREATE_FAILED",
        "ResourceStatusReason": "no",
        "PhysicalResourceId": "E1",
    }


def test_events_come_oldest_first_from_all_pages(api: Api) -> None:
    page = {"StackEvents": [event(3), event(2)], "NextToken": "more"}
    api.answer("describe_stack_events", page, StackName=ID)
    api.answer("describe_stack_events", {"StackEvents": [event(1)]}, StackName=ID, NextToken="more")
    events = api.stacks.events(ID)
    assert [one.id for one in events] == ["e1", "e2", "e3"]
    kind = "AWS::CloudFront::Distribution"
    assert events[0] == Event("e1", "18:04:05", "Distribution", kind, "CREATE_FAILED", "no", "E1")


def test_events_of_long_ago_are_not_fetched(api: Api) -> None:
    page = {"StackEvents": [event(number) for number in range(400)], "NextToken": "more"}
    api.answer("describe_stack_events", page, StackName=ID)
    assert len(api.stacks.events(ID)) == 400


def test_resources_are_read(api: Api) -> None:
    record = {
        "LogicalResourceId": "Edge",
        "PhysicalResourceId": "acme-edge-Edge-1",
        "ResourceType": "AWS::Lambda::Function",
        "LastUpdatedTimestamp": NOW,
        "ResourceStatus": "DELETE_FAILED",
        "ResourceStatusReason": "replicated",
    }
    api.answer("list_stack_resources", {"StackResourceSummaries": [record]}, StackName="acme-edge")
    assert api.stacks.resources("acme-edge") == [
        Resource("Edge", "acme-edge-Edge-1", "AWS::Lambda::Function", "DELETE_FAILED", "replicated")
    ]
