"""The user store in the bucket, edited by compare-and-swap."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from s3pypi_admin.document import dump, new_document, prepared
from s3pypi_admin.errors import NotARepository, RefusedEdit, UnusableStore
from s3pypi_core.bucket import CONFIG_HEADERS
from s3pypi_edge.keys import ROOT_RECORD, USERS_KEY
from s3pypi_edge.users import UserStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_admin.document import Document
    from s3pypi_core.backoff import Backoff
    from s3pypi_core.bucket import Bucket


@dataclass(frozen=True)
class Stored:
    """The user store as it was read: the document, and what the edge makes of it.

    ``body`` and ``etag`` are None while there is no store yet; the document then has nobody in it.
    """

    document: Document
    users: UserStore
    body: bytes | None
    etag: str | None

    @classmethod
    def read(cls, bucket: Bucket) -> Stored:
        """Read the store. Raises BucketError, UnusableStore, and NotARepository where there is neither."""
        stored = bucket.get(USERS_KEY)
        if stored is None:
            return cls._absent(bucket)
        try:
            users = UserStore.parse(stored.body)
            document = json.loads(stored.body, parse_constant=_refuse_constant)
        except ValueError as error:
            raise UnusableStore(bucket.name, str(error)) from None
        return cls(document, users, stored.body, stored.etag)

    @classmethod
    def _absent(cls, bucket: Bucket) -> Stored:
        if bucket.head(ROOT_RECORD) is None:
            raise NotARepository(bucket.name)
        document = new_document()
        return cls(document, UserStore.parse(dump(document)), None, None)


class Edit(NamedTuple):
    """The document before the write that won, and what it wrote.

    ``confirmed`` is False when no answer said that the write was done, and it was found done: by this
    command, or by another that did the same at the same moment.
    """

    before: Document
    body: bytes
    confirmed: bool = True


def edit_store(
    bucket: Bucket,
    change: Callable[[Document], Document],
    backoff: Backoff,
    *,
    grants: str | None = None,
    done: Callable[[Document], bool] = lambda _document: False,
) -> Edit:
    """Apply ``change`` to the store as it is when nobody else writes, making the store if there is none.

    ``change`` may be called several times, each time with what others have written in between; ``done`` is
    asked before each call but the first, and tells whether that document shows the change already.
    ``grants`` names the user who must be let in afterwards. Raises what ``change``, ``done`` and
    ``Stored.read`` raise, RefusedEdit, and Contended.
    """
    edit: Edit | None = None

    def attempt(_again: bool) -> Edit:  # noqa: FBT001  # Backoff calls it so
        nonlocal edit
        stored = Stored.read(bucket)
        if edit is not None and (edit.body == stored.body or done(stored.document)):
            # The write was done and its answer got lost: the same request, sent again, was refused. Others
            # may have written on top of it since.
            return edit._replace(confirmed=False)
        after = change(stored.document)
        edit = Edit(stored.document, _checked(after, bucket, stored, grants))
        _write(bucket, edit.body, stored.etag)
        return edit

    return backoff.persist(USERS_KEY, attempt)


def _checked(after: Document, bucket: Bucket, stored: Stored, grants: str | None) -> bytes:
    """The bytes of the new document, which the edge understands at least as well as the old one."""
    try:
        body = dump(after)
    except (ValueError, RecursionError) as error:
        raise UnusableStore(bucket.name, str(error)) from None
    users = UserStore.parse(body)
    is_in = grants is None or prepared(grants) in users.users
    # Counted, not compared: where one fault of a record goes, its next one comes to light.
    if len(users.problems) > len(stored.users.problems) or not is_in:
        raise RefusedEdit(users.problems)
    return body


def _write(bucket: Bucket, body: bytes, etag: str | None) -> None:
    if etag is None:
        bucket.create(USERS_KEY, body, CONFIG_HEADERS)
    else:
        bucket.replace(USERS_KEY, body, CONFIG_HEADERS, etag=etag)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
