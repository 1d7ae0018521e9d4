"""Where the credentials of a repository come from: the environment first, then what was stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.config import read_config, token_variable
from s3pypi_core.origin import Origin
from s3pypi_edge.tokens import SESSION_PREFIX, TOKEN_PREFIX
from s3pypi_keyring.backend import URL_VARIABLE
from s3pypi_keyring.store import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_core.config import Config

TOKEN_VARIABLE = "S3PYPI_TOKEN"  # noqa: S105 - the name of a variable
TOKEN_USER = "__token__"  # noqa: S105 - the name that goes with any token, as on PyPI


class Login(NamedTuple):
    """What a client sends."""

    username: str
    password: str


class Found(NamedTuple):
    """Credentials, and what to call the place they were found in."""

    login: Login
    source: str
    is_token: bool

    def for_user(self, requested: str | None) -> Login | None:
        """Return what to send for the user name that the client asked for, if it asked for one.

        A token goes with any name, and gets the one asked for: pip asks again for every file when another
        name comes back. A password belongs to one name.
        """
        if requested is None or requested == self.login.username:
            return self.login
        return Login(requested, self.login.password) if self.is_token else None


def is_token(secret: str) -> bool:
    """Tell whether the repository ignores the user name that comes with the secret."""
    return secret.startswith((TOKEN_PREFIX, SESSION_PREFIX))


def find_login(origin: Origin, username: str | None, environ: Mapping[str, str]) -> Login | None:
    """Return what to send to ``origin``, which must be safe to send secrets to; None if it is not ours.

    Raises ConfigError, and StoreError when a keyring that may hold the answer fails.
    """
    found = find_credentials(origin, read_config(environ), environ)
    return found.for_user(username) if found else None


def find_credentials(origin: Origin, config: Config, environ: Mapping[str, str]) -> Found | None:
    """Return the credentials for ``origin``: the first source that has any. Raises StoreError."""
    return environment_token(origin, config, environ) or _stored(origin, config)


def environment_token(origin: Origin, config: Config, environ: Mapping[str, str]) -> Found | None:
    """Return the token that the environment holds for ``origin``; the most specific variable wins."""
    variables = [token_variable(each.name) for each in config.repositories if each.origin == origin]
    if origin == token_origin(config, environ):
        variables.append(TOKEN_VARIABLE)
    for variable in variables:
        if token := environ.get(variable, "").strip():
            return Found(Login(TOKEN_USER, token), variable, is_token=True)
    return None


def token_origin(config: Config, environ: Mapping[str, str]) -> Origin | None:
    """Where ``S3PYPI_TOKEN`` may go: one place that somebody named, never wherever it is asked for."""
    if url := environ.get(URL_VARIABLE):
        return Origin.parse(url)
    return config.repositories[0].origin if len(config.repositories) == 1 else None


def _stored(origin: Origin, config: Config) -> Found | None:
    if not any(each.origin == origin and each.auth != "aws" for each in config.repositories):
        return None
    stored = open_store().read(origin)
    if stored is None:
        return None
    login = Login(stored.username, stored.password)
    return Found(login, f"stored in {stored.keyring}", is_token=is_token(stored.password))
