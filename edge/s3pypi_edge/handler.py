"""The entry point of the Lambda function: everything that can be done once is done when this is imported."""

from __future__ import annotations

import os
import pkgutil
from typing import TYPE_CHECKING

from s3pypi_edge.cloudfront import unavailable
from s3pypi_edge.config import CONFIG_FILE, EdgeConfig
from s3pypi_edge.decision import Decision
from s3pypi_edge.gate import open_gate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s3pypi_edge.cloudfront import Answer, Event


def build(
    load: Callable[[], bytes | None], environ: Mapping[str, str], log: Callable[[str], object] = print
) -> Callable[[Event], Answer]:
    """Return what answers events. Without a usable configuration it refuses every one, and logs why."""
    try:
        config = EdgeConfig.parse(load() or b"")
        gate = open_gate(config, environ, log=log)
    except (OSError, ValueError) as error:
        refusal = Decision(unavailable(), f"{CONFIG_FILE}: {error}")

        def refuse(_event: Event) -> Answer:
            log(refusal.log_line())
            return refusal.answer

        return refuse
    gate.warm()
    return gate.answer


# pkgutil asks the package's loader, so this works inside a zip too.
_answer = build(lambda: pkgutil.get_data("s3pypi_edge", CONFIG_FILE), os.environ)


def handle(event: Event, _context: object) -> Answer:
    """Answer CloudFront's viewer-request event. Never raises."""
    return _answer(event)
