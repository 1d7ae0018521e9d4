"""The entry point for CloudFront's origin-response event; it reads no user store and opens no connection.

It sees only what the viewer-request function has let through, for somebody who may see the project asked for.
"""

from __future__ import annotations

import json
import pkgutil
from typing import TYPE_CHECKING

from s3pypi_edge.config import CONFIG_FILE, EdgeConfig
from s3pypi_edge.fallback import Fallback

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_edge.cloudfront import Answer, Event


def build(
    load: Callable[[], bytes | None], log: Callable[[str], object] = print
) -> Callable[[Event], Answer]:
    """Return what answers events. Without a usable configuration every answer stays what the bucket said."""
    try:
        return Fallback(EdgeConfig.parse(load() or b""), log).answer
    except (OSError, ValueError) as error:
        log(json.dumps({"verdict": "no upstream", "reason": f"{CONFIG_FILE}: {error}"}))
        return Fallback(None, log).answer


# pkgutil asks the package's loader, so this works inside a zip too.
_answer = build(lambda: pkgutil.get_data("s3pypi_edge", CONFIG_FILE))


def handle(event: Event, _context: object) -> Answer:
    """Answer CloudFront's origin-response event."""
    return _answer(event)
