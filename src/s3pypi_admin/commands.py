"""From options to the function that does what they ask, and the bucket that it works on."""

from __future__ import annotations

import getpass
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from s3pypi_admin import token_commands, user_commands
from s3pypi_admin.ends import Ends
from s3pypi_core.backoff import Backoff
from s3pypi_core.config import read_config
from s3pypi_core.errors import UsageError
from s3pypi_core.target import find_target

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping

    from s3pypi_core.target import Target

COMMANDS: Mapping[tuple[str, str], Callable[[Namespace, Ends], None]] = {
    ("user", "add"): user_commands.add_user,
    ("user", "set"): user_commands.set_projects,
    ("user", "passwd"): user_commands.set_password,
    ("user", "remove"): user_commands.remove_user,
    ("user", "list"): user_commands.list_users,
    ("token", "create"): token_commands.create_token,
    ("token", "revoke"): token_commands.revoke_token,
    ("token", "list"): token_commands.list_tokens,
}


def perform(options: Namespace, environ: Mapping[str, str]) -> int:
    """Do what the options ask; return 0. Raises RepositoryError when nothing was changed."""
    ends = Ends(
        bucket=_find_target(options, environ).open(),
        backoff=Backoff(),
        now=time.time(),
        stdin=sys.stdin,
        ask=getpass.getpass,
        where=_where(options),
    )
    COMMANDS[options.subject, options.verb](options, ends)
    return 0


def _find_target(options: Namespace, environ: Mapping[str, str]) -> Target:
    if options.repository and options.bucket:
        raise UsageError("--repository and --bucket name two places", "give one of them")
    target = find_target(
        repository=options.repository,
        address=options.bucket and f"s3://{options.bucket}",
        config=read_config(environ),
        environ=environ,
        pypirc=Path.home() / ".pypirc",
    )
    return target.override(region=options.region, profile=options.profile, endpoint_url=options.endpoint_url)


def _where(options: Namespace) -> str:
    """The options that the next command needs to reach the same bucket, with a space before each."""
    names = ("repository", "bucket", "profile", "region", "endpoint_url")
    given = {f"--{name.replace('_', '-')}": getattr(options, name) for name in names}
    return "".join(f" {option} {shlex.quote(value)}" for option, value in given.items() if value)
