"""AWS identities that are let in: the ``principals`` of ``config/users.json``."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_edge.users import check_project_glob, parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping

# What IAM allows in a name, and the wildcards. A bracket, which fnmatch knows too, is not among them.
_NAME = "[A-Za-z0-9+=,.@_*?-]+"
_ARN = re.compile(
    rf"arn:aws:(?:iam::[0-9]{{12}}:(?:\*|root|role/{_NAME}|user/(?:{_NAME}/)*{_NAME})"
    rf"|sts::[0-9]{{12}}:federated-user/{_NAME})"
)
_ACCOUNT = re.compile(r"arn:aws:(?:iam|sts)::[0-9]{12}:.*")
_ASSUMED_ROLE = re.compile(
    rf"arn:aws:sts::(?P<account>[0-9]{{12}}):assumed-role/(?P<role>{_NAME})(?:/(?P<session>{_NAME}))?"
)
_ROLE_WITH_PATH = re.compile(r"(?P<account>arn:aws:iam::[0-9]{12}):role/(?P<path>.+)/(?P<role>[^/]+)")
_LONGEST_ARN = 700  # characters: the longest path, and the longest name


class Principal(NamedTuple):
    """An AWS identity, or several: the ARN may have ``*`` and ``?`` after the account.

    Times are in POSIX seconds. A session issued up to ``not_before`` is refused, and anything from
    ``expires`` on; None sets no bound.
    """

    arn: str
    projects: tuple[str, ...]
    not_before: float | None
    expires: float | None

    def is_expired(self, now: float) -> bool:
        """Whether it is refused for good."""
        return self.expires is not None and now >= self.expires

    def is_revoked(self, issued: float) -> bool:
        """Whether what was issued then has been revoked since."""
        return self.not_before is not None and issued <= self.not_before


class Principals(NamedTuple):
    """All principals by ARN, and again those whose ARN stands for several, in their order."""

    by_arn: Mapping[str, Principal]
    globs: tuple[Principal, ...]

    def find(self, arn: str) -> Principal | None:
        """The one that an identity is: the one of exactly its ARN, else the first whose glob matches it."""
        exact = self.by_arn.get(arn)
        if exact is not None:
            return exact
        return next((glob for glob in self.globs if fnmatch.fnmatchcase(arn, glob.arn)), None)


NOBODY = Principals({}, ())


def parse_principals(records: object) -> tuple[Principals, tuple[str, ...]]:
    """Read the list; with the principals comes a sentence for each record that was left out."""
    if not isinstance(records, list):
        return NOBODY, ("the principals are left out: they are not a list",)
    by_arn: dict[str, Principal] = {}
    problems = []
    for number, record in enumerate(records, 1):
        try:
            principal = _principal(record)
            if principal.arn in by_arn:
                raise ValueError("its ARN is there twice")  # noqa: TRY301  # a fault like the others
        except ValueError as error:
            problems.append(f"principal {_arn(record) or number} is left out: {error}")
        else:
            by_arn[principal.arn] = principal
    globs = tuple(principal for principal in by_arn.values() if _is_glob(principal.arn))
    return Principals(by_arn, globs), tuple(problems)


def check_arn(arn: str) -> str:
    """Return the ARN as it is stored, which is how STS names the identity. Raises ValueError.

    The path of a role is left out: no other role of the account has the same name.

    >>> check_arn("arn:aws:iam::123456789012:role/team/Developer")
    'arn:aws:iam::123456789012:role/Developer'
    """
    # GetCallerIdentity says who it is of any account in the world: a glob there would let in strangers.
    if not _ACCOUNT.fullmatch(arn):
        raise ValueError("it does not begin like arn:aws:iam::123456789012: with the number of an account")
    assumed = split_assumed_role(arn)
    if assumed:  # who may assume a role chooses the name of the session
        raise ValueError(f"it is a session of {assumed[0]}, which can be a principal, as a whole")
    role = _ROLE_WITH_PATH.fullmatch(arn)
    if role and _is_glob(arn):
        raise ValueError("STS does not say the path of a role, so no glob can go with one")
    if role:
        arn = f"{role['account']}:role/{role['role']}"
    if len(arn) > _LONGEST_ARN or not _ARN.fullmatch(arn):
        raise ValueError("it names no role/NAME, user/NAME, federated-user/NAME or root, and is not *")
    return arn


def split_assumed_role(arn: str) -> tuple[str, str | None] | None:
    """The ARN of the role, without its path, and the session's name; None for what is no assumed role."""
    match = _ASSUMED_ROLE.fullmatch(arn)
    return match and (f"arn:aws:iam::{match['account']}:role/{match['role']}", match["session"])


def _is_glob(arn: str) -> bool:
    return "*" in arn or "?" in arn


def _arn(record: object) -> str | None:
    arn = record.get("arn") if isinstance(record, dict) else None
    return arn if isinstance(arn, str) else None


def _principal(record: object) -> Principal:
    if not isinstance(record, dict):
        raise ValueError("it is not an object")  # noqa: TRY004  # one error for a bad record
    arn, projects = _arn(record), record.get("projects")
    if arn is None or check_arn(arn) != arn:  # a path that was left out only here would not be found again
        raise ValueError("its ARN is not one as STS says it")
    if not isinstance(projects, list) or not all(isinstance(glob, str) for glob in projects):
        raise ValueError("its projects are not a list of texts")
    return Principal(
        arn, tuple(map(check_project_glob, projects)), _time(record, "not_before"), _time(record, "expires")
    )


def _time(record: Mapping[str, object], field: str) -> float | None:
    value = record.get(field)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"its {field} is not a text")  # noqa: TRY004  # one error for a bad record
    return parse_time(value)
