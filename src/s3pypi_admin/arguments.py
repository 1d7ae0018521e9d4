"""The command line of ``s3pypi-admin``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from s3pypi_admin.ends import WITHIN
from s3pypi_core.command_line import add_aws_options, add_version, filled

if TYPE_CHECKING:
    from collections.abc import Callable

    AddCommand = Callable[[str, str, str], argparse.ArgumentParser]

DESCRIPTION = f"""\
Give and take away access to a private package repository. A change holds everywhere {WITHIN}.
Two administrators who work at once never undo each other's changes."""

EPILOG = """\
examples:
  s3pypi-admin user add ci --projects 'acme-*'           for machines: holds tokens only
  TOKEN=$(s3pypi-admin token create ci --expires 90d)    a token is shown once, on standard output
  s3pypi-admin user add alice --password                 for a person: asks for a password, twice
  s3pypi-admin user passwd alice --password-stdin < new-password.txt
  s3pypi-admin token list
  s3pypi-admin user remove alice
  s3pypi-admin principal add arn:aws:iam::123456789012:role/Developer --projects 'acme-*'
                                                         for AWS credentials: stores no secret
  s3pypi-admin session revoke arn:aws:iam::123456789012:role/Developer
  s3pypi-admin key rotate

The options may stand before or after the command. Without -r and --bucket the repository is that of
TWINE_REPOSITORY_URL or TWINE_REPOSITORY, then the only one with a bucket in config.toml or ~/.pypirc."""

LISTS = "Prints a table on a terminal, and elsewhere tab-separated lines without a heading:"
PROJECTS = (
    "globs on normalised names, in quotes so that the shell leaves them alone; '*' is every project, "
    "and --projects with nothing after it, or with '', is none; {name} comes first"
)
EXPIRES = (
    "a duration (90d, 12h, 30m), or the day (2027-01-31, in UTC) from which it is refused "
    "(default: it does not expire)"
)


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="s3pypi-admin",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_version(top)
    _add_target_options(top)
    # The same options after the command: one that is not given there must not undo one given before it.
    after = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    _add_target_options(after)
    subjects = top.add_subparsers(dest="subject", required=True, metavar="{user,token,principal,session,key}")
    user = subjects.add_parser("user", parents=[after], help="add, change, remove or list users")
    token = subjects.add_parser("token", parents=[after], help="create, revoke or list tokens")
    principal = subjects.add_parser("principal", parents=[after], help="add, remove or list AWS identities")
    session = subjects.add_parser("session", parents=[after], help="revoke the sessions of AWS identities")
    key = subjects.add_parser("key", parents=[after], help="rotate or list the keys that sign sessions")
    _add_user_commands(_commands(user, after))
    _add_token_commands(_commands(token, after))
    _add_principal_commands(_commands(principal, after))
    _add_session_commands(_commands(session, after))
    _add_key_commands(_commands(key, after))
    return top


def _add_target_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-r",
        "--repository",
        type=filled,
        metavar="NAME",
        help="a repository of config.toml or .pypirc [env: TWINE_REPOSITORY]",
    )
    parser.add_argument(
        "--bucket", type=filled, help="the bucket, without any configuration [env: TWINE_REPOSITORY_URL]"
    )
    add_aws_options(parser)


def _commands(subject: argparse.ArgumentParser, options: argparse.ArgumentParser) -> AddCommand:
    """Return what adds a command to ``subject``, given its name, its line of help, and more text."""
    commands = subject.add_subparsers(dest="verb", required=True, metavar="COMMAND")

    def add_command(name: str, line: str, more: str) -> argparse.ArgumentParser:
        description = f"{line[0].upper()}{line[1:]}. {more}"
        return commands.add_parser(name, parents=[options], help=line, description=description)

    return add_command


def _add_user_commands(add_command: AddCommand) -> None:
    command = add_command(
        "add",
        "add a user",
        "Without a password it holds tokens only: the recommended kind, see `token create`.",
    )
    command.add_argument("name", metavar="NAME")
    password = command.add_mutually_exclusive_group()
    password.add_argument("--password", action="store_true", help="ask for a password, twice")
    _add_password_stdin(password)
    command.add_argument(
        "--projects",
        nargs="*",
        metavar="GLOB",
        action="extend",
        help=f"what the user may see: {PROJECTS.format(name='NAME')} (default: '*')",
    )
    command = add_command("set", "change which projects a user may see", "")
    command.add_argument("name", metavar="NAME")
    command.add_argument(
        "--projects",
        nargs="*",
        metavar="GLOB",
        action="extend",
        required=True,
        help=PROJECTS.format(name="NAME"),
    )
    command = add_command("passwd", "change a password, or set the first one", "Asks for it, twice.")
    command.add_argument("name", metavar="NAME")
    _add_password_stdin(command)
    command = add_command("remove", "remove a user and all its tokens", "")
    command.add_argument("name", metavar="NAME")
    add_command("list", "list the users", f"{LISTS} name, password (yes or no), number of tokens, projects.")


def _add_password_stdin(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from one line of standard input"
    )


def _add_token_commands(add_command: AddCommand) -> None:
    command = add_command(
        "create",
        "make a token for a user",
        "It is shown once, alone on standard output. Clients send it as the password, with any user name.",
    )
    command.add_argument("user", metavar="USER")
    command.add_argument("--expires", metavar="WHEN", help=EXPIRES)
    command = add_command("revoke", "take a token away", "")
    command.add_argument("id", metavar="ID", help="its id, as `token list` shows it; or the token itself")
    add_command("list", "list the tokens", f"{LISTS} id, user, created, expires.")


def _add_principal_commands(add_command: AddCommand) -> None:
    command = add_command(
        "add",
        "let in an AWS identity",
        "Anyone with its AWS credentials exchanges a proof of them for a session, and stores no secret.",
    )
    command.add_argument(
        "arn",
        metavar="ARN",
        help="of a role or a user, with its account number; * and ? may stand after that, in quotes. "
        "A role's path is left out, because AWS names a role without it",
    )
    command.add_argument(
        "--projects",
        nargs="*",
        metavar="GLOB",
        action="extend",
        help=f"what it may see: {PROJECTS.format(name='ARN')} (default: '*')",
    )
    command.add_argument("--expires", metavar="WHEN", help=EXPIRES)
    command = add_command("remove", "stop letting an AWS identity in", "Its sessions end too.")
    command.add_argument("arn", metavar="ARN", help="as `principal list` shows it")
    add_command(
        "list",
        "list the AWS identities that are let in",
        f"{LISTS} ARN, projects, expires, the time after which a session must have been made.",
    )


def _add_session_commands(add_command: AddCommand) -> None:
    command = add_command(
        "revoke",
        "refuse the sessions that an AWS identity has",
        "It can get new ones as long as it is listed.",
    )
    command.add_argument("arn", metavar="ARN", help="as `principal list` shows it")


def _add_key_commands(add_command: AddCommand) -> None:
    add_command(
        "rotate",
        "make a new key",
        "It signs two minutes later, when every instance of the function knows it. The old one stays until "
        "the last session that it signed is over; a later rotation removes it.",
    )
    add_command("list", "list the keys that sign sessions", f"{LISTS} id, created, state.")
