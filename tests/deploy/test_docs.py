"""What docs/deploying.md says is what the program does, and every page shows commands that it takes."""

from __future__ import annotations

import functools
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from s3pypi_deploy.adoption import NotAdoptable
from s3pypi_deploy.arguments import parser
from s3pypi_deploy.commands import COMMANDS, perform
from s3pypi_deploy.settings import Settings
from s3pypi_deploy.surroundings import Certificate, Protection
from s3pypi_deploy.zones import Zone
from tests.deploy.places import PROTECTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_deploy.ends import Ends
    from tests.deploy.places import Place

PROJECT = Path(__file__).parents[2]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
TEXT = (PROJECT / "docs" / "deploying.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\$ s3pypi-deploy (.*)$", TEXT, re.MULTILINE)
MENDING = re.findall(r"^\$ (aws s3api .*?) *# needs AWS$", TEXT, re.MULTILINE)
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
LAX = Protection(is_versioned=False, is_private=False, is_owned=False, encryption="AES256", has_policy=True)
INLINE = re.findall(r"`s3pypi-deploy ([^`]*)`", TEXT)
SHOWN = [
    line
    for page in PAGES
    for line in re.findall(
        r"^\$ (?:python -m s3pypi_deploy|s3pypi-deploy) (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE
    )
]


@pytest.mark.parametrize("line", [*SHOWN, *INLINE])
def test_every_command_is_one(line: str) -> None:
    options = parser().parse_args(shlex.split(line, comments=True))
    assert options.command in COMMANDS
    if options.command in {"up", "plan", "export"}:
        Settings.parse(options)


def test_every_command_of_the_program_is_described() -> None:
    assert {line.split()[0] for line in LINES} == set(COMMANDS)


def type_there(place: Place, line: str) -> int:
    """Type a command of the page into the imitation, and agree to everything."""
    given = parser().parse_args(shlex.split(line, comments=True))
    given.yes = True

    def open_ends(_environ: Mapping[str, str], _region: str, _profile: str | None) -> Ends:
        return place.ends

    return perform(given, place.ends.environ, open_ends)


def mended(found: Protection, command: str) -> Protection:
    """What ``aws s3api`` makes of a bucket's settings."""
    _, _, verb, _, _, *options = shlex.split(command)
    blocked = ",".join(f"{block}=true" for block in _BLOCKS)
    known: dict[tuple[str, str], dict[str, Any]] = {
        ("put-bucket-versioning", "Status=Enabled"): {"is_versioned": True},
        ("put-public-access-block", blocked): {"is_private": True},
        ("put-bucket-ownership-controls", "Rules=[{ObjectOwnership=BucketOwnerEnforced}]"): {
            "is_owned": True
        },
        ("delete-bucket-policy", ""): {"has_policy": False},
    }
    return found._replace(**known[verb, " ".join(options[1:])])


def with_zones(place: Place) -> None:
    """Let the page's zones be there."""
    zones = [Zone("Z0123456789ABC", "acme.com"), Zone("Z0DEF0123456789", "acme.dev")]
    place.around.zones = {zone.id: zone for zone in zones}


def with_buckets(place: Place) -> None:
    """Let the page's buckets be there: a lax one, and one that S3 takes for replicas."""
    place.cloud.buckets["acme-wheels"] = "eu-central-1"
    place.around.protected["acme-wheels"] = LAX
    place.cloud.buckets["acme-wheels-west"] = "eu-west-1"
    place.around.protected["acme-wheels-west"] = PROTECTED  # without versions S3 replicates nothing into it


def test_an_existing_bucket_is_refused_with_the_commands_of_the_page(place: Place) -> None:
    with_zones(place)
    with_buckets(place)
    (line,) = (line for line in LINES if line.startswith("up ") and "--bucket acme-wheels  " in line)
    with pytest.raises(NotAdoptable) as refused:
        type_there(place, line)
    assert refused.value.hint.splitlines()[1:] == MENDING


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith(("up ", "plan "))])
def test_what_up_and_plan_are_told_is_done(line: str, place: Place) -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/1b2c"
    place.around.certificates[arn] = Certificate(arn, "ISSUED", ("pypi.acme.com",))
    with_zones(place)
    with_buckets(place)
    place.around.protected["acme-wheels"] = functools.reduce(mended, MENDING, LAX)
    assert type_there(place, line) == 0
    states = place.states().values()
    assert len(states) == (3 if line.startswith("up ") else 0)
    assert all(state.endswith("E_COMPLETE") for state in states)  # created or updated, and not rolled back


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith(("status", "down"))])
def test_so_is_what_follows(line: str, place: Place) -> None:
    (trial,) = (line for line in LINES if line.startswith("up --no-domain") and "trial" in line)
    assert type_there(place, trial) == 0
    place.answers = ["trial-pypi-123456789012"]
    assert type_there(place, line) == 0
