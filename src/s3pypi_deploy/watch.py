"""Waiting for a stack, while its events are told as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from s3pypi_core.aws.aws_clients import AwsBusy, AwsUnreachable
from s3pypi_core.errors import RepositoryError
from s3pypi_deploy.errors import DeployInterrupted, LostSight, StackFailed
from s3pypi_deploy.reasons import remedy
from s3pypi_deploy.stacks import DELETED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from s3pypi_deploy.progress import Progress
    from s3pypi_deploy.stacks import Event, Stack, Stacks

T = TypeVar("T")

EVERY = 5.0  # seconds
PATIENCE = 24  # answers in a row that AWS or the network may be too busy to give: two minutes, and their own
AT_REST = 6  # answers in a row that show no movement, where no event says that it ended
_FOLLOWED = "cancelled"  # what CloudFormation says of those that another's failure stopped


class Watcher(NamedTuple):
    """How waiting is done."""

    progress: Progress
    sleep: Callable[[float], None]

    def follow(self, stacks: Stacks, stack: Stack, seen: frozenset[str]) -> tuple[Stack, list[Event]]:
        """Wait until CloudFormation has finished with a stack; return it, and the events not in ``seen``.

        Raises DeployInterrupted on Ctrl-C, and LostSight when AWS refuses to answer, or gives no answer for
        two minutes: both say that CloudFormation goes on.
        """
        try:
            with self.progress.under_way(stack.name):
                return self._follow(stacks, stack, seen)
        except KeyboardInterrupt:
            raise DeployInterrupted(stack.name) from None
        except RepositoryError as problem:
            raise LostSight(stack.name, problem) from problem

    def wait_out(self, stacks: Stacks, stack: Stack) -> Stack:
        """Wait until what somebody else has begun ends; return the stack. Raises what ``follow`` raises."""
        self.progress.note(f"{stack.name} is changed by somebody else, or by an earlier run: waiting")
        return self.follow(stacks, stack, seen_events(stacks, stack))[0]

    def _follow(self, stacks: Stacks, stack: Stack, seen: frozenset[str]) -> tuple[Stack, list[Event]]:
        told: dict[str, Event] = {}
        at_rest = 0
        while True:
            now = self._ask(lambda: stacks.find(stack.id) or stack._replace(status=DELETED))
            # Events after the state: the last ones are never missed.
            for event in self._ask(lambda: stacks.events(stack.id)):
                if event.id not in seen and event.id not in told:
                    told[event.id] = event
                    self.progress.event(stack.name, event)
            at_rest = 0 if now.is_moving else at_rest + 1
            # What was just begun may not show yet: the state alone is no proof of the end.
            if at_rest and (at_rest > AT_REST or _says_so(told.values(), now)):
                return now, list(told.values())
            self.sleep(EVERY)

    def _ask(self, question: Callable[[], T]) -> T:
        for attempt in range(PATIENCE):
            try:
                return question()
            except (AwsBusy, AwsUnreachable) as busy:
                if attempt == 0:
                    self.progress.note(f"{busy.message}: asking again")
                self.sleep(EVERY)
        return question()


def _says_so(events: Iterable[Event], stack: Stack) -> bool:
    return any((event.logical_id, event.status) == (stack.name, stack.status) for event in events)


def seen_events(stacks: Stacks, stack: Stack | None) -> frozenset[str]:
    """The ids of the events so far, which are not news."""
    return frozenset() if stack is None else frozenset(event.id for event in stacks.events(stack.id))


def failed(stack: Stack, events: Iterable[Event]) -> StackFailed:
    """What to raise for a stack that did not become what was asked: the resource's own reason first."""
    failure = first_failure(events, stack.name)
    reason = f"{failure.logical_id} ({failure.type}): {failure.reason}" if failure else stack.reason
    return StackFailed(stack.name, stack.status, reason, remedy(reason))


def first_failure(events: Iterable[Event], stack: str) -> Event | None:
    """The event that made a stack fail: the first failure that is not the consequence of another."""
    failures = [event for event in events if event.status.endswith("_FAILED") and event.reason]
    own = [event for event in failures if _FOLLOWED not in event.reason and event.logical_id != stack]
    return next(iter(own or failures), None)
