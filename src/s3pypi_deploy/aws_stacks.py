"""The stacks of a region, through CloudFormation's API."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3pypi_core.aws.aws_clients import AwsRefusal, explained
from s3pypi_core.errors import RepositoryError
from s3pypi_deploy.errors import ProposalFailed
from s3pypi_deploy.reasons import remedy
from s3pypi_deploy.stacks import REVIEW, Change, ChangeSet, Event, Resource, Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import (
        CreateChangeSetInputTypeDef,
        DescribeChangeSetOutputTypeDef,
        ResourceChangeTypeDef,
        StackTypeDef,
    )

    from s3pypi_deploy.stacks import Kind, Request

# One says that nothing differs, the other that nothing would be done.
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
_ABSENT = "does not exist"
_REASONS = ("ValidationStatusReason", "ResourceStatusReason", "HookStatusReason")
_EVERY = 2.0  # seconds
_LATEST_EVENTS = 400  # more than any of our stacks ever makes in one go


@dataclass(frozen=True)
class AwsStacks:
    """Stacks of ``region``; see the protocol."""

    region: str
    client: CloudFormationClient
    sleep: Callable[[float], None]

    def find(self, name: str) -> Stack | None:
        """See Stacks.find."""
        try:
            with explained():
                found = self.client.describe_stacks(StackName=name)["Stacks"]
        except AwsRefusal as refusal:
            if refusal.code == "ValidationError" and _ABSENT in refusal.said:
                return None
            raise
        return _stack(found[0])

    def propose(self, request: Request, kind: Kind) -> ChangeSet:
        """See Stacks.propose."""
        is_new = kind == "CREATE" and self.find(request.name) is None
        with explained():
            answer = self.client.create_change_set(**_asked(request, kind))
        proposed = ChangeSet(
            answer["Id"], request.name, answer["StackId"], kind, made_stack=is_new, undo_all=request.undo_all
        )
        page = self._worked_out(proposed)
        if page["Status"] == "FAILED":
            return self._failed(proposed, page.get("StatusReason", ""))
        return proposed._replace(changes=self._changes(proposed, page))

    def discard(self, change_set: ChangeSet) -> None:
        """See Stacks.discard."""
        with explained():
            self.client.delete_change_set(**_named(change_set))
        if not change_set.made_stack:
            return
        stack = self.find(change_set.stack_id)
        if stack is not None and stack.status == REVIEW:
            with explained():
                self.client.delete_stack(StackName=change_set.stack_id)

    def execute(self, change_set: ChangeSet) -> None:
        """See Stacks.execute."""
        with explained():
            if change_set.undo_all:
                self.client.execute_change_set(**_named(change_set), RetainExceptOnCreate=True)
            else:
                self.client.execute_change_set(**_named(change_set))

    def delete(self, name: str, retain: Sequence[str] = ()) -> None:
        """See Stacks.delete."""
        with explained():
            if retain:
                self.client.delete_stack(StackName=name, RetainResources=[*retain])
            else:
                self.client.delete_stack(StackName=name)

    def continue_rollback(self, name: str) -> None:
        """See Stacks.continue_rollback."""
        with explained():
            self.client.continue_update_rollback(StackName=name)

    def events(self, stack: str) -> Sequence[Event]:
        """See Stacks.events. The latest few hundred."""
        found: list[Event] = []
        with explained():
            for page in self.client.get_paginator("describe_stack_events").paginate(StackName=stack):
                found += [_event(record) for record in page["StackEvents"]]
                if len(found) >= _LATEST_EVENTS:
                    break
        return found[::-1]

    def resources(self, stack: str) -> Sequence[Resource]:
        """See Stacks.resources."""
        with explained():
            pages = self.client.get_paginator("list_stack_resources").paginate(StackName=stack)
            return [_resource(record) for page in pages for record in page["StackResourceSummaries"]]

    def _worked_out(self, change_set: ChangeSet) -> DescribeChangeSetOutputTypeDef:
        while True:
            with explained():
                page = self.client.describe_change_set(**_named(change_set))
            if page["Status"] not in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
                return page
            self.sleep(_EVERY)

    def _failed(self, proposed: ChangeSet, reason: str) -> ChangeSet:
        unchanged = any(words in reason for words in _NO_CHANGES)
        # Of a change set that is gone nothing can be asked.
        why = reason if unchanged else "; ".join(self._failures(proposed)) or reason
        self.discard(proposed)
        if unchanged:
            return proposed._replace(id="")
        raise ProposalFailed(proposed.stack, why, remedy(why))

    def _failures(self, change_set: ChangeSet) -> list[str]:
        """What each resource is refused for. Validation ahead of time tells it here and nowhere else."""
        try:
            events = self._failed_events(change_set)
        except RepositoryError:
            return []  # not permitted, or a botocore that does not know it: what else is known will do
        return [*dict.fromkeys(filter(None, map(_failure, events)))]

    def _failed_events(self, change_set: ChangeSet) -> Sequence[Mapping[str, object]]:
        with explained():
            asked: Any = {**_named(change_set), "Filters": {"FailedEvents": True}}
            page = self.client.describe_events(**asked)
            events = [*page["OperationEvents"]]
            while token := page.get("NextToken"):
                page = self.client.describe_events(**asked, NextToken=token)
                events += page["OperationEvents"]
        return events

    def _changes(self, change_set: ChangeSet, page: DescribeChangeSetOutputTypeDef) -> tuple[Change, ...]:
        changes = [*page["Changes"]]
        while token := page.get("NextToken"):
            with explained():
                page = self.client.describe_change_set(**_named(change_set), NextToken=token)
            changes += page["Changes"]
        return tuple(_change(change["ResourceChange"]) for change in changes if "ResourceChange" in change)


def _asked(request: Request, kind: Kind) -> CreateChangeSetInputTypeDef:
    asked: CreateChangeSetInputTypeDef = {
        "StackName": request.name,
        "ChangeSetName": f"s3pypi-{secrets.token_hex(6)}",
        "ChangeSetType": kind,
        "TemplateBody": request.template,
        "Parameters": _pairs("ParameterKey", "ParameterValue", request.parameters),
        "Tags": _pairs("Key", "Value", request.tags),
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
    }
    if request.adopt:
        asked["ImportExistingResources"] = True
    return asked


def _named(change_set: ChangeSet) -> Any:  # noqa: ANN401  # the stubs have a shape for each request
    """How a change set is named: with its stack, on which IAM then decides."""
    return {"ChangeSetName": change_set.id, "StackName": change_set.stack}


def _pairs(key: str, value: str, mapping: Mapping[str, str]) -> Any:  # noqa: ANN401  # two shapes of the stubs
    return [{key: name, value: text} for name, text in mapping.items()]


def _stack(record: StackTypeDef) -> Stack:
    return Stack(
        record.get("StackId", record["StackName"]),
        record["StackName"],
        record["StackStatus"],
        record.get("StackStatusReason", ""),
        {output["OutputKey"]: output["OutputValue"] for output in record.get("Outputs", [])},
        {given["ParameterKey"]: given.get("ParameterValue", "") for given in record.get("Parameters", [])},
    )


def _change(change: ResourceChangeTypeDef) -> Change:
    return Change(_verb(change), change["LogicalResourceId"], change["ResourceType"])


def _verb(change: ResourceChangeTypeDef) -> str:
    action, replacement = change["Action"], change.get("Replacement", "False")
    if action == "Remove":
        return "retain" if change.get("PolicyAction") == "Retain" else "remove"
    if action == "Modify" and replacement != "False":
        return "replace" if replacement == "True" else "replace?"
    # Dynamic: what will be done is known only when it is done.
    return {"Add": "add", "Import": "adopt", "Dynamic": "replace?"}.get(action, "change")


def _event(record: Any) -> Event:  # noqa: ANN401  # a page of a paginator
    return Event(
        record["EventId"],
        f"{record['Timestamp']:%H:%M:%S}",
        record.get("LogicalResourceId", ""),
        record.get("ResourceType", ""),
        record.get("ResourceStatus", ""),
        record.get("ResourceStatusReason", ""),
        record.get("PhysicalResourceId", ""),
    )


def _failure(event: Mapping[str, object]) -> str:
    """Why a resource is refused; nothing for what only warns, and for an event without a reason."""
    reason = next((event[name] for name in _REASONS if event.get(name)), "")
    if not reason or "WARN" in {event.get("ValidationFailureMode"), event.get("HookFailureMode")}:
        return ""
    resource = event.get("LogicalResourceId")
    named = f"{resource} ({event.get('ResourceType')}): " if resource else ""
    return f"{named}{str(reason).rstrip('.')}"


def _resource(record: Any) -> Resource:  # noqa: ANN401  # likewise
    return Resource(
        record["LogicalResourceId"],
        record.get("PhysicalResourceId", ""),
        record["ResourceType"],
        record["ResourceStatus"],
        record.get("ResourceStatusReason", ""),
    )
