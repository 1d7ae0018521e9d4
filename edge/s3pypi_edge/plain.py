"""Which records of the user store are good at a look: nearly all, so that a large store is read fast."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from s3pypi_edge.passwords import MAX_ROUNDS

if TYPE_CHECKING:
    Facts = tuple[int, list[str]]
    """What the whole store has to know of a record: the rounds of its password, the ids of its tokens."""

_GLOBS = re.compile(r"[A-Za-z0-9._*?-]*")
_HASH = re.compile(r"\$pbkdf2-sha256\$([1-9][0-9]{0,5})\$[./A-Za-z0-9]{22}\$[./A-Za-z0-9]{43}")
_DAY = "(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31"
_TIME = rf"(?:19[7-9][0-9]|[2-9][0-9]{{3}})-(?:{_DAY})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
_TOKEN = re.compile(rf"[a-z0-9]{{1,32}} [0-9a-f]{{64}} (?:{_TIME})?")


def plain_facts(record: object) -> Facts | None:
    """The facts of a record that can be parsed, for certain; None for one that takes a closer look."""
    if not isinstance(record, dict):
        return None
    tokens, projects = record.get("tokens", []), record.get("projects")
    if not (isinstance(tokens, list) and isinstance(projects, list)):
        return None
    try:
        # Joining takes nothing but texts, and makes one match enough for many of them.
        is_plain = _GLOBS.fullmatch("".join(projects)) and "" not in projects
        rounds = _rounds(record.get("password"))
        ids = [token["id"] for token in tokens if _TOKEN.fullmatch(_line(token))]
    except (TypeError, KeyError, AttributeError):  # another type than it should have
        return None
    return (rounds, ids) if is_plain and rounds <= MAX_ROUNDS and len(ids) == len(tokens) else None


def _rounds(password: str | None) -> int:
    if password is None:
        return 0
    match = _HASH.fullmatch(password)
    return int(match[1]) if match else MAX_ROUNDS + 1


def _line(token: dict[str, Any]) -> str:
    expires = token.get("expires")
    if expires == "" or not isinstance(token.get("created", ""), str):
        return ""
    return " ".join((token["id"], token["sha256"], "" if expires is None else expires))
