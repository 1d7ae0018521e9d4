"""Credentials that the environment holds, each for one repository, never for whoever asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.config.config_file import token_variable
from s3pypi_core.errors import RepositoryError
from s3pypi_core.origin import Origin
from s3pypi_edge.tokens import SESSION_PREFIX, TOKEN_PREFIX
from s3pypi_keyring.backend import URL_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_core.config.config import Config

TOKEN_VARIABLE = "S3PYPI_TOKEN"  # noqa: S105 - the name of a variable
TOKEN_USER = "__token__"  # noqa: S105 - the name that goes with any token, as on PyPI
_LONGEST = 65_536  # characters


class BadVariable(RepositoryError):
    """A variable holds what cannot be sent."""


class Login(NamedTuple):
    """What a client sends."""

    username: str
    password: str

    def __repr__(self) -> str:
        return "<Login>"


class Found(NamedTuple):
    """Credentials, and what to call the place they were found in; when they end, where that is known.

    ``variable`` is the one to unset, where they come from the environment.
    """

    login: Login
    source: str
    is_token: bool
    expires: float | None = None
    variable: str | None = None

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


def environment_login(origin: Origin, config: Config, environ: Mapping[str, str]) -> Found | None:
    """Return what the environment holds for ``origin``; the most specific variable wins.

    Raises BadVariable.
    """
    variables = [token_variable(each.name) for each in config.repositories if each.origin == origin]
    if origin == token_origin(config, environ):
        variables.append(TOKEN_VARIABLE)
    for variable in variables:
        if found := _held(variable, environ):
            return found
    return None


def token_origin(config: Config, environ: Mapping[str, str]) -> Origin | None:
    """Where ``S3PYPI_TOKEN`` may go: one place that somebody named, never wherever it is asked for."""
    if url := environ.get(URL_VARIABLE):
        return Origin.parse(url)
    return config.repositories[0].origin if len(config.repositories) == 1 else None


def _held(variable: str, environ: Mapping[str, str]) -> Found | None:
    """What ``variable``, such as S3PYPI_TOKEN, and those beside it hold."""
    if token := environ.get(variable, "").strip():
        return Found(
            Login(TOKEN_USER, _sendable(token, variable)), variable, is_token=True, variable=variable
        )
    stem = variable.removesuffix("TOKEN")
    if password := environ.get(f"{stem}PASSWORD", ""):
        return _password(stem, _sendable(password, f"{stem}PASSWORD"), environ)
    if name := environ.get(f"{variable}_FILE", ""):
        token = _sendable(_content(Path(name), f"{variable}_FILE"), f"{variable}_FILE")
        return Found(Login(TOKEN_USER, token), f"{variable}_FILE", is_token=True, variable=f"{variable}_FILE")
    return None


def _password(stem: str, password: str, environ: Mapping[str, str]) -> Found:
    variable = f"{stem}PASSWORD"
    if is_token(password):
        return Found(Login(TOKEN_USER, password), variable, is_token=True, variable=variable)
    username = environ.get(f"{stem}USERNAME", "")
    if not username:
        hint = f"export {stem}USERNAME=NAME"
        raise BadVariable(f"{variable} is set, but not whose password it is", hint)
    return Found(
        Login(_sendable(username, f"{stem}USERNAME"), password),
        f"{stem}USERNAME and PASSWORD",
        is_token=False,
        variable=variable,
    )


def _content(path: Path, variable: str) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_LONGEST).strip()
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or "it is not text"
        hint = f"write the token into that file, or: unset {variable}"
        raise BadVariable(f"{variable} names {path}, which cannot be read ({problem})", hint) from error
    if not text:
        raise BadVariable(f"{variable} names {path}, which is empty", "write the token into that file")
    return text


def _sendable(secret: str, variable: str) -> str:
    # Clients read what keyring prints line by line.
    if not secret.isprintable():
        raise BadVariable(
            f"{variable} holds more than one line, or control characters", f"set {variable} anew"
        )
    return secret
