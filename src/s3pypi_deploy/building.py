"""Making one stack what it is to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from s3pypi_deploy.errors import Unseen
from s3pypi_deploy.left_behind import left_behind
from s3pypi_deploy.settle import settle
from s3pypi_deploy.stacks import REVIEW, Stack, outputs_of
from s3pypi_deploy.watch import failed, seen_events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_deploy.stacks import ChangeSet, Request, Stacks
    from s3pypi_deploy.watch import Watcher


class Built(NamedTuple):
    """A stack that is as asked; ``changed`` is False where nothing had to be done."""

    outputs: Mapping[str, str]
    changed: bool


def build(stacks: Stacks, request: Request, watcher: Watcher, agreed: frozenset[tuple[str, str]]) -> Built:
    """Make a stack what ``request`` says, and wait for it. Tell what could not be deleted, and stays.

    ``agreed`` holds, as (stack, logical id), what may be removed or replaced. Raises StackFailed with the
    reason of the resource that failed, Unseen with the stack untouched, and what ``settle`` raises.
    """
    kind = settle(stacks, request.name, watcher)
    change_set = stacks.propose(request, kind)
    if not change_set.id:
        watcher.progress.note(f"{request.name}: nothing to change")
        return Built(outputs_of(stacks, request.name), changed=False)
    _check_agreed(stacks, change_set, agreed)
    stack = Stack(change_set.stack_id, request.name, REVIEW)
    seen = seen_events(stacks, stack)
    stacks.execute(change_set)
    after, events = watcher.follow(stacks, stack, seen)
    if not after.is_good:
        raise failed(after, events)
    for line in left_behind(events, request.name):
        watcher.progress.note(line)
    return Built(after.outputs, changed=True)


def _check_agreed(stacks: Stacks, change_set: ChangeSet, agreed: frozenset[tuple[str, str]]) -> None:
    unseen = [
        f"{change.verb} {change.logical_id}"
        for change in change_set.changes
        if change.destroys and (change_set.stack, change.logical_id) not in agreed
    ]
    if unseen:
        stacks.discard(change_set)
        raise Unseen(change_set.stack, unseen)
