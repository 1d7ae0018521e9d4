"""What a bucket that keeps versions knows better than the record that is there, or is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.bucket import AccessDenied
from s3pypi_core.verify.finding import LOST
from s3pypi_core.verify.past import MOST_VERSIONS, generations_kept
from s3pypi_edge.keys import record_key

if TYPE_CHECKING:
    from s3pypi_core.bucket import Bucket
    from s3pypi_core.verify.finding import Finding
    from s3pypi_core.verify.look import Look

_LAST_VERSIONS = 5  # of a record, which are read where their ETags tell nothing, and nothing is to be written


def doubted(bucket: Bucket, look: Look, findings: list[Finding], *, must_know: bool) -> list[Finding]:
    """The findings, unless the bucket keeps a later record than the one that they are judged by.

    By an earlier record that was put back a deleted file is a missing one, and a page is stale; without any,
    a file that was deleted, yanked or withheld is one that was never listed. With credentials that may not
    read versions the findings stay as they are; a caller that is going to write ``must_know``, and gets
    AccessDenied.
    """
    try:
        known = _lost(bucket, look, findings) or _set_back(bucket, look, findings, must_know=must_know)
    except AccessDenied:
        if must_know and (findings or look.record is None):
            raise
        return findings
    if known is None or look.is_outdated(bucket):  # by an upload, meanwhile
        return findings
    return [known, *look.strays()]


def _lost(bucket: Bucket, look: Look, findings: list[Finding]) -> Finding | None:
    if look.record or any(finding.kind in LOST for finding in findings):
        return None
    versions = bucket.versions(record_key(look.project))
    return None if all(version.is_delete_marker for version in versions) else look.gone()


def _set_back(bucket: Bucket, look: Look, findings: list[Finding], *, must_know: bool) -> Finding | None:
    if look.record is None:
        return None
    # Of what seems to be in order the ETags have to tell it.
    most = 0 if not findings else MOST_VERSIONS if must_know else _LAST_VERSIONS
    own = look.record.generation
    seen = generations_kept(bucket, record_key(look.project), above=own, most=most)
    return look.behind(look.record, seen) if seen > own else None
