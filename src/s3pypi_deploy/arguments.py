"""The command line of ``s3pypi-deploy``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from s3pypi_core.command_line import add_version, filled
from s3pypi_core.snippets import CLIENTS

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

What `up` is told is all there is: an option that was given once has to be given again, and `plan` shows what
would change otherwise. Each command can be run again at any time, and goes on from where it is."""


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

    common, wanted, lines = _common(), _wanted(), _json()
    up = add_command(
        "up", "make the repository what the options say, after showing it", common, wanted, lines
    )
    _add_yes(up)
    add_command("plan", "show what `up` would change, and change nothing", common, wanted, lines)
    add_command("status", "show the stacks, the code of the function, certificate and DNS", common, lines)
    _add_config(add_command("config", "print how a client installs from the repository", _named()))
    _add_doctor(
        add_command("doctor", "prove from outside that it works, and that it is closed", common, lines)
    )
    down = add_command("down", "take away what serves; the packages stay", common)
    _add_yes(down)
    down.add_argument(
        "--delete-packages", action="store_true", help="the packages too: asks for the name of their bucket"
    )
    folder = argparse.ArgumentParser(add_help=False)
    folder.add_argument("output", type=Path, metavar="DIR", help="the folder; made if need be")
    add_command("export", "write templates, parameters and the zip into a folder", folder, common, wanted)
    return top


def _named() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--name",
        type=filled,
        help="of the deployment: its stacks begin with it, and it is the section of config.toml (default: "
        "from the domain; pypi.acme.com makes acme)",
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


def _wanted() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    domain = parser.add_argument_group("the domain; one of these").add_mutually_exclusive_group(required=True)
    domain.add_argument("--certificate-arn", type=filled, metavar="ARN", help="a certificate in us-east-1")
    domain.add_argument(
        "--hosted-zone-id",
        type=filled,
        metavar="Z",
        help="the domain's zone in Route 53: certificate and records are made",
    )
    domain.add_argument("--no-domain", action="store_true", help="the name that CloudFront gives will do")
    more = parser.add_argument_group("the repository")
    more.add_argument("--bucket", type=filled, metavar="NAME", help="(default: NAME-pypi-ACCOUNT)")
    more.add_argument("--upstream", type=filled, metavar="URL", help="a public index, for what is not here")
    more.add_argument(
        "--reserve",
        action="append",
        default=[],
        metavar="GLOB",
        help="projects that never come from --upstream",
    )
    more.add_argument(
        "--allow-principal",
        action="append",
        default=[],
        metavar="ARN",
        help="let in who has AWS credentials of this role or user; for a new repository",
    )
    more.add_argument("--price-class", choices=("100", "200", "all"), default="100", help="(default: 100)")
    more.add_argument(
        "--memory-size",
        type=int,
        choices=(128, 256, 512, 1024),
        default=128,
        help="MB of the function; CloudFront may refuse more than 128 (default: 128)",
    )
    more.add_argument(
        "--timeout",
        type=int,
        metavar="S",
        default=20,
        help="seconds of the function, from 5 to 30; from 15 on it answers by itself even when S3 "
        "and STS are slow, but CloudFront may refuse more than 5 (default: 20)",
    )
    more.add_argument("--waf-rate", type=int, metavar="N", help="requests an address may make in 5 minutes")
    more.add_argument(
        "--retention-days",
        type=int,
        metavar="N",
        help="for so long a deleted release can be brought back (default: as it is; 90 at first)",
    )
    more.add_argument("--log-bucket", type=filled, metavar="B", help="a bucket for CloudFront's access logs")
    more.add_argument("--tag", action="append", default=[], metavar="K=V", help="a tag for every resource")
    return parser


def _add_yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(region=None, profile=None)
    parser.add_argument("client", metavar="CLIENT", choices=CLIENTS, help="one of: " + ", ".join(CLIENTS))
    parser.add_argument("domain", nargs="?", type=filled, metavar="DOMAIN", help="such as pypi.acme.com")


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bucket", type=filled, metavar="NAME", help="(default: the one in config.toml)")
    parser.add_argument(
        "--probe",
        action="store_true",
        help="upload and install one fixed, empty wheel too, s3pypi-probe 1.0; it stays there",
    )
