"""The user store of a new repository, and how the store is written."""

from __future__ import annotations

import json
import string
from typing import Any

Document = dict[str, Any]

ID_ALPHABET = string.ascii_lowercase + string.digits  # of the ids of tokens and of signing keys


def new_document() -> Document:
    """A store in which nobody is."""
    return {"version": 1, "users": {}, "principals": []}


def dump(document: Document) -> bytes:
    """The document as it is stored. Raises ValueError for a number that JSON cannot hold."""
    return json.dumps(document, indent=1, allow_nan=False).encode("ascii") + b"\n"
