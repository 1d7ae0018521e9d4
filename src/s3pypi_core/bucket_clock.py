"""What time it is by the clock of the bucket: all who write there share it, and their own may be wrong."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3pypi_core.bucket import Bucket


def bucket_time(bucket: Bucket) -> datetime:
    """The time, in UTC, as the bucket told it last. Raises what Bucket.last_heard raises."""
    return datetime.fromtimestamp(bucket.last_heard(), timezone.utc)


def as_date(moment: datetime) -> str:
    """A time as a tombstone says it.

    >>> as_date(datetime(2026, 11, 22, 10, tzinfo=timezone.utc))
    '2026-11-22T10:00:00Z'
    """
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
