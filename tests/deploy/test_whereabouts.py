"""Whose account a command acts in: options beat the environment, and that beats config.toml."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.config.config import Config, Repository
from s3pypi_core.errors import UsageError
from s3pypi_deploy.commands import perform
from s3pypi_deploy.whereabouts import Whereabouts, find_whereabouts
from tests.deploy.places import HOME, TRIAL, Place, options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_deploy.ends import Ends

URL = "https://pypi.acme.com/simple/"
SECTION = Repository("acme", url=URL, bucket="acme-wheels", region=HOME, profile="ops")
OPTIONS = ("--region", "eu-west-1", "--profile", "me")
SAYS_WHO = [
    pytest.param({"AWS_PROFILE": "dev"}, id="profile"),
    pytest.param({"AWS_DEFAULT_PROFILE": "dev"}, id="old profile"),
    pytest.param({"AWS_ACCESS_KEY_ID": "AKTESTS"}, id="key"),
    pytest.param({"AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}, id="web identity"),
]


def find(environ: Mapping[str, str], *given: str) -> Whereabouts:
    return find_whereabouts(options("status", *given), Config(Path("config.toml"), (SECTION,)), environ)


def test_what_is_written_counts_where_nothing_else_says_it() -> None:
    assert find({}) == Whereabouts("acme", HOME, "ops", URL, "acme-wheels", None)


@pytest.mark.parametrize("environ", SAYS_WHO)
def test_who_asks_is_whom_the_environment_names(environ: Mapping[str, str]) -> None:
    assert find(environ).profile is None  # boto3 takes it from there


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_is_that_of_the_environment(variable: str) -> None:
    assert find({variable: "eu-north-1"}).region == "eu-north-1"


@pytest.mark.parametrize("environ", SAYS_WHO)
def test_options_beat_both(environ: Mapping[str, str]) -> None:
    found = find({**environ, "AWS_REGION": "eu-north-1"}, *OPTIONS)
    assert (found.region, found.profile) == ("eu-west-1", "me")


def test_without_a_section_the_environment_says_the_region() -> None:
    found = find({"AWS_REGION": HOME}, "pypi.other.com")
    url = "https://pypi.other.com/simple/"
    assert found == Whereabouts("other", HOME, None, url, None, domain="pypi.other.com")


CLIENTS = Repository("pypi-acme-com", url=URL)  # as `s3pypi-keyring login ADDRESS` writes it
DEV = Repository("acme-dev", url="https://pypi.acme.dev/simple/", bucket="acme-dev-wheels")
BARE = Repository("other", bucket="other-wheels")
TRIAL_SECTION = Repository("trial", url="https://d111.cloudfront.net/simple/", bucket="trial-wheels")
UNFIT = Repository("ACME eu", url="https://pypi.acme.eu/simple/", bucket="eu-wheels")


def find_among(sections: tuple[Repository, ...], *given: str) -> Whereabouts:
    return find_whereabouts(options("status", *given), Config(Path("config.toml"), sections), {})


@pytest.mark.parametrize(
    ("given", "name", "bucket", "url"),
    [
        pytest.param(("pypi.acme.dev",), "acme-dev", DEV.bucket, DEV.url, id="under another name"),
        pytest.param(("PyPI.acme.dev.",), "acme-dev", DEV.bucket, DEV.url, id="in another spelling"),
        pytest.param(("pypi.acme.com",), "acme", SECTION.bucket, URL, id="under its own name"),
        pytest.param(("pypi.acme.dev", "--name", "acme-dev"), "acme-dev", DEV.bucket, DEV.url, id="both"),
        pytest.param(
            ("d111.cloudfront.net",), "trial", "trial-wheels", TRIAL_SECTION.url, id="CloudFront's name"
        ),
        pytest.param(
            ("pypi.other.com",), "other", BARE.bucket, "https://pypi.other.com/simple/", id="without address"
        ),
        pytest.param(
            ("pypi.acme.dev", "--name", "new"), "new", None, "https://pypi.acme.dev/simple/", id="new name"
        ),
    ],
)
def test_a_domain_means_the_section_that_is_for_it(
    given: tuple[str, ...], name: str, bucket: str | None, url: str
) -> None:
    found = find_among((SECTION, DEV, BARE, TRIAL_SECTION), *given)
    assert (found.name, found.bucket, found.url) == (name, bucket, url)


@pytest.mark.parametrize("sections", [(CLIENTS,), (CLIENTS, SECTION)], ids=["alone", "beside ours"])
def test_a_section_that_a_client_has_written_is_none_of_a_deployment(
    sections: tuple[Repository, ...],
) -> None:
    assert find_among(sections, "pypi.acme.com").name == "acme"


def test_a_section_that_cannot_name_stacks_is_none_of_a_deployment() -> None:
    found = find_among((UNFIT,), "pypi.acme.eu")
    assert (found.name, found.bucket) == ("acme", None)


@pytest.mark.parametrize("more", [(), ("--name", "acme")], ids=["from the domain", "given"])
def test_a_section_for_another_domain_is_refused(more: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as error:
        find_among((SECTION,), "pypi.acme.dev", *more)
    assert error.value.message == (
        "[repositories.acme] in config.toml is for pypi.acme.com, and not for pypi.acme.dev"
    )
    assert error.value.hint == (
        "if you mean pypi.acme.dev, give its --name; if you mean acme, give --name acme and no domain; "
        "if the url in config.toml is out of date, correct it"
    )


def test_of_two_sections_for_a_domain_one_has_to_be_named() -> None:
    sections = (SECTION, replace(SECTION, name="acme-old"))
    with pytest.raises(UsageError, match="which repository is meant is not clear") as error:
        find_among(sections, "pypi.acme.com")
    assert error.value.hint == "give --name; config.toml has acme, acme-old for pypi.acme.com"
    assert find_among(sections, "pypi.acme.com", "--name", "acme-old").name == "acme-old"


@pytest.mark.parametrize(
    ("profile", "environ", "said"),
    [
        pytest.param("ops", {"AWS_PROFILE": "dev"}, "the account 1, by the profile ops", id="given"),
        pytest.param(None, {"AWS_PROFILE": "dev"}, "the account 1, by the profile dev", id="environment"),
        pytest.param(None, {"AWS_PROFILE": "dev", "AWS_ACCESS_KEY_ID": "AK"}, "the account 1", id="key"),
        pytest.param(None, {}, "the account 1", id="nothing"),
    ],
)
def test_the_account_is_told_with_how_it_was_come_to(
    profile: str | None, environ: Mapping[str, str], said: str
) -> None:
    assert Whereabouts("acme", HOME, profile, None, None).whose("1", environ) == said


def profiles(place: Place, environ: Mapping[str, str], *given: str) -> list[str | None]:
    """The profiles that a command opens AWS with."""
    opened: list[str | None] = []

    def open_ends(_environ: Mapping[str, str], _region: str, profile: str | None) -> Ends:
        opened.append(profile)
        return place.ends

    perform(options(*given), {**place.ends.environ, **environ}, open_ends)
    return opened


@pytest.mark.parametrize(
    "command", [("plan", *TRIAL), ("up", *TRIAL, "--yes"), ("status",)], ids=lambda c: c[0]
)
@pytest.mark.parametrize(
    ("environ", "more", "profile"),
    [
        pytest.param({}, (), "ops", id="section"),
        pytest.param({"AWS_PROFILE": "dev"}, (), None, id="environment"),
        pytest.param({"AWS_PROFILE": "dev"}, ("--profile", "me"), "me", id="option"),
    ],
)
def test_every_command_finds_the_profile_by_the_same_rule(
    place: Place,
    command: tuple[str, ...],
    environ: Mapping[str, str],
    more: tuple[str, ...],
    profile: str | None,
) -> None:
    place.config.write_text(SECTION.to_toml())
    assert profiles(place, environ, *command, *more) == [profile]


def test_the_first_up_finds_no_section_and_writes_no_profile(place: Place) -> None:
    assert profiles(place, {}, "up", *TRIAL, "--yes") == [None]
    assert profiles(place, {}, "up", *TRIAL, "--yes", "--name", "other") == [None]
    assert "profile" not in place.config.read_text()
