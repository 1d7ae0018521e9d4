"""Uploads in parts that nobody is going to finish: no listing shows them, and they cost money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.bucket import AccessDenied
from s3pypi_core.errors import RepositoryError
from s3pypi_core.verify.finding import Finding
from s3pypi_core.verify.mend import Left, Mended

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from s3pypi_core.bucket import Bucket, Unfinished
    from s3pypi_core.verify.verified import Verified
    from s3pypi_core.verify.verify import Order


def tend_parts(
    bucket: Bucket, folders: Iterable[str], order: Order, now: datetime, verified: Verified
) -> None:
    """Report every upload in parts; end those that are not young, if the order is to repair.

    With credentials that may not list them there is a warning: all else was looked at. Raises BucketError.
    """
    try:
        uploads = [upload for folder in folders for upload in bucket.unfinished(folder)]
    except AccessDenied as error:
        verified.warnings.append(f"uploads in parts were not looked for: {error.message}")
        return
    for upload in uploads:
        age = (now - upload.begun).total_seconds()
        fault = f"an upload in parts was begun {age / 3600:.0f} hours ago, and not finished"
        finding = Finding("upload-unfinished", upload.key, fault, too_new=age < order.young)
        if order.repair and finding.mendable:
            _abandon(bucket, upload, finding, verified)
        else:
            verified.left.append(Left(finding))


def _abandon(bucket: Bucket, upload: Unfinished, finding: Finding, verified: Verified) -> None:
    try:
        bucket.abandon(upload)
    except RepositoryError as error:
        verified.left.append(Left.after(finding, error))
    else:
        verified.mended.append(Mended(finding, "aborted"))
