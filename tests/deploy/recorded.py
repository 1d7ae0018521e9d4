"""An account that writes down what is asked of it: moto, and behind CloudFormation's API our imitation.

The programs' own clients ask: everything between them and botocore's requests is the real thing.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.client import BaseClient  # noqa: TID251  # AWS's side
from botocore.exceptions import ClientError  # noqa: TID251  # likewise

from s3pypi_core.aws.aws_clients import AwsClients, AwsRefusal
from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.errors import RepositoryError
from s3pypi_deploy.aws_stacks import AwsStacks
from s3pypi_deploy.aws_surroundings import AwsSurroundings
from s3pypi_deploy.errors import ProposalFailed
from s3pypi_deploy.stacks import REVIEW, ChangeSet, Request
from tests.deploy.places import HOME, Place
from tests.deploy.template import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from s3pypi_deploy.ends import Ends
    from tests.deploy.cloud import FakeStacks

_MODIFY = {"change": "False", "replace": "True", "replace?": "Conditional"}
_ACTIONS = {"add": "Add", "adopt": "Import", "remove": "Remove", "retain": "Remove"}
_PRIVATE = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
_OWNED = [{"ObjectOwnership": "BucketOwnerEnforced"}]
_WHEN = datetime(2026, 11, 22, tzinfo=timezone.utc)


class Call(NamedTuple):
    """A request; ``drops_tags`` is whether it takes tags from a stack that has them."""

    service: str
    operation: str
    region: str
    parameters: dict[str, Any]
    drops_tags: bool = False


class KeptClients(AwsClients):
    """Clients that are made once: it takes botocore long."""

    cloudformation = functools.cache(AwsClients.cloudformation)
    s3 = functools.cache(AwsClients.s3)


@dataclass
class Account:
    """What is asked, in ``calls``. Certificates are issued; the zone is that of acme.com."""

    place: Place
    calls: list[Call] = field(default_factory=list)
    proposed: dict[str, tuple[ChangeSet, str]] = field(default_factory=dict)
    tags: dict[str, set[str]] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    clients: AwsClients = field(default_factory=lambda: KeptClients.open(region=HOME))

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand between botocore and its network."""
        original = BaseClient._make_api_call  # type: ignore[attr-defined]  # the stubs leave it out

        def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> object:
            service, region = client.meta.service_model.service_name, client.meta.region_name
            self._note(Call(service, operation, region, dict(parameters)))
            answer = self._answer_of(service, operation)
            if answer is None:
                return original(client, operation, parameters)
            try:
                found = answer(self.place.cloud.stacks_in(region), parameters)
            except AwsRefusal as refusal:
                error: Any = {"Error": {"Code": refusal.code, "Message": refusal.said}}
                raise ClientError(error, operation) from None
            self._make_buckets(original)
            return found

        monkeypatch.setattr(BaseClient, "_make_api_call", call)

    @property
    def ends(self) -> Ends:
        """What a command works on: as in the program, but for clock, console and person."""
        return self.place.ends._replace(
            stacks_in=self._stacks_in,
            around=AwsSurroundings(self.clients, HOME),
            # moto gives no length of an answer, on which the client of Target.open insists.
            open_bucket=lambda name: S3Bucket(name, self.clients.s3(HOME)),
        )

    def _stacks_in(self, region: str) -> AwsStacks:
        return AwsStacks(region, self.clients.cloudformation(region), self.place.cloud.sleep)

    def _note(self, call: Call) -> None:
        drops = False
        if call.operation == "CreateChangeSet":
            name, tags = call.parameters["StackName"], {tag["Key"] for tag in call.parameters["Tags"]}
            drops = bool(self.tags.get(name, set()) - tags)
            self.tags[name] = tags
        self.calls.append(call._replace(drops_tags=drops))

    def _make_buckets(self, original: Callable[..., object]) -> None:
        """What our CloudFormation made is there for S3, too, with what its template says."""
        for name in self.place.cloud.buckets.keys() - self.made:
            make = functools.partial(original, self.clients.s3(HOME))
            make("CreateBucket", {"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": HOME}})
            make("PutBucketVersioning", {"Bucket": name, "VersioningConfiguration": {"Status": "Enabled"}})
            make("PutPublicAccessBlock", {"Bucket": name, "PublicAccessBlockConfiguration": _PRIVATE})
            make("PutBucketOwnershipControls", {"Bucket": name, "OwnershipControls": {"Rules": _OWNED}})
            self.made.add(name)

    def _answer_of(self, service: str, operation: str) -> Callable[[FakeStacks, dict[str, Any]], Any] | None:
        if service in {"cloudformation", "lambda", "acm", "route53"}:
            found: Callable[[FakeStacks, dict[str, Any]], Any] = getattr(self, f"_{_snake(operation)}")
            return found
        return None

    def _describe_stacks(self, stacks: FakeStacks, asked: dict[str, Any]) -> object:
        found = stacks.find(asked["StackName"])
        if found is None:
            raise AwsRefusal(
                "DescribeStacks", "ValidationError", f"Stack {asked['StackName']} does not exist"
            )
        return {
            "Stacks": [
                {
                    "StackId": found.id,
                    "StackName": found.name,
                    "StackStatus": found.status,
                    "StackStatusReason": found.reason,
                    "Outputs": _pairs("OutputKey", "OutputValue", found.outputs),
                    "Parameters": _pairs("ParameterKey", "ParameterValue", found.parameters),
                }
            ]
        }

    def _create_change_set(self, stacks: FakeStacks, asked: dict[str, Any]) -> object:
        name = asked["StackName"]
        parameters = {one["ParameterKey"]: one["ParameterValue"] for one in asked["Parameters"]}
        tags = {one["Key"]: one["Value"] for one in asked["Tags"]}
        adopt = asked.get("ImportExistingResources", False)
        request = Request(name, asked["TemplateBody"], parameters, tags, adopt=adopt)
        try:
            proposed, reason = stacks.propose(request, asked["ChangeSetType"]), ""
        except ProposalFailed as error:
            proposed, reason = ChangeSet("", name, name, asked["ChangeSetType"]), error.message
        arn = f"arn:aws:cloudformation:{stacks.region}:{ACCOUNT}:changeSet/{asked['ChangeSetName']}/1"
        self.proposed[arn] = (proposed, reason or "The submitted information didn't contain changes.")
        return {"Id": arn, "StackId": proposed.stack_id}

    def _describe_change_set(self, _stacks: FakeStacks, asked: dict[str, Any]) -> object:
        proposed, reason = self.proposed[asked["ChangeSetName"]]
        if not proposed.id:
            return {"Status": "FAILED", "StatusReason": reason, "Changes": []}
        changes = [
            {
                "ResourceChange": {
                    "Action": _ACTIONS.get(change.verb, "Modify"),
                    "Replacement": _MODIFY.get(change.verb, "False"),
                    "PolicyAction": "Retain" if change.verb == "retain" else "Delete",
                    "LogicalResourceId": change.logical_id,
                    "ResourceType": change.type,
                }
            }
            for change in proposed.changes
        ]
        return {"Status": "CREATE_COMPLETE", "Changes": changes}

    def _describe_events(self, _stacks: FakeStacks, _asked: dict[str, Any]) -> object:
        return {"OperationEvents": []}

    def _delete_change_set(self, _stacks: FakeStacks, asked: dict[str, Any]) -> object:
        proposed, _ = self.proposed.pop(asked["ChangeSetName"])
        self.place.cloud.proposals.pop(proposed.id, None)
        return {}

    def _execute_change_set(self, stacks: FakeStacks, asked: dict[str, Any]) -> object:
        proposed, _ = self.proposed.pop(asked["ChangeSetName"])
        stacks.execute(proposed._replace(undo_all=asked.get("RetainExceptOnCreate", False)))
        return {}

    def _delete_stack(self, stacks: FakeStacks, asked: dict[str, Any]) -> object:
        found = stacks.find(asked["StackName"])
        assert found
        if found.status == REVIEW:  # nothing is in it: it goes at once
            self.place.cloud.stack(found.name).status = "DELETE_COMPLETE"
        else:
            stacks.delete(found.name, asked.get("RetainResources", ()))
        return {}

    def _continue_update_rollback(self, stacks: FakeStacks, asked: dict[str, Any]) -> object:
        stacks.continue_rollback(asked["StackName"])
        return {}

    def _describe_stack_events(self, stacks: FakeStacks, asked: dict[str, Any]) -> object:
        events = [
            {
                "EventId": event.id,
                "Timestamp": _WHEN,
                "LogicalResourceId": event.logical_id,
                "ResourceType": event.type,
                "ResourceStatus": event.status,
                "ResourceStatusReason": event.reason,
                "PhysicalResourceId": event.physical_id,
            }
            for event in stacks.events(asked["StackName"])
        ]
        return {"StackEvents": events[::-1]}

    def _list_stack_resources(self, stacks: FakeStacks, asked: dict[str, Any]) -> object:
        names = ("LogicalResourceId", "PhysicalResourceId", "ResourceType", "ResourceStatus")
        found = stacks.resources(asked["StackName"])
        return {"StackResourceSummaries": [dict(zip(names, one, strict=False)) for one in found]}

    def _list_functions(self, _stacks: FakeStacks, _asked: dict[str, Any]) -> object:
        return {"Functions": [{"FunctionName": name} for name in self.place.around.functions()]}

    def _list_versions_by_function(self, _stacks: FakeStacks, asked: dict[str, Any]) -> object:
        numbers = self.place.around.versions(asked["FunctionName"])
        return {"Versions": [{"Version": number} for number in numbers]}

    def _delete_function(self, _stacks: FakeStacks, asked: dict[str, Any]) -> object:
        around, name = self.place.around, asked["FunctionName"]
        version = asked.get("Qualifier")
        if not (around.delete_version(name, version) if version else around.delete_function(name)):
            said = "it is a replicated function"
            raise AwsRefusal("DeleteFunction", "InvalidParameterValueException", said)
        return {}

    def _describe_certificate(self, _stacks: FakeStacks, _asked: dict[str, Any]) -> object:
        return {"Certificate": {"DomainName": "*.acme.com", "Status": "ISSUED"}}

    def _get_hosted_zone(self, _stacks: FakeStacks, _asked: dict[str, Any]) -> object:
        return {"HostedZone": {"Name": "acme.com."}}

    def _list_resource_record_sets(self, _stacks: FakeStacks, _asked: dict[str, Any]) -> object:
        return {"ResourceRecordSets": []}


def attempt(command: Callable[[], object]) -> None:
    """Run a command that ends with an error."""
    try:
        command()
    except RepositoryError:
        return
    raise AssertionError("it was to fail")  # pragma: no cover - it does


def _snake(operation: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).strip("_")


def _pairs(key: str, value: str, mapping: Any) -> list[dict[str, str]]:  # noqa: ANN401  # either of the two
    return [{key: name, value: text} for name, text in mapping.items()]
