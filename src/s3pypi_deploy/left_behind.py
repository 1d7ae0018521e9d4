"""What a change of a stack could not delete: CloudFormation calls the change good, and forgets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_deploy.settings import EDGE_REGION
from s3pypi_deploy.stacks import NOT_DELETED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from s3pypi_deploy.stacks import Event

# `sweep` deletes functions.
_WAYS = {
    "AWS::CertificateManager::Certificate": (
        f"when nothing uses it: aws acm delete-certificate --region {EDGE_REGION} --certificate-arn {{}}"
    ),
    "AWS::Lambda::Function": "`up` deletes it at its end, or a later one does",
}
_OTHERWISE = "delete it when nothing uses it: no stack has it any more"


def left_behind(events: Iterable[Event], stack: str) -> Iterator[str]:
    """A line for each resource whose last deletion failed, with the way to be rid of it."""
    last = {(event.logical_id, event.physical_id): event for event in events if event.logical_id != stack}
    for event in last.values():
        if event.status == NOT_DELETED:
            named = f"{event.logical_id} ({event.physical_id})"
            way = _WAYS.get(event.type, _OTHERWISE).format(event.physical_id)
            yield f"left in the account: {named}: {event.reason.rstrip('.')}; {way}"
