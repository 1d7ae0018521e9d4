"""What CloudFormation does: it works out changes, makes them one by one, fails, rolls back, and deletes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s3pypi_deploy.errors import ProposalFailed
from s3pypi_deploy.reasons import remedy
from s3pypi_deploy.stacks import REVIEW, Change, ChangeSet, Event
from tests.deploy.account import BUCKET, CERTIFICATE, DISTRIBUTION, FUNCTION, VERSION, Held
from tests.deploy.template import ACCOUNT, Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.deploy.cloud import Cloud

DYNAMIC = "only a resource whose name is written out can be imported"
CANCELLED = "Resource creation cancelled"
REPLACED = {VERSION, CERTIFICATE}  # whichever property of theirs that we set is changed
STACK = "AWS::CloudFormation::Stack"
# What is removed, or leaves the stack, is left for the end.
_STEPS = {"add": "CREATE", "adopt": "IMPORT", "change": "UPDATE", "replace": "UPDATE"}


@dataclass
class Kept:
    """A stack, as it is."""

    id: str
    name: str
    region: str
    status: str = REVIEW
    reason: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    resources: dict[str, Held] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


@dataclass
class Engine:
    """CloudFormation in one region of an account. Each ``yield`` lets time pass."""

    region: str
    cloud: Cloud

    def _changes(self, kept: Kept, template: Template, *, adopt: bool) -> Iterator[Change]:
        wanted = template.resources()
        for name, resource in wanted.items():
            held = kept.resources.get(name)
            properties = template.properties(name, lambda n, a: self._attribute(kept, n, a))
            if held is None:
                verb = "adopt" if adopt and self._is_there(kept, template, resource) else "add"
                yield Change(verb, name, resource["Type"])
            elif held.properties != properties:
                yield Change("replace" if held.type in REPLACED else "change", name, held.type)
        for name, held in kept.resources.items():
            if name not in wanted:
                yield Change("retain" if held.retained else "remove", name, held.type)

    def _is_there(self, kept: Kept, template: Template, resource: Mapping[str, Any]) -> bool:
        if (
            resource["Type"] != "AWS::S3::Bucket"
            or template.parameters["BucketName"] not in self.cloud.buckets
        ):
            return False
        if isinstance(resource["Properties"]["BucketName"], dict):
            raise ProposalFailed(kept.name, DYNAMIC, remedy(DYNAMIC))
        return True

    def _perform(self, kept: Kept, template: Template, change_set: ChangeSet) -> Iterator[None]:
        before, operation = dict(kept.resources), change_set.kind
        self._tell(kept, f"{operation}_IN_PROGRESS", reason="User Initiated")
        yield
        for change in change_set.changes:
            step = _STEPS.get(change.verb)
            if step is None:
                continue
            self._tell_resource(kept, change, f"{step}_IN_PROGRESS")
            yield
            reason = self._make(kept, change, template)
            if reason:
                self._tell_resource(kept, change, f"{step}_FAILED", reason)
                self._tell_resource(kept, Change("add", "Other", "AWS::X::Other"), "CREATE_FAILED", CANCELLED)
                yield from self._fail(kept, change_set, change.logical_id, before)
                return
            self._tell_resource(kept, change, f"{step}_COMPLETE")
        self._settle(kept, template)
        yield from self._clean_up(kept, before)
        self._tell(kept, f"{operation}_COMPLETE")

    def _make(self, kept: Kept, change: Change, template: Template) -> str:
        """Make or change a resource; return why it cannot be."""
        reason = self.cloud.fails.get((kept.name, change.logical_id), "")
        if reason:
            return reason
        name = change.logical_id
        policy = template.resources()[name].get("DeletionPolicy", "")
        properties = template.properties(name, lambda n, a: self._attribute(kept, n, a))
        old = kept.resources.get(name)
        physical = (
            old.physical_id if old and change.verb == "change" else self._new_id(kept, change, template)
        )
        held = Held(change.type, physical, properties, policy.startswith("Retain"))
        held.stays_when_undone = policy == "Retain"
        if change.verb not in {"change", "adopt"}:
            reason = self.cloud.make(held, self.region, self._function(kept, properties))
        if not reason:
            kept.resources[name] = held
            if held.type == BUCKET and change.verb != "adopt":  # which changes nothing of what it takes in
                self.cloud.write_lifecycle(held)
        return reason

    def _function(self, kept: Kept, properties: str) -> str:
        """The settings of the function that a version is of."""
        name = json.loads(properties).get("FunctionName", "")
        return next((held.properties for held in kept.resources.values() if held.physical_id == name), "")

    def _settle(self, kept: Kept, template: Template) -> None:
        wanted, held = template.resources(), kept.resources
        kept.resources = {name: held[name] for name in wanted}
        for name, one in kept.resources.items():
            one.properties = template.properties(name, lambda n, a: self._attribute(kept, n, a))
        kept.parameters = dict(template.parameters)
        kept.outputs = template.outputs(lambda name, attribute: self._attribute(kept, name, attribute))

    def _clean_up(self, kept: Kept, before: Mapping[str, Held]) -> Iterator[None]:
        """What was replaced or removed goes last. What will not go stays behind, and the update is good."""
        now = {held.physical_id for held in kept.resources.values()}
        gone = {name: held for name, held in before.items() if held.physical_id not in now}
        for name, held in gone.items():
            if held.retained:
                continue
            self._tell(kept, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            reason = self.cloud.unmake(held, self.cloud.used())
            change = Change("remove", name, held.type)
            status = "DELETE_FAILED" if reason else "DELETE_COMPLETE"
            self._tell_resource(kept, change, status, reason, held.physical_id)
            yield

    def _fail(
        self, kept: Kept, change_set: ChangeSet, resource: str, before: Mapping[str, Held]
    ) -> Iterator[None]:
        reason = f"The following resource(s) failed: [{resource}]."
        rollback = "ROLLBACK" if change_set.kind == "CREATE" else "UPDATE_ROLLBACK"
        self._tell(kept, f"{rollback}_IN_PROGRESS", reason=reason)
        yield
        was = {held.physical_id for held in before.values()}
        for name, held in kept.resources.items():
            # RetainExceptOnCreate is of new logical ids; what took the place of another one is retained.
            stays = held.stays_when_undone or (held.retained and name in before)
            if held.physical_id not in was and (change_set.undo_all or not stays):
                self.cloud.unmake(held, self.cloud.used())
        kept.resources = dict(before)
        yield from self._finish_rollback(kept, rollback)

    def _roll_back(self, kept: Kept, rollback: str) -> Iterator[None]:
        self._tell(kept, f"{rollback}_IN_PROGRESS")
        yield
        yield from self._finish_rollback(kept, rollback)

    def _finish_rollback(self, kept: Kept, rollback: str) -> Iterator[None]:
        reason = self.cloud.rollback_fails.get(kept.name)
        if reason:
            self._tell_resource(kept, Change("change", "Stubborn", "AWS::X::Y"), "UPDATE_FAILED", reason)
        self._tell(kept, f"{rollback}_FAILED" if reason else f"{rollback}_COMPLETE")
        yield

    def _remove(self, kept: Kept, retain: Sequence[str]) -> Iterator[None]:
        self._tell(kept, "DELETE_IN_PROGRESS", reason="User Initiated")
        yield
        failed = ""
        for name, held in reversed(list(kept.resources.items())):
            change = Change("remove", name, held.type)
            if held.physical_id in failed:  # what another one needs, which stays, is not tried
                continue
            if kept.name not in self.cloud.keeps and (name in retain or held.retained):
                self._tell_resource(kept, change, "DELETE_SKIPPED")
            elif reason := self._unmake(kept, name, held):
                held.status, held.reason = "DELETE_FAILED", reason
                self._tell_resource(kept, change, "DELETE_FAILED", reason)
                failed += held.properties
                continue
            else:
                self._tell_resource(kept, change, "DELETE_COMPLETE")
            del kept.resources[name]
            yield
        self._tell(kept, "DELETE_FAILED" if kept.resources else "DELETE_COMPLETE")

    def _unmake(self, kept: Kept, name: str, held: Held) -> str:
        reason = self.cloud.fails.get((kept.name, f"delete {name}"), "")
        return reason or self.cloud.unmake(held, self.cloud.used())

    def _new_id(self, kept: Kept, change: Change, template: Template) -> str:
        if change.type in {"AWS::S3::Bucket", "AWS::S3::BucketPolicy"}:
            return template.parameters["BucketName"]
        number = next(self.cloud.number)
        if change.type == FUNCTION:
            return f"{kept.name}-{change.logical_id}-{number:012}"
        if change.type == CERTIFICATE:
            return f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/{number}"
        if change.type == DISTRIBUTION:
            return f"E{number:09}"
        return f"{kept.name}-{change.logical_id}-{number}"

    def _attribute(self, kept: Kept, name: str, attribute: str) -> str:
        held = kept.resources.get(name)
        physical = held.physical_id if held else f"(new {name})"
        if not attribute:
            return physical
        if attribute == "RegionalDomainName":
            return f"{physical}.s3.{self.region}.amazonaws.com"
        if attribute == "Arn" and held and held.type == "AWS::S3::Bucket":
            return f"arn:aws:s3:::{physical}"
        return f"{physical}.{attribute}"

    def _tell(self, kept: Kept, status: str, *, reason: str = "") -> None:
        kept.status, kept.reason = status, reason
        event = Event(f"e{next(self.cloud.number)}", "18:00:00", kept.name, STACK, status, reason)
        kept.events.append(event)

    def _tell_resource(
        self, kept: Kept, change: Change, status: str, reason: str = "", physical_id: str = ""
    ) -> None:
        name = f"e{next(self.cloud.number)}"
        event = Event(name, "18:00:00", change.logical_id, change.type, status, reason, physical_id)
        kept.events.append(event)
