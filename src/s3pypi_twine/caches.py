"""What was withdrawn leaves CloudFront's caches too."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from s3pypi_core.invalidation import Invalidation, NotInvalidated

if TYPE_CHECKING:
    from s3pypi_edge.keys import Project
    from s3pypi_twine.answer import Answer
    from s3pypi_twine.session import Session


def drop_from_caches(
    session: Session, project: Project, answer: Answer, *, reference: str | None = None
) -> Answer:
    """Send the invalidation where the distribution is known; return the answer with what became of it.

    With a ``reference`` CloudFront passes over what it was told under it before.
    """
    invalidation = Invalidation(project, session.target.distribution)
    sent, error = False, answer.error
    if invalidation.distribution is not None:
        from s3pypi_core.aws.s3_invalidation import send_invalidation  # noqa: PLC0415  # boto3 takes long to load

        try:
            reference = reference or uuid.uuid4().hex
            send_invalidation(invalidation, profile=session.target.profile, reference=reference)
            sent = True
        except NotInvalidated as problem:
            error = error or problem
    told = {
        "distribution": invalidation.distribution,
        "paths": invalidation.paths,
        "sent": sent,
        "command": invalidation.command,
    }
    line = "CloudFront was told to drop what it holds of the project."
    if invalidation.distribution is None:
        line = f"CloudFront may hold these files for a year. Let it drop them:\n  {invalidation.command}"
    said = [line] if sent or invalidation.distribution is None else []
    return replace(
        answer, document={**answer.document, "invalidation": told}, parts=[*answer.parts, *said], error=error
    )
