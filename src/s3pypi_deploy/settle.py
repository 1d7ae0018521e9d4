"""Leading a stack, from whatever state it was left in, to one in which it can be made or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_deploy.errors import Stuck, aws_command
from s3pypi_deploy.reasons import REPLICAS, remedy
from s3pypi_deploy.stacks import DELETED, NOT_DELETED, REVIEW
from s3pypi_deploy.watch import first_failure, seen_events

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s3pypi_deploy.stacks import Event, Kind, Resource, Stack, Stacks
    from s3pypi_deploy.watch import Watcher

# Of these nothing can come but a new beginning. What they hold is what a failed creation left, or a failed
# deletion; buckets are never in it: they are retained, and adopted again.
_TO_REMOVE = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", NOT_DELETED}
_BEGINNINGS = _TO_REMOVE | {REVIEW, DELETED}
_TO_CONTINUE = "UPDATE_ROLLBACK_FAILED"
_TO_UNDO = "UPDATE_FAILED"
# The stack may hold what it had before, and claim what it was to take in: nothing here can tell them apart.
_TO_DECIDE = "IMPORT_ROLLBACK_FAILED"

_FORECASTS: Mapping[str, str] = {
    **dict.fromkeys(_TO_REMOVE, "what a failure left of it is removed first, and it is made again"),
    _TO_CONTINUE: "an update that could not be undone is undone first",
    _TO_UNDO: "an update stopped halfway: `up` says how to go on",
    _TO_DECIDE: "what it was to take in could not be let go again: `up` says how to go on",
}
ROLE, ROLE_POLICY = "AWS::IAM::Role", "read-credentials-and-log"  # as the second stack's template calls it
_FEW = 8  # a stack passes through fewer states on its way


def is_beginning(stack: Stack | None) -> bool:
    """Whether a stack that is not there, or holds nothing that counts, is going to be made."""
    return stack is None or stack.status in _BEGINNINGS


def forecast(stack: Stack | None) -> str:
    """What has to be done before changes can be worked out; nothing for a stack that is ready."""
    if stack is None:
        return ""
    if stack.is_moving:
        return f"somebody is changing it ({stack.status}): `up` waits until that ends"
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
        if not _lead_on(stacks, stack, watcher):
            return "UPDATE"
    raise Stuck(name, status, "it does not come to rest", aws_command("describe-stacks", name, stacks.region))


def _lead_on(stacks: Stacks, stack: Stack, watcher: Watcher) -> bool:
    """Take one step towards a state in which it can be changed; return False where it is in one."""
    if stack.is_moving:
        watcher.wait_out(stacks, stack)
    elif stack.status in _TO_REMOVE:
        watcher.progress.note(f"{stack.name} is {stack.status}: removing what is left of it")
        remove(stacks, stack, watcher)
    elif stack.status == _TO_CONTINUE:
        _continue(stacks, stack, watcher)
    else:
        _check_not_stuck(stacks, stack)
        return False
    return True


def _check_not_stuck(stacks: Stacks, stack: Stack) -> None:
    if stack.status == _TO_UNDO:
        hint = aws_command("rollback-stack", stack.name, stacks.region) + ", then run the same command again"
        why = "somebody told CloudFormation not to undo a failed update"
        raise Stuck(stack.name, stack.status, why, hint)
    if stack.status == _TO_DECIDE:
        hint = (
            f"{aws_command('describe-stack-resources', stack.name, stacks.region)} shows what it holds; "
            "if that is the bucket and nothing else, delete the stack, which leaves the bucket as it is, and "
            f"run the same command again: {aws_command('delete-stack', stack.name, stacks.region)}"
        )
        raise Stuck(stack.name, stack.status, stack.reason or "an import could not be undone", hint)


def remove(stacks: Stacks, stack: Stack, watcher: Watcher) -> None:
    """Delete a stack. A function that still has copies is left to the account. Raises Stuck for all else."""
    after, events = _delete(stacks, stack, watcher, ())
    left = _left_to_the_account(stacks, stack) if after.status == NOT_DELETED else []
    if left:
        named = ", ".join(f"{resource.logical_id} ({resource.physical_id})" for resource in left)
        watcher.progress.note(f"{stack.name} goes without what cannot be deleted now: {named}")
        _tell_about_roles(left, watcher)
        after, events = _delete(stacks, stack, watcher, [resource.logical_id for resource in left])
    if after.status == NOT_DELETED:
        failure = first_failure(events, stack.name)
        reason = failure.reason if failure else after.reason
        raise Stuck(stack.name, after.status, reason, _ways_out(stacks, stack, reason))


def _ways_out(stacks: Stacks, stack: Stack, reason: str) -> str:
    """What to do about a stack that will not go."""
    held = {resource.type for resource in stacks.resources(stack.id) if resource.status == NOT_DELETED}
    if "AWS::IAM::ManagedPolicy" in held:  # left to the account, its name would be taken for the next one
        return remedy(reason)
    force = aws_command("delete-stack", stack.name, stacks.region, " --deletion-mode FORCE_DELETE_STACK")
    return (
        "mend what the reason names and run the same command again; or leave what will not go to the "
        f"account: {force}"
    )


def _left_to_the_account(stacks: Stacks, stack: Stack) -> list[Resource]:
    """Functions with copies, and the role with which the copies still read: without it nobody gets in."""
    held = _only_copies(stacks, stack)
    roles = [
        resource
        for resource in stacks.resources(stack.id)
        if resource.type == ROLE and resource.status != DELETED
    ]
    return [*held, *roles] if held else []


def _tell_about_roles(left: Sequence[Resource], watcher: Watcher) -> None:
    """A later run deletes the functions; nothing deletes the role with which they read."""
    for name in (resource.physical_id for resource in left if resource.type == ROLE):
        watcher.progress.note(
            "a later `up` or `down` deletes the functions; then nobody needs the role: aws iam "
            f"delete-role-policy --role-name {name} --policy-name {ROLE_POLICY}; aws iam delete-role "
            f"--role-name {name}"
        )


def _only_copies(stacks: Stacks, stack: Stack) -> list[Resource]:
    """What keeps a stack, if it is functions with copies; nothing where there is another reason, too."""
    held = [resource for resource in stacks.resources(stack.id) if resource.status == NOT_DELETED]
    return held if all(REPLICAS in resource.reason for resource in held) else []


def _delete(
    stacks: Stacks, stack: Stack, watcher: Watcher, retain: Sequence[str]
) -> tuple[Stack, list[Event]]:
    seen = seen_events(stacks, stack)
    stacks.delete(stack.name, retain=retain)
    return watcher.follow(stacks, stack, seen)


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
