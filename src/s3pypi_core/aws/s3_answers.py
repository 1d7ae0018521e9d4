"""What S3's answers say, and whether it was S3 that gave them."""

from __future__ import annotations

import email.utils
from typing import TYPE_CHECKING, Any

from s3pypi_core.bucket import BucketError, Head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef


def etag_of(answer: Mapping[str, Any]) -> str:
    """Return the entity tag, quotes and all. Raises BucketError where something else than S3 has said yes."""
    etag: str | None = answer.get("ETag")
    if etag is None:
        raise _not_s3("ETag")
    return etag


def date_of(headers: Mapping[str, str]) -> float:
    """Return when it was given, in seconds since 1970. Raises BucketError as ``etag_of`` does."""
    try:
        return email.utils.parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError):
        raise _not_s3("date") from None


def _not_s3(missing: str) -> BucketError:
    return BucketError(
        f"what answered in the place of S3 is not S3: its answer has no {missing}",
        "check the endpoint, and whether a proxy or a sign-in page of this network is in the way",
    )


def head_of(answer: HeadObjectOutputTypeDef | GetObjectOutputTypeDef) -> Head:
    """Return what the answer says of its object. Raises BucketError as ``etag_of`` does."""
    return Head(
        etag_of(answer),
        answer["ContentLength"],
        {name.lower(): value for name, value in answer["Metadata"].items()},
        answer.get("ContentType", ""),
        answer.get("CacheControl", ""),
    )
