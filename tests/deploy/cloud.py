"""An honest CloudFormation: it keeps stacks, works out changes, takes its time, fails, and rolls back.

It obeys what CloudFormation obeys: which states allow what, in which order events come, that a change set
which changes nothing fails, and that a stack which was only proposed is there, and empty.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s3pypi_core.aws.aws_clients import AwsBusy, AwsError, AwsRefusal
from s3pypi_deploy.errors import ProposalFailed
from s3pypi_deploy.reasons import remedy
from s3pypi_deploy.stacks import DELETED, REVIEW, ChangeSet, Event, Resource, Stack
from tests.deploy.account import DISTRIBUTION, Account
from tests.deploy.engine import Engine, Kept
from tests.deploy.template import BadParameter, Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from s3pypi_deploy.stacks import Kind, Request

# From these an update may begin; RollbackStack's reference calls them the last known stable states.
READY = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
}


@dataclass
class Cloud(Account):
    """An account with stacks. What ``fails`` holds, by stack and logical id, goes wrong, with that reason."""

    stacks: list[Kept] = field(default_factory=list)
    fails: dict[tuple[str, str], str] = field(default_factory=dict)
    rollback_fails: dict[str, str] = field(default_factory=dict)
    silent: bool = False  # events come too late to be read
    keeps: set[str] = field(default_factory=set)  # stacks that nothing deletes
    restless: set[str] = field(
        default_factory=set
    )  # stacks that somebody begins to change whenever they rest
    busy: int = 0
    refusal: AwsError | None = None
    at_sleep: list[BaseException] = field(default_factory=list)
    slept: float = 0.0
    calls: list[tuple[str, str]] = field(default_factory=list)
    proposals: dict[str, tuple[Kept, Template]] = field(default_factory=dict)
    running: list[Iterator[None]] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let time pass: everything under way comes a step further."""
        self.slept += seconds
        if self.at_sleep:
            raise self.at_sleep.pop(0)
        self.running = [work for work in self.running if next(work, True) is None]

    def stacks_in(self, region: str) -> FakeStacks:
        """The stacks of a region."""
        return FakeStacks(region, self)

    def stack(self, name: str) -> Kept:
        """A stack that is there."""
        return next(kept for kept in self.stacks if kept.name == name and kept.status != DELETED)

    def leave(self, name: str, status: str, region: str = "eu-central-1") -> Kept:
        """Leave a stack behind in a state, as another program did."""
        kept = Kept(f"arn:{name}:{next(self.number)}", name, region, status)
        self.stacks.append(kept)
        return kept

    def used(self) -> str:
        """What the distributions say, which names everything that they use."""
        held = [one for kept in self.stacks if kept.status != DELETED for one in kept.resources.values()]
        return "".join(one.properties for one in held if one.type == DISTRIBUTION)

    def begin(self, work: Iterator[None]) -> None:
        """Begin something, whose first step shows at once."""
        next(work)
        self.running.append(work)


class FakeStacks(Engine):
    """See Stacks."""

    def find(self, name: str) -> Stack | None:
        """See Stacks.find."""
        self._call("find", name)
        kept = self._get(name)
        if kept is None:
            return None
        if name in self.cloud.restless and kept.status in READY:
            self.cloud.begin(self._roll_back(kept, "UPDATE_ROLLBACK"))
        return Stack(kept.id, kept.name, kept.status, kept.reason, dict(kept.outputs), dict(kept.parameters))

    def propose(self, request: Request, kind: Kind) -> ChangeSet:
        """See Stacks.propose."""
        self._call("propose", request.name)
        kept = self._get(request.name)
        if kind == "CREATE":
            if kept is not None and kept.status != REVIEW:
                raise AwsRefusal("CreateChangeSet", "ValidationError", f"Stack {request.name} already exists")
        elif kept is None or kept.status not in READY:
            state = kept.status if kept else "not there"
            said = f"Stack:{request.name} is in {state} state and can not be updated."
            raise AwsRefusal("CreateChangeSet", "ValidationError", said)
        try:
            template = Template.read(request.name, self.region, request.template, request.parameters)
        except BadParameter as error:
            raise AwsRefusal("CreateChangeSet", "ValidationError", str(error)) from None
        is_new = kept is None
        kept = kept or self.cloud.leave(request.name, REVIEW, self.region)
        name = f"change-set-{next(self.cloud.number)}"
        proposed = ChangeSet(name, request.name, kept.id, kind, made_stack=is_new, undo_all=request.undo_all)
        reason = self.cloud.fails.get((request.name, ""))
        if reason:
            raise ProposalFailed(request.name, reason, remedy(reason))
        changes = tuple(self._changes(kept, template, adopt=request.adopt))
        outputs = template.outputs(lambda name, attribute: self._attribute(kept, name, attribute))
        if not changes and outputs == kept.outputs:
            return proposed._replace(id="")
        self.cloud.proposals[proposed.id] = (kept, template)
        return proposed._replace(changes=changes)

    def discard(self, change_set: ChangeSet) -> None:
        """See Stacks.discard."""
        self._call("discard", change_set.stack)
        kept = self._get(change_set.stack_id)
        if kept is not None and kept.status == REVIEW and change_set.made_stack:
            kept.status = "DELETE_COMPLETE"

    def execute(self, change_set: ChangeSet) -> None:
        """See Stacks.execute."""
        self._call("execute", change_set.stack)
        kept, template = self.cloud.proposals.pop(change_set.id)
        if kept.status not in READY | {REVIEW}:
            raise AwsRefusal("ExecuteChangeSet", "InvalidChangeSetStatus", f"the stack is {kept.status}")
        self.cloud.begin(self._perform(kept, template, change_set))

    def delete(self, name: str, retain: Sequence[str] = ()) -> None:
        """See Stacks.delete."""
        self._call("delete", name)
        kept = self._get(name)
        assert kept is not None
        if retain and kept.status != "DELETE_FAILED":
            raise AwsRefusal("DeleteStack", "ValidationError", "Invalid operation on stack: RetainResources")
        self.cloud.begin(self._remove(kept, retain))

    def continue_rollback(self, name: str) -> None:
        """See Stacks.continue_rollback."""
        self._call("continue_rollback", name)
        kept = self._get(name)
        if kept is None or kept.status != "UPDATE_ROLLBACK_FAILED":
            raise AwsRefusal("ContinueUpdateRollback", "ValidationError", "it is in another state")
        self.cloud.begin(self._roll_back(kept, "UPDATE_ROLLBACK"))

    def events(self, stack: str) -> Sequence[Event]:
        """See Stacks.events."""
        self._call("events", stack)
        kept = self._get(stack)
        return list(kept.events) if kept and not self.cloud.silent else []

    def resources(self, stack: str) -> Sequence[Resource]:
        """See Stacks.resources."""
        self._call("resources", stack)
        kept = self._get(stack)
        assert kept is not None
        return [
            Resource(name, held.physical_id, held.type, held.status, held.reason)
            for name, held in kept.resources.items()
        ]

    def _call(self, method: str, name: str) -> None:
        self.cloud.calls.append((method, name))
        if self.cloud.refusal is not None:
            raise self.cloud.refusal
        if self.cloud.busy:
            self.cloud.busy -= 1
            raise AwsBusy("DescribeStacks", "Throttling", "Rate exceeded")

    def _get(self, name: str) -> Kept | None:
        for kept in self.cloud.stacks:
            if kept.id == name or (kept.name == name and kept.status != DELETED):
                return kept if kept.region == self.region else None
        return None
