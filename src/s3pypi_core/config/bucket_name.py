"""What S3 takes for the name of a bucket."""

from __future__ import annotations

import re

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_IP_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+){3}")


def check_bucket_name(name: str) -> str:
    """Return the name. Raises ValueError, with what is wrong, for what can be the name of no bucket.

    >>> check_bucket_name("acme-pypi")
    'acme-pypi'
    """
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    # "Bucket names must be between 3 (min) and 63 (max) characters long. [They] can consist only of lowercase
    # letters, numbers, periods (.), and hyphens (-) [and] must begin and end with a letter or number."
    if not _NAME.fullmatch(name):
        raise ValueError(
            "a bucket's name is 3 to 63 of a-z, 0-9, - and ., with a letter or digit at each end"
        )
    # "Bucket names must not contain two adjacent periods."
    if ".." in name:
        raise ValueError("a bucket's name has no two adjacent periods")
    # "Bucket names must not be formatted as an IP address ..."
    if _IP_ADDRESS.fullmatch(name):
        raise ValueError("a bucket's name is not formatted as an IP address")
    return name
