"""The command line of ``s3pypi-deploy``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from s3pypi_core.command_line import add_version, filled
from s3pypi_core.config.snippets import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    AddCommand = Callable[..., argparse.ArgumentParser]

DESCRIPTION = """\
Stand up a private package repository in an AWS account, see what would change, and take it down: a bucket,
a function that lets in those who belong, and a CloudFront distribution, as three CloudFormation stacks."""

EPILOG = """\
examples:
  s3pypi-deploy plan pypi.acme.com --region eu-central-1 --hosted-zone-id Z0123456789ABC
  s3pypi-deploy up pypi.acme.com --region eu-central-1 --hosted-zone-id Z0123456789ABC
  s3pypi-deploy up --no-domain --region eu-central-1 --name trial
  s3pypi-deploy config uv
  s3pypi-deploy doctor --probe

`up` goes by its options alone: one that was given once has to be given again, and `plan` shows what would
change otherwise. (Only --retention-days stays as it is.) Each command can be run again at any time, and
goes on from where it is."""


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="s3pypi-deploy",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_version(top)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add_command(name: str, line: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        description = f"{line[0].upper()}{line[1:]}."
        return commands.add_parser(name, parents=[*parents], help=line, description=description)

    common, lines = _common(), _json()
    up = add_command("up", "stand it up, or make it what the options say: shows, asks, does", common, lines)
    _add_wanted(up)
    _add_yes(up)
    _add_wanted(add_command("plan", "show what `up` would change, and change nothing", common, lines))
    add_command("status", "show the stacks, the code of the function, certificate and DNS", common, lines)
    _add_config(add_command("config", "print how a client installs from the repository", _named()))
    _add_doctor(
        add_command("doctor", "prove from outside that it works, and that it is closed", common, lines)
    )
    _add_down(add_command("down", "take away what serves; the packages stay", common))
    line = "write all of it into a folder, with a script for the AWS CLI, and change nothing"
    _add_wanted(add_command("export", line, _folder(), common))
    return top


def _folder() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("output", type=Path, metavar="DIR", help="the folder; made if need be")
    return parser


def _named() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--name",
        type=filled,
        help="the name of the deployment: its stacks begin with it, and it is the section of config.toml "
        "(default: from the domain; pypi.acme.com makes acme; all but up, plan and export look for the "
        "domain in config.toml first)",
    )
    return parser


def _common() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False, parents=[_named()])
    parser.add_argument("domain", nargs="?", type=filled, metavar="DOMAIN", help="such as pypi.acme.com")
    parser.add_argument(
        "--region", type=filled, help="where the packages lie [env: AWS_REGION, AWS_DEFAULT_REGION]"
    )
    parser.add_argument(
        "--profile", type=filled, help="a profile of the AWS configuration [env: AWS_PROFILE]"
    )
    return parser


def _json() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--json", action="store_true", help="print one line of JSON, for programs")
    return parser


def _add_wanted(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``up``, which ``plan`` and ``export`` take as well."""
    domain = parser.add_argument_group("the domain; one of these")
    _add_domain(domain.add_mutually_exclusive_group(required=True))
    _add_access(parser.add_argument_group("what is in it, and who comes in"))
    _add_delivery(parser.add_argument_group("how it is served and paid for"))


def _add_domain(choice: argparse._ActionsContainer) -> None:
    choice.add_argument("--certificate-arn", type=filled, metavar="ARN", help="a certificate in us-east-1")
    choice.add_argument(
        "--hosted-zone-id",
        type=filled,
        metavar="Z",
        help="the domain's zone in Route 53: certificate and records are made",
    )
    choice.add_argument("--no-domain", action="store_true", help="the name that CloudFront gives will do")


def _add_access(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--bucket", type=filled, metavar="NAME", help="where the packages lie (default: NAME-pypi-ACCOUNT)"
    )
    _add_repeated(
        group,
        "--allow-principal",
        "ARN",
        "let in anyone with AWS credentials for this role or user; for a new repository",
    )
    group.add_argument("--upstream", type=filled, metavar="URL", help="a public index, for what is not here")
    _add_repeated(group, "--reserve", "GLOB", "projects that never come from --upstream")
    group.add_argument(
        "--retention-days",
        type=int,
        metavar="N",
        help="how long a deleted release can be brought back (default: as it is; 90 for a new bucket)",
    )


def _add_delivery(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--price-class",
        choices=("100", "200", "all"),
        default="100",
        help="where CloudFront answers from: 100 is North America and Europe (default: 100)",
    )
    group.add_argument(
        "--memory-size",
        type=int,
        choices=(128, 256, 512, 1024),
        default=128,
        help="MB of the function; CloudFront may refuse more than 128 (default: 128)",
    )
    group.add_argument(
        "--timeout",
        type=int,
        metavar="S",
        default=20,
        help="seconds of the function, from 5 to 30; from 15 on it answers by itself even when S3 "
        "and STS are slow, but CloudFront may refuse more than 5 (default: 20)",
    )
    group.add_argument("--waf-rate", type=int, metavar="N", help="requests an address may make in 5 minutes")
    group.add_argument("--log-bucket", type=filled, metavar="B", help="a bucket for CloudFront's access logs")
    _add_repeated(group, "--tag", "K=V", "a tag for every resource of the stacks")


def _add_repeated(group: argparse._ActionsContainer, option: str, metavar: str, line: str) -> None:
    group.add_argument(
        option, action="append", default=[], metavar=metavar, help=f"{line}; may be given again"
    )


def _add_yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def _add_down(parser: argparse.ArgumentParser) -> None:
    _add_yes(parser)
    parser.add_argument(
        "--delete-packages", action="store_true", help="the bucket too, and every object in it: type its name"
    )


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(region=None, profile=None)
    parser.add_argument("client", metavar="CLIENT", choices=CLIENTS, help="one of: " + ", ".join(CLIENTS))
    parser.add_argument("domain", nargs="?", type=filled, metavar="DOMAIN", help="such as pypi.acme.com")
    _add_bucket(parser)


def _add_bucket(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bucket", type=filled, metavar="NAME", help="the repository's (default: the one in config.toml)"
    )


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    _add_bucket(parser)
    parser.add_argument(
        "--probe",
        action="store_true",
        help="upload and install one fixed, empty wheel too, s3pypi-probe 1.0; it stays there",
    )
