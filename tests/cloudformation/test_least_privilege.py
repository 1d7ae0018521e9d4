"""Every command, run by somebody who has the policy that the documentation gives for it, and nothing else."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

import pytest

from s3pypi_admin.arguments import parser as admin_parser
from s3pypi_core.record import STATUSES
from s3pypi_core.repository import create_repository
from s3pypi_twine.__main__ import parser
from tests.cloudformation.acme import (
    DISTRIBUTION,
    bucket_stack,
    cdn_stack,
    denials,
    distribution_tags,
    statements,
)
from tests.cloudformation.errands import ADMINISTRATION, ERRANDS
from tests.cloudformation.iam import allows, applies, each_grant
from tests.cloudformation.policy_docs import (
    POLICIES,
    commands_by_policy,
    statements_for,
)
from tests.cloudformation.recorder import Caller
from tests.cloudformation.scene import Scene
from tests.repositories import record_of
from tests.twine.cloudfront import cloudfront

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.cloudformation.iam import Call, Statement

COMMANDS = commands_by_policy()
# Whoever publishes may do all that readers may (see test_policies): this asks for more than an upload does.
MAY_ALSO = {"publish": ["verify"]}
# To look for damage, earlier versions are asked for; what else there is has to do.
DONE_WITHOUT = {policy: {"s3:ListBucketVersions"} for policy in ("read", "publish")}


@pytest.fixture
def let_in(
    s3_bucket: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Scene]]:
    """Give somebody a policy of the documentation, on a new bucket that keeps versions."""
    name = s3_bucket.name
    s3_bucket.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    config = tmp_path / "config.toml"
    config.write_text(
        f'[repositories.acme]\nbucket = "{name}"\ndistribution = "{DISTRIBUTION}"\n'
        f'[repositories.trial]\nbucket = "{name}"\n'
    )
    cdn = cdn_stack(name)

    def somebody(policy: str) -> Scene:
        granted = [*statements_for(policy, name), *denials(cdn)]
        return Scene(s3_bucket, Caller(granted, distribution_tags(cdn)), tmp_path)

    with cloudfront() as (address, _asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", address)
        monkeypatch.setenv("S3PYPI_CONFIG", str(config))
        yield somebody


@pytest.mark.loopback
@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_allows_what_its_commands_ask_for_and_grants_nothing_else(
    policy: str, let_in: Callable[[str], Scene]
) -> None:
    scene = let_in(policy)
    if policy != "publish":  # whose first upload makes it
        create_repository(scene.owner)

    for command in (*COMMANDS[policy], *MAY_ALSO.get(policy, ())):
        ERRANDS[command](scene)

    asked, refused = scene.caller.asked, scene.caller.refused
    assert {call.action for call in refused} == DONE_WITHOUT.get(policy, set())
    assert unused([said for said in scene.caller.statements if said["Effect"] == "Allow"], asked) == []
    # The distribution is known by its id, as the documentation shows it, or else by its tag.
    here = [call for call in asked - refused if not allows(scene.sources, call)]
    for known in ({"DistributionId": DISTRIBUTION}, {}):
        made = statements(bucket_stack(scene.owner.name, **known), POLICIES[policy])
        assert [call for call in here if not allows(made, call)] == []
        assert unused(made, asked) == []


def unused(statements: Iterable[Statement], asked: Collection[Call]) -> list[Statement]:
    """The grants that nobody has needed."""
    return [grant for grant in each_grant(statements) if not any(applies(grant, call) for call in asked)]


@pytest.mark.loopback
@pytest.mark.parametrize("policy", ["read", "publish", "administer"])
def test_only_who_cares_for_a_repository_takes_releases_away_or_brings_them_back(
    policy: str, let_in: Callable[[str], Scene]
) -> None:
    scene = let_in(policy)
    create_repository(scene.owner)
    scene.publish("demo", "0.1", "1.0", "2.0")
    let_in("care").run("delete demo==0.1 --yes")
    before = scene.everything()

    for command in (
        "delete demo==1.0 --yes",
        "delete demo --all --yes",
        "delete demo==1.0 --forget --yes",
        "delete demo==0.1 --yes",
        "undelete demo==0.1",
        "prune demo --keep 1 --yes",
    ):
        said = scene.run(command, ends_with=1)
        assert re.fullmatch(r"error: access denied: s3:\w+ on \S+: Access Denied\n.*\n", said), said
        assert scene.everything() == before, command


@pytest.mark.loopback
def test_who_may_only_look_changes_nothing(let_in: Callable[[str], Scene]) -> None:
    scene = let_in("read")
    create_repository(scene.owner)
    scene.publish("demo", "1.0", "2.0")
    scene.publish("torn")
    scene.owner.delete("packages/torn/index.html")
    before = scene.everything()

    wheel = scene.wheel("other")
    for command in (
        f"upload {wheel}",
        f"import {wheel.parent} other",
        "yank demo==1.0",
        "status demo archived",
        "verify --repair torn",
    ):
        assert "access denied: s3:" in scene.run(command, ends_with=1)
        assert scene.everything() == before, command


@pytest.mark.loopback
def test_who_publishes_may_quarantine_and_is_told_what_cloudfront_was_not(
    let_in: Callable[[str], Scene],
) -> None:
    scene = let_in("publish")
    create_repository(scene.owner)
    scene.publish("demo")

    scene.run("status demo quarantined -r trial")
    assert scene.caller.refused == set()
    scene.run("status demo active -r trial")

    said = scene.run("status demo quarantined", ends_with=1)
    assert f"aws cloudfront create-invalidation --distribution-id {DISTRIBUTION}" in said
    assert {call.action for call in scene.caller.refused} == {"cloudfront:CreateInvalidation"}
    assert record_of(scene.owner, "demo").status == "quarantined"


def test_every_command_is_for_somebody() -> None:
    named = [command for commands in COMMANDS.values() for command in commands]
    assert list(COMMANDS) == list(POLICIES)
    assert sorted(named) == sorted(ERRANDS)
    assert {command.split()[0] for command in named} == {
        *subcommands(parser()),
        "s3pypi-admin",
        "s3pypi-deploy",  # of whose commands test_policy says who may run them
    }
    assert {f"status {status}" for status in STATUSES} <= set(named)


def test_an_administrator_runs_every_command() -> None:
    groups = subcommands(admin_parser()).items()
    words = {f"{group} {command}" for group, parsed in groups for command in subcommands(parsed)}
    assert {" ".join(line.split()[:2]) for line in ADMINISTRATION} == words


def subcommands(parsed: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """The parsers of a parser's commands, by their names."""
    (found,) = [action for action in parsed._actions if isinstance(action, argparse._SubParsersAction)]
    return found.choices
