"""The options of the commands that look at a repository and withdraw from it."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from s3pypi_core.command_line import add_aws_options, filled
from s3pypi_core.document import check_text
from s3pypi_core.terminal import one_line
from s3pypi_twine.dispatch import late
from s3pypi_twine.options import add_non_interactive, add_presentation_options, add_target_options

if TYPE_CHECKING:
    from s3pypi_twine.dispatch import Commands

# PEP 792, in its order. The record checks it as well; loading that would make --help slow.
STATUSES = ("active", "archived", "quarantined", "deprecated")


def add_list_parser(commands: Commands) -> None:
    """Add ``s3twine list``."""
    parser = _add(commands, "list", "list the projects, or the releases of one")
    parser.add_argument("project", nargs="?", type=filled, metavar="PROJECT")


def add_show_parser(commands: Commands) -> None:
    """Add ``s3twine show``."""
    parser = _add(commands, "show", "show a project, or one release, with its files")
    parser.add_argument("release", type=filled, metavar="PROJECT[==VERSION]")
    parser.add_argument("--readme", action="store_true", help="show the README of the release too")


def add_yank_parser(commands: Commands) -> None:
    """Add ``s3twine yank``."""
    parser = _add(commands, "yank", "let installers pass over a release, unless it is pinned (PEP 592)")
    _add_release(parser)
    _add_reason(parser)


def add_unyank_parser(commands: Commands) -> None:
    """Add ``s3twine unyank``."""
    _add_release(_add(commands, "unyank", "let installers choose a yanked release again"))


def add_delete_parser(commands: Commands) -> None:
    """Add ``s3twine delete``."""
    parser = _add(commands, "delete", "delete a release, or with --all a project, for good")
    parser.add_argument("release", type=filled, metavar="PROJECT[==VERSION]")
    parser.add_argument("--all", action="store_true", help="delete every release of the project")
    parser.add_argument(
        "--forget",
        action="store_true",
        help="let the names of the files be taken again, though lock files may name the old hashes",
    )
    _add_yes(parser)


def add_undelete_parser(commands: Commands) -> None:
    """Add ``s3twine undelete``."""
    parser = _add(commands, "undelete", "bring a deleted release back, while the bucket keeps its versions")
    _add_release(parser)


def add_status_parser(commands: Commands) -> None:
    """Add ``s3twine status``."""
    parser = _add(commands, "status", "say what becomes of a project (PEP 792)")
    parser.add_argument("project", type=filled, metavar="PROJECT")
    parser.add_argument("status", choices=STATUSES)
    _add_reason(parser)


def add_prune_parser(commands: Commands) -> None:
    """Add ``s3twine prune``."""
    parser = _add(commands, "prune", "delete the old releases of a project")
    parser.add_argument("project", type=filled, metavar="PROJECT")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--keep", type=_number, metavar="N", help="all but the N newest")
    which.add_argument(
        "--older-than", type=_days, metavar="DAYS", help="those that were uploaded longer ago, as in 90d"
    )
    parser.add_argument("--pre-releases-only", action="store_true", help="let final releases be")
    parser.add_argument("--dry-run", action="store_true", help="say what would go; write nothing")
    _add_yes(parser)


def _add(commands: Commands, name: str, help_text: str) -> argparse.ArgumentParser:
    sentence = f"{help_text[0].upper()}{help_text[1:]}."
    parser = commands.add_parser(name, help=help_text, description=sentence)
    add_target_options(parser)
    add_non_interactive(parser)
    add_presentation_options(parser)
    add_aws_options(parser)
    parser.set_defaults(command=late(f"{name}_command"))
    return parser


def _add_release(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("release", type=filled, metavar="PROJECT==VERSION")


def _add_reason(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--reason", type=_text, metavar="TEXT", help="why, which installers and people are told"
    )


def _add_yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask whether it is meant")


def _text(text: str) -> str:
    try:
        check_text(filled(text), "it")
    except ValueError:
        raise argparse.ArgumentTypeError("is not text in the encoding of this terminal") from None
    if one_line(text) != text:
        raise argparse.ArgumentTypeError("is not one line of text: installers show it to people")
    return text


def _number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of releases, as in 10")
    return int(text)


def _days(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}d", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days, as in 90d")
    return int(text[:-1])
