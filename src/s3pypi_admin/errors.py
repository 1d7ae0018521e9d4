"""What can be wrong with a change to the user store, and what to type next."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from s3pypi_admin.where import Where
from s3pypi_core.errors import RepositoryError
from s3pypi_core.root_index import NoRepository
from s3pypi_edge.keys import SIGNING_KEYS_KEY, USERS_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

NAMED_AT_MOST = 10


class AdminError(RepositoryError):
    """An error whose hint names commands; ``advice`` makes it from the options that named the bucket."""

    def __init__(self, message: str, advice: Callable[[Where], str]) -> None:
        super().__init__(message, advice(Where()))
        self._advice = advice

    def repeat(self, where: Where) -> None:
        """Let the commands of the hint reach the same bucket."""
        self.hint = self._advice(where)


class UserExists(AdminError):
    """A user of that name is in the store already, or is there ``meanwhile``: since the command began.

    In the second case the command itself may have added it, and another administrator changed it since.
    """

    def __init__(self, name: str, *, meanwhile: bool = False) -> None:
        quoted = shlex.quote(name)
        message = f"there is a user {name!r} already; nothing was changed"
        if meanwhile:
            message = f"another administrator added or changed the user {name!r} while this command ran"
        super().__init__(
            message,
            lambda where: (
                f"`s3pypi-admin token create {quoted}{where.admin}` makes a token, "
                f"`s3pypi-admin user passwd {quoted}{where.admin}` sets the password, and "
                f"`s3pypi-admin user set {quoted}{where.admin} --projects GLOB` what the user may see"
            ),
        )


class UnknownUser(AdminError):
    """No user of that name is in the store."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        there_are = _there_are("users", known)
        super().__init__(
            f"there is no user {name!r}; nothing was changed",
            lambda where: f"{there_are}; `s3pypi-admin user add NAME{where.admin}` adds one",
        )


class UnknownToken(AdminError):
    """No token of that id is in the store. What was given as its id may be the secret, and is not shown."""

    def __init__(self, known: Collection[str]) -> None:
        there_are = _there_are("tokens", known)
        super().__init__(
            "there is no token with that id; nothing was changed",
            lambda where: f"{there_are}; `s3pypi-admin token list{where.admin}` says whose they are",
        )


class PrincipalExists(AdminError):
    """A principal of that ARN is in the store already, or is there ``meanwhile``, and is not the same."""

    def __init__(self, arn: str, *, meanwhile: bool = False) -> None:
        quoted = shlex.quote(arn)
        message = f"there is a principal {arn} already; nothing was changed"
        if meanwhile:
            message = f"another administrator added or changed the principal {arn} while this command ran"
        super().__init__(
            message,
            lambda where: (
                f"`s3pypi-admin principal list{where.admin}` shows it; to change it, remove it with "
                f"`s3pypi-admin principal remove {quoted}{where.admin}` and add it again"
            ),
        )


class UnknownPrincipal(AdminError):
    """No principal of that ARN is in the store."""

    def __init__(self, arn: str, known: Collection[str]) -> None:
        there_are = _there_are("principals", known)
        super().__init__(
            f"there is no principal {arn}; nothing was changed",
            lambda where: f"{there_are}; `s3pypi-admin principal add ARN{where.admin}` adds one",
        )


class TokenNotShown(AdminError):
    """A token was made, and standard output did not take it."""

    def __init__(self, token_id: str) -> None:
        super().__init__(
            f"the token {token_id} was made but could not be shown",
            lambda where: f"revoke it: s3pypi-admin token revoke {token_id}{where.admin}",
        )


class UnusableObject(AdminError):
    """An object below ``config/`` is there, and neither the edge nor an edit can make sense of it."""

    def __init__(self, bucket: str, problem: str, *, key: str, consequence: str) -> None:
        super().__init__(
            f"{key} in the bucket {bucket} cannot be read: {problem}; nothing was changed",
            lambda where: (
                f"{consequence}. If a newer version wrote it, upgrade "
                "s3twine; otherwise find the last good version with "
                f"`aws s3api list-object-versions --bucket {bucket} --prefix {key}{where.aws}` and put "
                f"it back with `aws s3api copy-object --bucket {bucket} --key {key} "
                f"--copy-source '{bucket}/{key}?versionId=ID'{where.aws}`"
            ),
        )


class UnusableStore(UnusableObject):
    """The user store in the bucket cannot be read."""

    def __init__(self, bucket: str, problem: str) -> None:
        consequence = "the edge refuses everyone while it cannot read it"
        super().__init__(bucket, problem, key=USERS_KEY, consequence=consequence)


class UnusableKeys(UnusableObject):
    """The list of the keys that sign sessions cannot be read."""

    def __init__(self, bucket: str, problem: str) -> None:
        consequence = "the edge refuses all sessions while it cannot read it"
        super().__init__(bucket, problem, key=SIGNING_KEYS_KEY, consequence=consequence)


class NotARepository(AdminError):
    """The bucket is there, but no repository has been made in it."""

    def __init__(self, bucket: str) -> None:
        super().__init__(
            NoRepository(bucket).message,
            lambda where: (
                "check the name of the bucket; "
                f"`s3twine upload --create{where.twine} FILE` makes a new repository in it"
            ),
        )


class RefusedEdit(AdminError):
    """The edge would leave out the record that an edit would make."""

    def __init__(self, problems: Collection[str]) -> None:
        super().__init__(
            f"the user would still be refused; nothing was changed: {'; '.join(problems)}",
            lambda where: (
                f"remove the user with `s3pypi-admin user remove NAME{where.admin}` and add it again"
            ),
        )


def _there_are(what: str, known: Collection[str]) -> str:
    if not known:
        return f"there are no {what} yet"
    named = ", ".join(sorted(known)[:NAMED_AT_MOST])
    more = f" and {len(known) - NAMED_AT_MOST} more" if len(known) > NAMED_AT_MOST else ""
    return f"the {what} are: {named}{more}"
