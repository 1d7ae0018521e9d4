"""When a token or a principal expires."""

from __future__ import annotations

import re

from s3pypi_core.errors import UsageError
from s3pypi_edge.users import format_time, parse_time

DURATION = re.compile(r"(?P<count>[0-9]{1,5})(?P<unit>[dhm])")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
SECONDS = {"d": 86400, "h": 3600, "m": 60}


class BadExpiry(UsageError):
    """What was given to ``--expires`` cannot be a time to come."""

    def __init__(self, text: str, problem: str) -> None:
        super().__init__(
            f"--expires {text}: {problem}",
            "write how long it holds, as in 90d, 12h or 30m, or the day it ends, as in 2027-01-31",
        )


def parse_expiry(text: str, now: float) -> str:
    """The time as the user store keeps it; ``now`` is in POSIX seconds. Raises BadExpiry.

    A date stands for its first second in UTC. What would not be after ``now`` is refused.
    """
    match = DURATION.fullmatch(text)
    expires = now + int(match["count"]) * SECONDS[match["unit"]] if match else _parse_date(text)
    if expires <= now:
        raise BadExpiry(text, "that is not in the future")
    return format_time(expires)


def _parse_date(text: str) -> float:
    try:
        return parse_time(f"{text}T00:00:00Z" if DATE.fullmatch(text) else text)
    except ValueError:
        raise BadExpiry(text, "that is neither a duration nor a date") from None
