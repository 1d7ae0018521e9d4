"""``s3pypi-keyring login`` and ``logout``."""

from __future__ import annotations

import getpass
import sys
import time
import warnings
from typing import TYPE_CHECKING

from s3pypi_core.config import read_config, write_repository
from s3pypi_core.errors import UsageError
from s3pypi_keyring.check import check
from s3pypi_keyring.sources import TOKEN_USER, Login, environment_token, is_token
from s3pypi_keyring.store import open_store
from s3pypi_keyring.subject import Subject

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping


def log_in(
    args: argparse.Namespace,
    environ: Mapping[str, str],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Check credentials against the repository, then store them. Raises RepositoryError."""
    config = read_config(environ)
    subject = Subject.find(args.repository, config)
    _refuse_aws(subject)
    store = open_store()
    store.require()
    login = _ask(args.username, stdin=args.password_stdin)
    check(subject.url, login, patient=is_token(login.password), say=_say, clock=clock, sleep=sleep)
    keyring = store.write(subject.origin, *login)
    if subject.is_new:
        write_repository(config.path, subject.repository)
        _say(f"added [repositories.{subject.repository.name}] to {config.path}")
    if winner := environment_token(subject.origin, config, environ):
        _say(f"{winner.source} is set, and wins over what was stored now")
    sys.stdout.write(f"logged in to {subject.url} as {login.username}; stored in {keyring}\n")
    return 0


def log_out(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Forget what was stored for the repository. Raises RepositoryError."""
    subject = Subject.find(args.repository, read_config(environ))
    forgotten = open_store().delete(subject.origin)
    outcome = f"logged out of {subject.url}" if forgotten else f"nothing was stored for {subject.url}"
    sys.stdout.write(f"{outcome}\n")
    return 0


def _refuse_aws(subject: Subject) -> None:
    if subject.repository.auth == "aws":
        raise UsageError(
            f"{subject.repository.name!r} takes its credentials from AWS: there is nothing to log in with",
            'to use a password or a token, change its section to auth = "stored"',
        )


def _ask(username: str | None, *, stdin: bool) -> Login:
    password = sys.stdin.readline().rstrip("\r\n") if stdin else _prompt_for_password()
    if not password:
        raise UsageError("no password or token was given")
    if username is None:
        username = TOKEN_USER if is_token(password) else _ask_username(stdin=stdin)
    return Login(username, password)


def _prompt_for_password() -> str:
    try:
        with warnings.catch_warnings():
            # Without a terminal getpass would warn, and echo what is typed.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass("Token or password: ", sys.stderr)
    except (getpass.GetPassWarning, EOFError) as error:
        hint = "give it on standard input: --password-stdin"
        raise UsageError("there is no terminal to ask for the password or token", hint) from error


def _ask_username(*, stdin: bool) -> str:
    if not stdin:
        sys.stderr.write("User name: ")
        sys.stderr.flush()
        if username := sys.stdin.readline().strip():
            return username
    raise UsageError("a password needs the user name that it belongs to", "add --username NAME")


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
