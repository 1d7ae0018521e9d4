"""What would change, worked out by CloudFormation itself, with nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from s3pypi_deploy.settings import EDGE_REGION
from s3pypi_deploy.settle import forecast
from s3pypi_deploy.stacks import DELETED, REVIEW, outputs_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_deploy.blueprint import Blueprint
    from s3pypi_deploy.stacks import Change, Request, Stacks


class StackPlan(NamedTuple):
    """What would happen to a stack; ``note`` says what has to be done before that can be known."""

    stack: str
    region: str
    changes: tuple[Change, ...]
    note: str = ""


class Plan(NamedTuple):
    """The three stacks, in the order in which they change."""

    stacks: tuple[StackPlan, ...]

    @property
    def changes(self) -> list[Change]:
        """All changes."""
        return [change for stack in self.stacks for change in stack.changes]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes and not any(stack.note for stack in self.stacks)

    @property
    def agreed(self) -> frozenset[tuple[str, str]]:
        """What would be removed or replaced, as (stack, logical id)."""
        return frozenset(
            (stack.stack, change.logical_id)
            for stack in self.stacks
            for change in stack.changes
            if change.destroys
        )

    def as_json(self) -> list[dict[str, object]]:
        """For programs."""
        return [
            {
                "stack": stack.stack,
                "region": stack.region,
                "note": stack.note,
                "changes": [change._asdict() for change in stack.changes],
            }
            for stack in self.stacks
        ]


def make_plan(blueprint: Blueprint, stacks_in: Callable[[str], Stacks], *, adopt: bool) -> Plan:
    """Have CloudFormation work out the changes. What the last stack gets from the second is foreseen.

    Raises ProposalFailed.
    """
    home, edge = stacks_in(blueprint.settings.region), stacks_in(EDGE_REGION)
    distribution = outputs_of(home, blueprint.names.cdn).get("DistributionId", "")
    first = _preview(home, blueprint.bucket_request(distribution_id=distribution, adopt=adopt))
    second = _preview(edge, blueprint.edge_request())
    # What has to be cleared away first may leave nothing of what there is now.
    outputs = {} if second.note else outputs_of(edge, blueprint.names.edge)
    foreseen = blueprint.foreseen_edge(outputs, second.changes)
    return Plan((first, second, _preview(home, blueprint.cdn_request(blueprint.foreseen_bucket(), foreseen))))


def _preview(stacks: Stacks, request: Request) -> StackPlan:
    stack = stacks.find(request.name)
    note = forecast(stack)
    if note:
        return StackPlan(request.name, stacks.region, (), note)
    new = stack is None or stack.status in {REVIEW, DELETED}
    change_set = stacks.propose(request, "CREATE" if new else "UPDATE")
    if change_set.id:
        stacks.discard(change_set)
    return StackPlan(request.name, stacks.region, change_set.changes)
