"""What can be wrong with a change to the user store, and what to type next."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError
from s3pypi_edge.keys import USERS_KEY

if TYPE_CHECKING:
    from collections.abc import Collection

NAMED_AT_MOST = 10


class UserExists(RepositoryError):
    """A user of that name is in the store already."""

    def __init__(self, name: str) -> None:
        quoted = shlex.quote(name)
        super().__init__(
            f"there is a user {name!r} already; nothing was changed",
            f"`s3pypi-admin token create {quoted}` makes a token, `s3pypi-admin user passwd {quoted}` sets "
            f"the password, and `s3pypi-admin user set {quoted} --projects GLOB` what the user may see",
        )


class UnknownUser(RepositoryError):
    """No user of that name is in the store."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        super().__init__(
            f"there is no user {name!r}; nothing was changed",
            f"{_there_are('users', known)}; `s3pypi-admin user add NAME` adds one",
        )


class UnknownToken(RepositoryError):
    """No token of that id is in the store. What was given for an id may be a secret, and is not repeated."""

    def __init__(self, known: Collection[str]) -> None:
        super().__init__(
            "there is no token with that id; nothing was changed",
            f"{_there_are('tokens', known)}; `s3pypi-admin token list` says whose they are",
        )


class UnusableStore(RepositoryError):
    """The user store is there, and neither the edge nor an edit can make sense of it."""

    def __init__(self, bucket: str, problem: str) -> None:
        super().__init__(
            f"{USERS_KEY} in the bucket {bucket} cannot be read: {problem}; nothing was changed",
            "the edge refuses everyone while it cannot read it. If a newer version wrote it, upgrade "
            "s3twine; otherwise find the last good version with "
            f"`aws s3api list-object-versions --bucket {bucket} --prefix {USERS_KEY}` and put it back with "
            f"`aws s3api copy-object --bucket {bucket} --key {USERS_KEY} "
            f"--copy-source '{bucket}/{USERS_KEY}?versionId=ID'`",
        )


class RefusedEdit(RepositoryError):
    """The edge would leave out the record that an edit would make."""

    def __init__(self, problems: Collection[str]) -> None:
        super().__init__(
            f"the user would still be refused; nothing was changed: {'; '.join(problems)}",
            "remove the user with `s3pypi-admin user remove NAME` and add it again",
        )


def _there_are(what: str, known: Collection[str]) -> str:
    if not known:
        return f"there are no {what} yet"
    named = ", ".join(sorted(known)[:NAMED_AT_MOST])
    more = f" and {len(known) - NAMED_AT_MOST} more" if len(known) > NAMED_AT_MOST else ""
    return f"the {what} are: {named}{more}"
