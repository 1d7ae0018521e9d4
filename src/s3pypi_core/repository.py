"""Making a bucket a repository: the empty root pair, a user store, and the keys that sign sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.bucket import CONFIG_HEADERS, PAGE_HEADERS, RECORD_HEADERS, PreconditionFailed
from s3pypi_core.errors import RepositoryError, repair_hint
from s3pypi_core.page import generation_of, root_page
from s3pypi_core.root import Root
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, SIGNING_KEYS_KEY, USERS_KEY

if TYPE_CHECKING:
    from s3pypi_core.bucket import Bucket, Headers


class RootLost(RepositoryError):
    """The repository's list of projects is gone, and its page shows that there was one."""

    def __init__(self) -> None:
        super().__init__(
            f"{ROOT_RECORD} is missing, although {ROOT_PAGE} is there; nothing was changed, because an "
            "empty list would hide the projects",
            repair_hint(),
        )


def create_repository(bucket: Bucket) -> bool:
    """Make the empty root pair where there is none; return whether this call made it.

    The page goes first and the record last, because a bucket holds a repository when it holds the record:
    whatever stops this in between, calling it again completes the pair. Raises RootLost or BucketError.
    """
    if bucket.get(ROOT_RECORD) is not None:
        return False
    root = Root()
    if not _create(bucket, ROOT_PAGE, root_page(root), PAGE_HEADERS):
        page = bucket.get(ROOT_PAGE)
        made_by_us = page is not None and generation_of(page.body) == root.generation
        # Somebody else may have made the repository, and filled it, since the first read.
        if not made_by_us and bucket.get(ROOT_RECORD) is None:
            raise RootLost
    return _create(bucket, ROOT_RECORD, root.to_json(), RECORD_HEADERS)


def create_user_store(bucket: Bucket, body: bytes) -> bool:
    """Store the user store where there is none; return whether this call stored it."""
    return _create(bucket, USERS_KEY, body, CONFIG_HEADERS)


def create_signing_keys(bucket: Bucket, body: bytes) -> bool:
    """Store the list of signing keys where there is none; return whether this call stored it."""
    return _create(bucket, SIGNING_KEYS_KEY, body, CONFIG_HEADERS)


def _create(bucket: Bucket, key: str, body: bytes, headers: Headers) -> bool:
    """Store a new object; False if one is there."""
    try:
        bucket.create(key, body, headers)
    except PreconditionFailed:
        return False
    return True
