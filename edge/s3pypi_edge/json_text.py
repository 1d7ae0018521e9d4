"""JSON that others wrote."""

from __future__ import annotations

import json
from typing import Any


def load_json(body: bytes, name: str) -> Any:  # noqa: ANN401  # JSON
    """What the text says. Raises ValueError for what is no JSON, and for what is nested without end."""
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError(f"{name} is nested too deeply") from None
