"""``s3pypi-keyring login``."""

from __future__ import annotations

import contextlib
import getpass
import sys
import time
from typing import TYPE_CHECKING

from s3pypi_core.config.config import read_config, write_repository
from s3pypi_core.errors import UsageError
from s3pypi_core.secret_input import NoSecret, ask_secret, read_line, read_secret
from s3pypi_edge.users import check_user_name, format_time
from s3pypi_keyring.check import check
from s3pypi_keyring.environment import TOKEN_USER, Login, environment_login, is_token
from s3pypi_keyring.sessions import owner, renew_session
from s3pypi_keyring.store import open_store
from s3pypi_keyring.subject import Subject
from s3pypi_keyring.tools import find_tool

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
    if subject.repository.auth == "aws":
        return _log_in_to_aws(subject, args, environ)
    keeper = find_tool(args.tool, environ) if args.tool else open_store()
    keeper.require()
    login = _ask(args.username, stdin=args.password_stdin)
    check(subject.url, login, patient=is_token(login.password), say=_say, clock=clock, sleep=sleep)
    place = keeper.write(subject.origin, *login)
    if subject.is_new:
        write_repository(config.path, subject.repository)
        _say(f"added [repositories.{subject.repository.name}] to {config.path}")
    if winner := environment_login(subject.origin, config, environ):
        _say(f"{winner.source} is set, and wins over what was stored now")
    sys.stdout.write(f"logged in to {subject.url} as {login.username}; stored in {place}\n")
    return 0


def _log_in_to_aws(subject: Subject, args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Get a session, now that somebody is there who can be asked for an MFA code."""
    if args.username is not None or args.password_stdin:
        name = subject.repository.name
        raise UsageError(
            f"{name!r} takes its credentials from AWS: it needs no password or token",
            f"run: s3pypi-keyring login {name}, or change its section to auth = "
            f'"stored" to use a password or a token',
        )
    tool = find_tool(args.tool, environ) if args.tool else None
    found = renew_session(subject.repository, subject.origin, environ, ask=_ask_code)
    place = tool.write(subject.origin, *found.login) if tool else "the cache"
    until = f"until {format_time(found.expires)}" if found.expires else ""
    sys.stdout.write(f"logged in to {subject.url} as {owner(found)}, {until}; stored in {place}\n")
    return 0


def _ask_code(prompt: str) -> str:
    try:
        return ask_secret(getpass.getpass, prompt)
    except NoSecret:
        raise NoSecret("there is nobody to ask for the MFA code", "run this at a terminal") from None


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
