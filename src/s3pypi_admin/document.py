"""Edits of the user store: each takes the JSON document and returns a new one.

Only what an edit is about changes. Unknown keys, and records that the edge leaves out, stay as they are:
that is why these work on the document, and not on what the edge understands of it.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from s3pypi_admin.errors import UnknownToken, UnknownUser, UserExists
from s3pypi_core.user_store import ID_ALPHABET, Document, dump, new_document
from s3pypi_edge.saslprep import saslprep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = [
    "ID_ALPHABET",
    "Document",
    "Token",
    "dump",
    "new_document",
]  # what others take from here, wherever it lies

ID_LENGTH = 4


class Token(NamedTuple):
    """A token as the store keeps it. Times are like ``2027-01-31T00:00:00Z``; None is for no end."""

    id: str
    sha256: str
    created: str
    expires: str | None


def find_user(document: Document, name: str) -> str:
    """The key under which the store keeps a user, who may be named in any spelling. Raises UnknownUser.

    A key that is no valid name is found too, so that a record which the edge leaves out can be removed.
    """
    users = _users(document)
    if name in users:
        return name
    spellings = {prepared(key): key for key in users}
    if prepared(name) not in spellings:
        raise UnknownUser(name, users)
    return spellings[prepared(name)]


def refuse_user(document: Document, name: str) -> None:
    """Raise UserExists for a name that is taken, in any spelling."""
    if has_user(document, name):
        raise UserExists(name)


def has_user(document: Document, name: str) -> bool:
    """Whether the name is taken, in any spelling."""
    return prepared(name) in map(prepared, _users(document))


def add_user(document: Document, name: str, *, password: str | None, projects: Sequence[str]) -> Document:
    """Add a user; ``password`` is a hash, None for one who holds tokens only. Raises UserExists."""
    refuse_user(document, name)
    return _with_users(document, {**_users(document), name: _user_record(password, projects)})


def was_added(document: Document, name: str, *, password: str | None, projects: Sequence[str]) -> bool:
    """Whether the user is there as ``add_user`` adds it, whatever others did to it since.

    A hash is salted, so that it tells its writer. Of two who add the same user without a password neither
    can be told from the other. Raises UserExists for a user of that name who is not the same.
    """
    if not has_user(document, name):
        return False
    record = _users(document).get(name)
    kept = record if isinstance(record, dict) else {}
    kept = {key: value for key, value in kept.items() if key != "tokens"}
    if kept == _user_record(password, projects) or (password and kept.get("password") == password):
        return True
    raise UserExists(name, meanwhile=True)


def set_projects(document: Document, name: str, projects: Sequence[str]) -> Document:
    """Replace what a user may see. Raises UnknownUser."""
    return _with_field(document, find_user(document, name), "projects", list(projects))


def set_password(document: Document, name: str, password: str) -> Document:
    """Replace the hash of a user's password. Raises UnknownUser."""
    return _with_field(document, find_user(document, name), "password", password)


def remove_user(document: Document, name: str) -> Document:
    """Remove a user with all its tokens. Raises UnknownUser."""
    found = find_user(document, name)
    return _with_users(document, {key: user for key, user in _users(document).items() if key != found})


def add_token(document: Document, name: str, token: Token) -> Document:
    """Append a token to those of a user. Raises UnknownUser."""
    found = find_user(document, name)
    return _with_field(document, found, "tokens", [*tokens_of(document, found), token._asdict()])


def has_token(document: Document, token: Token) -> bool:
    """Whether this very token is there: the same id, and the same hash."""
    return any(
        isinstance(kept, dict) and (kept.get("id"), kept.get("sha256")) == (token.id, token.sha256)
        for name in _users(document)
        for kept in tokens_of(document, name)
    )


def has_token_id(document: Document, token_id: str) -> bool:
    """Whether any token has the id."""
    return token_id in dict(_ids(document))


def revoke_token(document: Document, token_id: str) -> Document:
    """Remove the token that has this id. Raises UnknownToken."""
    name = holder_of(document, token_id)
    kept = [token for token in tokens_of(document, name) if _id(token) != token_id]
    return _with_field(document, name, "tokens", kept)


def holder_of(document: Document, token_id: str) -> str:
    """The name of the user who holds a token. Raises UnknownToken."""
    holders = dict(_ids(document))
    if token_id not in holders:
        raise UnknownToken(holders)
    return holders[token_id]


def tokens_of(document: Document, name: str) -> list[Any]:
    """What the store keeps as the tokens of a user; not all of it need be well-formed."""
    user = _users(document)[name]
    tokens = user.get("tokens") if isinstance(user, dict) else None
    return tokens if isinstance(tokens, list) else []


def unused_id(document: Document, choose: Callable[[str], str] = secrets.choice) -> str:
    """A new token id, of characters that ``choose`` picks, which no token in the store has."""
    taken = dict(_ids(document))
    while (drawn := "".join(choose(ID_ALPHABET) for _ in range(ID_LENGTH))) in taken:
        pass
    return drawn


def _users(document: Document) -> dict[str, Any]:
    users: dict[str, Any] = document["users"]
    return users


def _user_record(password: str | None, projects: Sequence[str]) -> dict[str, Any]:
    hashed = {} if password is None else {"password": password}
    return {**hashed, "projects": list(projects)}


def _with_users(document: Document, users: dict[str, Any]) -> Document:
    return {**document, "users": users}


def _with_field(document: Document, name: str, field: str, value: object) -> Document:
    users = _users(document)
    record = users[name] if isinstance(users[name], dict) else {}
    return _with_users(document, {**users, name: {**record, field: value}})


def _ids(document: Document) -> Iterator[tuple[str, str]]:
    for name in _users(document):
        for token in tokens_of(document, name):
            token_id = _id(token)
            if token_id is not None:
                yield token_id, name


def _id(token: object) -> str | None:
    token_id = token.get("id") if isinstance(token, dict) else None
    return token_id if isinstance(token_id, str) else None


def prepared(name: str) -> str:
    """The one spelling of a user's name; what can be none is returned as it is."""
    try:
        return saslprep(name)
    except ValueError:
        return name
