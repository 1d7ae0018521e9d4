"""Leading a stack, from whatever state it was left in, to one in which it can be made or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_deploy.errors import Stuck, aws_command
from s3pypi_deploy.stacks import DELETED, REVIEW
from s3pypi_deploy.watch import first_failure, seen_events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_deploy.stacks import Kind, Stack, Stacks
    from s3pypi_deploy.watch import Watcher

# Of these nothing can come but a new beginning. What they hold is what a failed creation left, or a failed
# deletion; buckets are never in it: they are retained, and adopted again.
_TO_REMOVE = {
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "CREATE_FAILED",
    "DELETE_FAILED",
    "IMPORT_ROLLBACK_FAILED",
}
_TO_CONTINUE = "UPDATE_ROLLBACK_FAILED"
_TO_UNDO = "UPDATE_FAILED"

_FORECASTS: Mapping[str, str] = {
    **dict.fromkeys(_TO_REMOVE, "what a failure left of it is removed first, and it is made again"),
    _TO_CONTINUE: "an update that could not be undone is undone first",
    _TO_UNDO: "an update stopped halfway: see `status`",
}
_FEW = 8  # a stack passes through fewer states on its way


def forecast(stack: Stack | None) -> str:
    """What has to be done before changes can be worked out; nothing for a stack that is ready."""
    if stack is None:
        return ""
    if stack.is_moving:
        return f"somebody changes it at this moment ({stack.status}): its end is awaited first"
    return _FORECASTS.get(stack.status, "")


def settle(stacks: Stacks, name: str, watcher: Watcher) -> Kind:
    """Wait for what is under way and clear away what failed; return what a change set has to be.

    Raises Stuck where only a person can decide.
    """
    status = ""
    for _ in range(_FEW):
        stack = stacks.find(name)
        if stack is None or stack.status in {REVIEW, DELETED}:
            return "CREATE"
        status = stack.status
        if stack.is_moving:
            watcher.progress.note(f"{name} is changed by somebody else, or by an earlier run: waiting")
            watcher.follow(stacks, stack, seen_events(stacks, stack))
        elif stack.status in _TO_REMOVE:
            watcher.progress.note(f"{name} is {stack.status}: removing what is left of it")
            remove(stacks, stack, watcher)
        elif stack.status == _TO_CONTINUE:
            _continue(stacks, stack, watcher)
        elif stack.status == _TO_UNDO:
            hint = aws_command("rollback-stack", name, stacks.region) + ", then run the same command again"
            raise Stuck(name, stack.status, "somebody told CloudFormation not to undo a failed update", hint)
        else:
            return "UPDATE"
    raise Stuck(name, status, "it does not come to rest", aws_command("describe-stacks", name, stacks.region))


def remove(stacks: Stacks, stack: Stack, watcher: Watcher) -> None:
    """Delete a stack in whatever way it goes: what will not be deleted is left to the account."""
    seen = seen_events(stacks, stack)
    stacks.delete(stack.name)
    after, _ = watcher.follow(stacks, stack, seen)
    if after.status != "DELETE_FAILED":
        return
    held = [resource for resource in stacks.resources(stack.id) if resource.status == "DELETE_FAILED"]
    named = ", ".join(f"{resource.logical_id} ({resource.physical_id})" for resource in held)
    watcher.progress.note(f"{stack.name} goes without what cannot be deleted now: {named}")
    seen = seen_events(stacks, stack)
    stacks.delete(stack.name, retain=[resource.logical_id for resource in held])
    after, events = watcher.follow(stacks, stack, seen)
    if after.status == "DELETE_FAILED":
        failure = first_failure(events, stack.name)
        hint = aws_command("delete-stack", stack.name, stacks.region, " --deletion-mode FORCE_DELETE_STACK")
        raise Stuck(stack.name, after.status, failure.reason if failure else after.reason, hint)


def _continue(stacks: Stacks, stack: Stack, watcher: Watcher) -> None:
    watcher.progress.note(f"{stack.name} is {stack.status}: undoing the failed update once more")
    seen = seen_events(stacks, stack)
    stacks.continue_rollback(stack.name)
    after, events = watcher.follow(stacks, stack, seen)
    if after.status != _TO_CONTINUE:
        return
    failure = first_failure(events, stack.name)
    resource = failure.logical_id if failure else "RESOURCE"
    hint = (
        "mend what the reason names and run the same command again; or pass over the resource, which then "
        "differs from what CloudFormation believes: "
        + aws_command(
            "continue-update-rollback", stack.name, stacks.region, f" --resources-to-skip {resource}"
        )
    )
    raise Stuck(stack.name, after.status, failure.reason if failure else after.reason, hint)
