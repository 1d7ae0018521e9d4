"""From options to the function that does what they ask, and the bucket that it works on."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from s3pypi_admin import key_commands, principal_commands, token_commands, user_commands
from s3pypi_admin.ends import Ends, note
from s3pypi_admin.errors import AdminError
from s3pypi_admin.where import Where
from s3pypi_core.backoff import Backoff
from s3pypi_core.config.bucket_name import check_bucket_name
from s3pypi_core.config.config import config_warnings, read_config
from s3pypi_core.config.pypirc import find_pypirc
from s3pypi_core.config.target import find_target
from s3pypi_core.errors import UsageError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping

    from s3pypi_core.config.target import Target

COMMANDS: Mapping[tuple[str, str], Callable[[Namespace, Ends], None]] = {
    ("user", "add"): user_commands.add_user,
    ("user", "set"): user_commands.set_projects,
    ("user", "passwd"): user_commands.set_password,
    ("user", "remove"): user_commands.remove_user,
    ("user", "list"): user_commands.list_users,
    ("token", "create"): token_commands.create_token,
    ("token", "revoke"): token_commands.revoke_token,
    ("token", "list"): token_commands.list_tokens,
    ("principal", "add"): principal_commands.add_principal,
    ("principal", "remove"): principal_commands.remove_principal,
    ("principal", "list"): principal_commands.list_principals,
    ("session", "revoke"): principal_commands.revoke_sessions,
    ("key", "rotate"): key_commands.rotate_key,
    ("key", "list"): key_commands.list_keys,
}


def perform(options: Namespace, environ: Mapping[str, str]) -> int:
    """Do what the options ask; return 0. Raises RepositoryError when nothing was changed."""
    target = _find_target(options, environ)
    for warning in config_warnings(environ):
        note(f"warning: {warning}")
    ends = Ends(
        bucket=target.open(),
        backoff=Backoff(),
        stdin=sys.stdin,
        ask=getpass.getpass,
        where=Where.of(options, target),
    )
    command(options, ends)
    return 0


def command(options: Namespace, ends: Ends) -> None:
    """Do what the options ask. Raises RepositoryError; what it says to type next reaches the same bucket."""
    try:
        COMMANDS[options.subject, options.verb](options, ends)
    except AdminError as error:
        error.repeat(ends.where)
        raise


def _find_target(options: Namespace, environ: Mapping[str, str]) -> Target:
    target = find_target(
        repository=options.repository,
        address=options.bucket and _address(options.bucket),
        config=read_config(environ),
        environ=environ,
        pypirc=find_pypirc(),
    )
    return target.override(region=options.region, profile=options.profile, endpoint_url=options.endpoint_url)


def _address(bucket: str) -> str:
    try:
        return f"s3://{check_bucket_name(bucket)}"
    except ValueError as error:
        hint = "write the name alone, without s3://"
        raise UsageError(f"{bucket!r} is not the name of a bucket: {error}", hint) from None
