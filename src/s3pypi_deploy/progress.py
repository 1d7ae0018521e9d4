"""What people see while CloudFormation works: a line for each event, and in a terminal what goes on now."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.status import Status

    from s3pypi_deploy.stacks import Event

# Why nothing seems to happen, said once, when it begins.
_WAITING = {
    "AWS::CloudFront::Distribution": "CloudFront now tells all its places: this takes 5 to 10 minutes, in "
    "which nothing else is said",
    "AWS::CertificateManager::Certificate": "the certificate is issued when ACM has found the record in DNS: "
    "a few minutes; half an hour, if the zone is new. If it never comes, the zone is not the one that the "
    "world asks: compare its name servers with those of `dig NS` for the domain",
}
_STYLES = (("FAILED", "red"), ("ROLLBACK", "red"), ("COMPLETE", "green"))


class Progress:
    """Speaks to its ``console``, standard error's. In a terminal a spinner says what is under way."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._said: set[str] = set()
        self._status: Status | None = None

    def note(self, text: str) -> None:
        """Say something for people."""
        self.console.print(Text(text), soft_wrap=True)

    @contextmanager
    def under_way(self, stack: str) -> Iterator[None]:
        """Show that a stack is being worked on."""
        if not self.console.is_terminal:
            yield
            return
        with self.console.status(Text(stack)) as self._status:
            yield
        self._status = None

    def event(self, stack: str, event: Event) -> None:
        """Tell what happened to a resource of a stack."""
        parts = [event.time, stack, event.logical_id, event.type, event.status, event.reason]
        line = Text("  ".join(part for part in parts if part), style=_style(event.status))
        self.console.print(line, soft_wrap=True)
        if self._status is not None:
            self._status.update(Text(f"{stack}: {event.logical_id} {event.status}"))
        waiting = _WAITING.get(event.type)
        if waiting and event.status.endswith("_IN_PROGRESS") and (stack + event.type) not in self._said:
            self._said.add(stack + event.type)
            self.note(waiting)


def _style(status: str) -> str:
    return next((style for word, style in _STYLES if word in status), "")
