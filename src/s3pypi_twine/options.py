"""The options of an upload: twine's, those of the AWS CLI, and ours."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NamedTuple

from s3pypi_core.command_line import add_aws_options, filled

if TYPE_CHECKING:
    from collections.abc import Sequence

DESCRIPTION = """\
Upload wheels and sdists, and list them in the index. What is there already, byte for byte, is left
alone; another file under the same name is refused.
"""
EPILOG = """\
Without -r and --repository-url the target is that of TWINE_REPOSITORY_URL or TWINE_REPOSITORY,
then the only repository with a bucket in config.toml or .pypirc.
"""


class WithoutEffect(NamedTuple):
    """An option of twine's that scripts may pass, and why it does nothing here."""

    flags: tuple[str, ...]
    reason: str
    metavar: str | None = None


WITHOUT_EFFECT = (
    WithoutEffect(("-u", "--username"), "AWS credentials (--profile) say who you are", "NAME"),
    WithoutEffect(("-p", "--password"), "AWS credentials (--profile) open the bucket", "PASSWORD"),
    WithoutEffect(("--cert",), "AWS_CA_BUNDLE names the certificates to trust", "PATH"),
    WithoutEffect(("--client-cert",), "S3 knows its users by AWS credentials", "PATH"),
    WithoutEffect(("-s", "--sign"), "the repository holds no signatures; it lists the SHA-256 of each file"),
    WithoutEffect(("--sign-with",), "nothing is signed", "PROGRAM"),
    WithoutEffect(("-i", "--identity"), "nothing is signed", "NAME"),
    WithoutEffect(("--attestations",), "the repository holds no attestations"),
    WithoutEffect(("-c", "--comment"), "an index has no place for comments", "TEXT"),
)


def add_upload_options(parser: argparse.ArgumentParser) -> None:
    """Add all options to the parser of a command that uploads."""
    parser.add_argument(
        "files", nargs="+", type=filled, metavar="FILE", help="a wheel, an sdist, or a pattern: 'dist/*'"
    )
    add_target(parser)
    _add_behaviour(parser)
    add_presentation(parser)
    add_aws_options(parser)
    _add_without_effect(parser)


def add_no_color(parser: argparse.ArgumentParser, *, default: bool | str = False) -> None:
    """Add ``--no-color``, which twine takes before the command."""
    parser.add_argument("--no-color", action="store_true", default=default, help="no colours [env: NO_COLOR]")


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add what names the repository."""
    parser.add_argument(
        "-r",
        "--repository",
        type=filled,
        metavar="NAME",
        help="a repository of config.toml or .pypirc [env: TWINE_REPOSITORY]",
    )
    parser.add_argument(
        "--repository-url",
        type=filled,
        metavar="s3://BUCKET",
        help="the bucket, without any configuration [env: TWINE_REPOSITORY_URL]",
    )
    parser.add_argument(
        "--config-file",
        type=filled,
        metavar="PATH",
        default="~/.pypirc",
        help="the .pypirc to use [default: %(default)s]",
    )


def _add_behaviour(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--skip-existing", action="store_true", help="skip a file whose name is taken by other contents"
    )
    parser.add_argument(
        "--create", action="store_true", help="make the repository if the bucket does not hold one yet"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would happen; write nothing")
    parser.add_argument(
        "--strict", action="store_true", help="let the warnings of twine's check stop the upload"
    )
    parser.add_argument(
        "--no-check", action="store_true", help="leave out twine's check, which runs where twine is installed"
    )
    add_non_interactive(parser)


def add_non_interactive(parser: argparse.ArgumentParser) -> None:
    """Add ``--non-interactive``."""
    parser.add_argument(
        "--non-interactive",
        action="store_true",
        help="ask nothing, not even for the MFA code of an AWS profile [env: TWINE_NON_INTERACTIVE]",
    )


def add_presentation(parser: argparse.ArgumentParser) -> None:
    """Add what says how results are shown."""
    parser.add_argument(
        "--verbose", action="store_true", help="say where it goes, and each file as it gets there"
    )
    parser.add_argument("--disable-progress-bar", action="store_true", help="show no progress bar")
    add_no_color(parser, default=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print the result as one JSON document")


class _Remember(argparse.Action):
    """Appends what the option is called to a list, and forgets its value, which may be a secret."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        _values: str | Sequence[Any] | None,
        _option_string: str | None = None,
    ) -> None:
        """See argparse.Action."""
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), self.option_strings[-1]])


def _add_without_effect(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("options of twine's that are accepted and do nothing here")
    for option in WITHOUT_EFFECT:
        group.add_argument(
            *option.flags,
            action=_Remember,
            dest="without_effect",
            default=(),
            nargs=None if option.metavar else 0,
            metavar=option.metavar,
            help=option.reason,
        )


def notes_on(without_effect: Sequence[str]) -> list[str]:
    """A line for each option that was given and does nothing, which says why."""
    return [
        f"note: {option.flags[-1]} does nothing here: {option.reason}"
        for option in WITHOUT_EFFECT
        if option.flags[-1] in without_effect
    ]
