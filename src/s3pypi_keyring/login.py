"""``s3pypi-keyring login`` and ``logout``."""

from __future__ import annotations

import contextlib
import getpass
import sys
import time
from typing import TYPE_CHECKING

from s3pypi_core.config import read_config, write_repository
from s3pypi_core.errors import UsageError
from s3pypi_core.secret_input import NoSecret, ask_secret, read_line, read_secret
from s3pypi_edge.users import check_user_name
from s3pypi_keyring.check import check
from s3pypi_keyring.environment import TOKEN_USER, Login, environment_login, is_token
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
    if winner := environment_login(subject.origin, config, environ):
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
    password = read_secret(sys.stdin) if stdin else ask_secret(getpass.getpass, "Token or password: ")
    if is_token(password.strip()):
        password = password.strip()  # copying it may bring white space along
    if username is None:
        username = TOKEN_USER if is_token(password) else _ask_username(stdin=stdin)
    return Login(_sendable(username), password)


def _ask_username(*, stdin: bool) -> str:
    if not stdin:
        sys.stderr.write("User name: ")
        sys.stderr.flush()
        with contextlib.suppress(NoSecret):
            return read_line(sys.stdin).strip()
    raise UsageError("a password needs the user name that it belongs to", "add --username NAME")


def _sendable(username: str) -> str:
    try:
        check_user_name(username)
    except ValueError as error:
        raise UsageError(f"{username!r} cannot be a user name: {error}", "check --username") from None
    return username


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
