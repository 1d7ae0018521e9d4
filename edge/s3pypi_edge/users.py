"""Who may come in, and what each may see: the format of ``config/users.json``."""

from __future__ import annotations

import fnmatch
import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from s3pypi_edge.json_text import load_json
from s3pypi_edge.lazy import Lazily
from s3pypi_edge.passwords import PasswordHash, parse_hash
from s3pypi_edge.plain import plain_facts
from s3pypi_edge.saslprep import saslprep
from s3pypi_edge.tokens import is_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from s3pypi_edge.plain import Facts
    from s3pypi_edge.principals import Principals

IAM_USER = "__iam__"
EVERYTHING = "*"

_VERSION = 1
_GLOB = re.compile(r"[A-Za-z0-9._*?-]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"(19[7-9][0-9]|[2-9][0-9]{3})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z")


class TokenRecord(NamedTuple):
    """What is kept of a token: hex SHA-256 of the whole; end of life in POSIX seconds, None for never."""

    id: str
    sha256: str
    created: str
    expires: float | None


class User(NamedTuple):
    """One user. ``password`` is None for who has tokens only; ``projects`` are globs, none for nothing."""

    name: str
    password: PasswordHash | None
    tokens: tuple[TokenRecord, ...]
    projects: tuple[str, ...]


class TokenOwner(NamedTuple):
    """A token and the user it belongs to."""

    token: TokenRecord
    user: User


class UserStore(NamedTuple):
    """All users by name, all tokens by id; ``problems`` has a sentence for each record that was left out.

    ``dearest`` is the rounds of the dearest password hash, 0 when there is none.
    """

    users: Mapping[str, User]
    tokens: Mapping[str, TokenOwner]
    principals: Principals
    problems: tuple[str, ...]
    dearest: int

    @classmethod
    def parse(cls, body: bytes) -> UserStore:
        """Read the whole document. Raises ValueError when it is not a user store of version 1.

        Every record is judged at once; a User is made of it when somebody asks for it.
        """
        from s3pypi_edge.principals import parse_principals  # noqa: PLC0415  # which needs this module

        document, draft = _document(body), _Draft()
        for name, record in document["users"].items():
            draft.add(name, record)
        users = Lazily(draft.records, _user)
        tokens = Lazily(draft.owners, _find_token(users))
        principals, more = parse_principals(document.get("principals", []))
        return cls(users, tokens, principals, (*draft.problems, *more), draft.dearest)


def check_user_name(name: str) -> str:
    """Return the name as it is stored, prepared by SASLprep. Raises ValueError for what cannot be one."""
    prepared = saslprep(name)
    if not prepared:
        raise ValueError("a user name cannot be empty")
    # RFC 7617: "a user-id containing a colon character is invalid"
    if ":" in prepared:
        raise ValueError("a user name cannot contain a colon")
    if prepared == IAM_USER:
        raise ValueError(f"the user name {IAM_USER} is reserved")
    return prepared


def check_project_glob(glob: str) -> str:
    """Return the glob in the spelling of normalised names. Raises ValueError for what can match no project.

    >>> check_project_glob("Acme_*")
    'acme-*'
    """
    if not _GLOB.fullmatch(glob):
        raise ValueError(f"{glob!r} is not a project name, nor one with * or ? in it")
    return re.sub(r"[-_.]+", "-", glob).lower()


def may_see(projects: Iterable[str], project: str) -> bool:
    """Whether one of the globs matches the normalised name."""
    return any(glob == EVERYTHING or fnmatch.fnmatchcase(project, glob) for glob in projects)


def parse_time(text: str) -> float:
    """POSIX seconds of a UTC time. Raises ValueError for what is no time since 1970 in exactly this form.

    >>> parse_time("2027-01-31T00:00:00Z")
    1801353600.0
    """
    if match := _TIME.fullmatch(text):
        year, month, day, hour, minute, second = map(int, match.groups())
        seconds = float(((_days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
        if format_time(seconds) == text:  # 30 February comes back as another day
            return seconds
    raise ValueError(f"{text!r} is not a time like 2027-01-31T00:00:00Z")


def format_time(seconds: float) -> str:
    """The UTC time of POSIX seconds, cut to whole ones, as parse_time reads it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _days(year: int, month: int, day: int) -> int:
    # Days since 1970-01-01, counted in years that begin in March, so that 29 February is the last day of one.
    # By hand, because importing datetime or calendar would be paid at every cold start.
    year, month = (year - 1, month + 9) if month < 3 else (year, month - 3)  # noqa: PLR2004  # March
    return year * 365 + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 719_469


def _document(body: bytes) -> dict[str, Any]:
    document = load_json(body, "the user store")
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        raise ValueError(f"the user store is not an object of version {_VERSION}")
    if not isinstance(document.get("users"), dict):
        raise ValueError("the user store has no users")  # noqa: TRY004  # one error for an unusable store
    return document


class _Draft:
    """The good records by name, the names of their users by token id, and what is wrong with the others."""

    def __init__(self) -> None:
        self.records: dict[str, Any] = {}
        self.owners: dict[str, str] = {}
        self.problems: list[str] = []
        self.dearest = 0

    def add(self, sent: str, record: object) -> None:
        """Add a record that is good; of another add only what is wrong with it."""
        try:
            name = check_user_name(sent)
            rounds, token_ids = self._judge(name, record)
        except ValueError as error:
            self.problems.append(f"user {sent!r} is left out: {error}")
            return
        self.records[name] = record
        for identifier in token_ids:
            self.owners[identifier] = name
        self.dearest = max(self.dearest, rounds)

    def _judge(self, name: str, record: object) -> Facts:
        facts = plain_facts(record) or _facts(_user(name, record))
        if name in self.records:
            raise ValueError("the name is there twice")
        if not self.owners.keys().isdisjoint(facts[1]):
            raise ValueError("one of its tokens has the id of another")
        return facts


def _facts(user: User) -> Facts:
    return (user.password.rounds if user.password else 0, [token.id for token in user.tokens])


def _find_token(users: Mapping[str, User]) -> Callable[[str, str], TokenOwner]:
    def find(token_id: str, owner: str) -> TokenOwner:
        user = users[owner]
        return TokenOwner({token.id: token for token in user.tokens}[token_id], user)

    return find


def _user(name: str, record: object) -> User:
    if not isinstance(record, dict):
        raise ValueError("it is not an object")  # noqa: TRY004  # one error for a bad record
    password = record.get("password")
    return User(
        name,
        None if password is None else parse_hash(_text(password, "password")),
        tuple(_token(token) for token in _list(record.get("tokens", []), "tokens")),
        tuple(check_project_glob(_text(glob, "glob")) for glob in _list(record.get("projects"), "projects")),
    )


def _token(record: object) -> TokenRecord:
    if not isinstance(record, dict):
        raise ValueError("a token is not an object")  # noqa: TRY004  # one error for a bad record
    identifier, sha256 = _text(record.get("id"), "token id"), _text(record.get("sha256"), "token sha256")
    if not is_id(identifier) or not _SHA256.fullmatch(sha256):
        raise ValueError("a token has a malformed id or sha256")
    created, expires = record.get("created", ""), record.get("expires")
    return TokenRecord(
        identifier,
        sha256,
        _text(created, "created"),
        None if expires is None else parse_time(_text(expires, "expires")),
    )


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"its {name} is not a text")  # noqa: TRY004  # one error for a bad record
    return value


def _list(value: object, name: str) -> list[object]:
    if not isinstance(value, list):
        raise ValueError(f"its {name} is not a list")  # noqa: TRY004  # one error for a bad record
    return value
