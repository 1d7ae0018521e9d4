"""``s3pypi-keyring status``: what keyring's clients will get here, and why; never a secret."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import keyring
from keyring.backends.chainer import ChainerBackend
from keyring.util.platform_ import config_root

from s3pypi_core.config import config_warnings, read_config, token_variable
from s3pypi_core.errors import RepositoryError
from s3pypi_core.origin import Origin
from s3pypi_keyring.backend import URL_VARIABLE, S3PyPIKeyring
from s3pypi_keyring.environment import TOKEN_VARIABLE, token_origin
from s3pypi_keyring.sources import find_credentials
from s3pypi_keyring.store import name_of
from s3pypi_keyring.subject import EXAMPLE

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from s3pypi_core.config import Config, Repository

SHADOW = "PYTHON_KEYRING_BACKEND"


def show_status(_args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print it; return 1 when keyring does not ask us at all. Raises ConfigError."""
    config = read_config(environ)
    sys.stderr.writelines(f"warning: {warning}\n" for warning in config_warnings(environ))
    reached, lines = _front_door(environ)
    sys.stdout.writelines(f"{line}\n" for line in (*lines, *_repositories(config, environ)))
    return 0 if reached else 1


def _front_door(environ: Mapping[str, str]) -> tuple[bool, list[str]]:
    try:
        chosen = keyring.get_keyring()
    except Exception as error:  # noqa: BLE001 - keyring raises whatever the named backend's import does
        return False, [f"keyring: cannot be used ({type(error).__name__})", _shadow(environ)]
    asked = chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]
    if any(isinstance(backend, S3PyPIKeyring) for backend in asked):
        return True, [f"keyring: {name_of(chosen)}, which asks s3pypi-keyring"]
    return False, [f"keyring: {name_of(chosen)}, which does not ask s3pypi-keyring", _shadow(environ)]


def _shadow(environ: Mapping[str, str]) -> str:
    if SHADOW in environ:
        return f"  {SHADOW}={environ[SHADOW]} chooses it; run: unset {SHADOW}"
    return f"  remove `default-keyring` from {config_root() / 'keyringrc.cfg'}"


def _repositories(config: Config, environ: Mapping[str, str]) -> Iterator[str]:
    yield f"configuration: {config.path}"
    for repository in config.repositories:
        yield f"{repository.name}: {repository.url or 'no url, so it is never asked for'}"
        if repository.origin is not None:
            yield f"  credentials: {_source(repository.origin, config, environ, repository)}"
    yield from _missing(config, environ)
    if environ.get(URL_VARIABLE):
        yield f"{URL_VARIABLE}: {_named_by_the_environment(config, environ)}"


def _missing(config: Config, environ: Mapping[str, str]) -> Iterator[str]:
    if environ.get(URL_VARIABLE):
        return
    if not config.repositories:
        yield f"no repository is configured; run: s3pypi-keyring login {EXAMPLE} (with your address)"
    if environ.get(TOKEN_VARIABLE) and token_origin(config, environ) is None:
        yield f"{TOKEN_VARIABLE}: not used; set {URL_VARIABLE} to the address that it is for"


def _named_by_the_environment(config: Config, environ: Mapping[str, str]) -> str:
    origin = Origin.parse(environ[URL_VARIABLE])
    if origin is None:
        return f"not an http or https address; {TOKEN_VARIABLE} goes nowhere"
    return f"{origin.scheme}://{origin.address}; credentials: {_source(origin, config, environ)}"


def _source(
    origin: Origin, config: Config, environ: Mapping[str, str], repository: Repository | None = None
) -> str:
    if not origin.keeps_secrets:
        return "never sent over http; use an https address"
    try:
        found = find_credentials(origin, config, environ)
    except RepositoryError as error:
        return f"none: {error.message}; {error.hint}"
    if found is None:
        return f"none; {_advice(repository)}"
    return found.source if found.is_token else f"{found.source}, user {found.login.username}"


def _advice(repository: Repository | None) -> str:
    if repository is None:
        return f"set {TOKEN_VARIABLE}"
    variable = f"set {token_variable(repository.name)}"
    if repository.auth == "aws":
        return variable
    return f"run: s3pypi-keyring login {repository.name}, or {variable}"
