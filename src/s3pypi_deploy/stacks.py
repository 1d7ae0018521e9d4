"""CloudFormation as values, and what this program asks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kind = Literal["CREATE", "UPDATE"]
# `replace?` depends on what another resource will be; what is retained leaves the stack, and stays otherwise.
VERBS = ("add", "change", "replace", "replace?", "remove", "retain", "adopt")
REVIEW = "REVIEW_IN_PROGRESS"  # a change set was made for a stack that is not there, and never executed
DELETED = "DELETE_COMPLETE"
NOT_DELETED = "DELETE_FAILED"
_ABSENT = {DELETED, "CREATE_FAILED"}  # the latter was never made, as where something of its name was there


class Stack(NamedTuple):
    """A stack as it is. Outputs and parameters by their names."""

    id: str
    name: str
    status: str
    reason: str = ""
    outputs: Mapping[str, str] = {}
    parameters: Mapping[str, str] = {}

    @property
    def is_moving(self) -> bool:
        """Whether CloudFormation is at work on it."""
        return self.status.endswith("_IN_PROGRESS") and self.status != REVIEW

    @property
    def is_good(self) -> bool:
        """Whether what was last asked of it was done."""
        return self.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}


class Request(NamedTuple):
    """What a stack is to be. With ``adopt``, resources of the same names that no stack has are taken in.

    With ``undo_all``, nothing stays of what a change makes that then fails, whatever the template retains.
    """

    name: str
    template: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str] = {}
    adopt: bool = False
    undo_all: bool = False


class Change(NamedTuple):
    """What would happen to a resource; ``verb`` is one of VERBS."""

    verb: str
    logical_id: str
    type: str

    @property
    def destroys(self) -> bool:
        """Whether something that is there goes, or may go."""
        return self.verb in {"replace", "replace?", "remove"}


class ChangeSet(NamedTuple):
    """The changes that executing it makes. One without an ``id`` has nothing to change.

    ``made_stack`` says that there was no stack before, not even a proposed one; ``undo_all`` is as asked.
    """

    id: str
    stack: str
    stack_id: str
    kind: Kind
    changes: tuple[Change, ...] = ()
    made_stack: bool = False
    undo_all: bool = False


class Event(NamedTuple):
    """What happened to a resource, or to the stack itself; ``time`` is like 18:04:05."""

    id: str
    time: str
    logical_id: str
    type: str
    status: str
    reason: str = ""
    physical_id: str = ""


class Resource(NamedTuple):
    """A resource of a stack."""

    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""

    @property
    def is_there(self) -> bool:
        """Whether the stack has made it, and still has it."""
        return self.status not in _ABSENT


class Stacks(Protocol):
    """The stacks of one region.

    Every method raises AwsError; AwsBusy and AwsUnreachable say that it may work later.
    """

    @property
    def region(self) -> str:
        """The region."""
        ...

    def find(self, name: str) -> Stack | None:
        """The stack of a name, or of an id, which finds it after it was deleted too."""
        ...

    def propose(self, request: Request, kind: Kind) -> ChangeSet:
        """Have the changes worked out. Raises ProposalFailed with CloudFormation's reason."""
        ...

    def discard(self, change_set: ChangeSet) -> None:
        """Forget a change set, and the stack if it came with it. One that somebody else proposed stays."""
        ...

    def execute(self, change_set: ChangeSet) -> None:
        """Begin to make the changes."""
        ...

    def delete(self, name: str, retain: Sequence[str] = ()) -> None:
        """Begin to delete a stack. The resources in ``retain`` stay; only DELETE_FAILED allows them."""
        ...

    def continue_rollback(self, name: str) -> None:
        """Begin again to undo an update."""
        ...

    def events(self, stack: str) -> Sequence[Event]:
        """What happened, oldest first."""
        ...

    def resources(self, stack: str) -> Sequence[Resource]:
        """What a stack consists of."""
        ...


def outputs_of(stacks: Stacks, name: str) -> Mapping[str, str]:
    """The outputs of a stack; none where there is no stack."""
    stack = stacks.find(name)
    return stack.outputs if stack else {}
