"""The policy of docs/deploying.md allows each request that the commands make, and nothing broader."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from moto import mock_aws

from s3pypi_deploy import commands
from s3pypi_deploy.commands import perform
from tests.cloudformation.policy_docs import commands_by_policy
from tests.deploy.outside import Outside, put_outside
from tests.deploy.permissions import WITHOUT_RESOURCE, Need, grants, needs
from tests.deploy.places import HOME, Place, options
from tests.deploy.recorded import Account, attempt
from tests.deploy.template import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from s3pypi_deploy.ends import Ends

TEXT = (Path(__file__).parents[2] / "docs" / "deploying.md").read_text(encoding="utf-8")
(POLICY,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
BUCKET = f"acme-pypi-{ACCOUNT}"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1b2c"
ZONED = ("pypi.acme.com", "--region", HOME, "--hosted-zone-id", "Z0123456789ABC")
OWN = ("pypi.acme.com", "--region", HOME, "--certificate-arn", CERTIFICATE)


class Scene:
    """Commands, one after the other, in one account."""

    def __init__(self, account: Account) -> None:
        self.account, self.place = account, account.place
        self.done: set[str] = set()

    def do(self, *given: str) -> int:
        """Run a command."""
        self.done.add(given[0])

        def open_ends(_environ: Mapping[str, str], _region: str, _profile: str | None) -> Ends:
            return self.account.ends

        return perform(options(*given), self.place.ends.environ, open_ends)

    def up(self, *given: str) -> int:
        return self.do("up", *given, "--yes")


@contextmanager
def account(folder: Path) -> Iterator[Scene]:
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "AKTESTS")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("HOME", str(folder))
        made = Account(Place(folder))
        made.install(patch)
        yield Scene(made)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with account(tmp_path) as made:
        yield made


def plan(scene: Scene) -> None:
    assert scene.do("plan", *ZONED) == 0


def up(scene: Scene) -> None:
    """A first time, with new code and without a tag, and with nothing to do."""
    assert (
        scene.up(*ZONED, "--tag", "team=packages", "--allow-principal", f"arn:aws:iam::{ACCOUNT}:role/R") == 0
    )
    scene.place.cloud.replicas = True
    assert scene.up(*ZONED, "--reserve", "acme-*") == 0
    scene.place.cloud.replicas = False
    assert scene.up(*ZONED, "--reserve", "acme-*") == 0
    assert list(scene.place.cloud.versions.values()) == [["2"]]


def up_with_a_certificate(scene: Scene) -> None:
    assert scene.up(*OWN) == 0


def up_with_logs(scene: Scene) -> None:
    s3 = scene.account.ends.around.clients.s3("us-east-1")  # type: ignore[attr-defined]
    s3.create_bucket(Bucket="acme-logs")
    s3.put_bucket_ownership_controls(
        Bucket="acme-logs", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    scene.account.calls.clear()  # these were somebody else's
    assert scene.up(*OWN, "--log-bucket", "acme-logs") == 0


def up_with_a_bucket_that_is_there(scene: Scene) -> None:
    scene.place.cloud.buckets[BUCKET] = HOME
    assert scene.up(*OWN) == 0


def up_after_failures(scene: Scene) -> None:
    """A change set that fails, an update that cannot be undone, a stack that has to go first."""
    scene.place.cloud.fails["acme-edge", ""] = "Template error"
    attempt(lambda: scene.up(*ZONED))
    scene.place.cloud.fails = {("acme-cdn", "Distribution"): "no"}
    attempt(lambda: scene.up(*ZONED))
    scene.place.cloud.fails.clear()
    assert scene.up(*ZONED) == 0
    scene.place.cloud.stack("acme-cdn").status = "UPDATE_ROLLBACK_FAILED"
    assert scene.up(*ZONED, "--price-class", "all") == 0


def status(scene: Scene) -> None:
    scene.up(*ZONED)
    scene.account.calls.clear()
    assert scene.do("status") == 1  # no domain leads anywhere here


def down(scene: Scene) -> None:
    """While copies are left, and when they have gone."""
    scene.up(*ZONED)
    scene.account.calls.clear()
    scene.place.cloud.replicas = True
    scene.do("down", "--yes")
    scene.place.cloud.replicas = False
    scene.do("down", "--yes")
    assert set(scene.place.states()) == {"acme-bucket"}


def down_with_all_packages(scene: Scene) -> None:
    scene.up(*ZONED)
    scene.account.calls.clear()
    scene.place.answers = [BUCKET]
    assert scene.do("down", "--delete-packages") == 0
    assert scene.place.states() == {}


COMMANDS = [
    plan,
    up,
    up_with_a_certificate,
    up_with_logs,
    up_with_a_bucket_that_is_there,
    up_after_failures,
    status,
    down,
    down_with_all_packages,
]


class Run(NamedTuple):
    """What was run, and what it needed."""

    commands: set[str]
    needs: set[Need]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Run]:
    """All of them, by their names."""
    found = {}
    for command in COMMANDS:
        with account(tmp_path_factory.mktemp(command.__name__)) as scene:
            command(scene)
            found[command.__name__] = Run(scene.done, needed(scene))
    return found


@pytest.fixture(scope="module")
def asked(runs: Mapping[str, Run]) -> Mapping[str, set[Need]]:
    """What each command needs."""
    return {name: run.needs for name, run in runs.items()}


def needed(scene: Scene) -> set[Need]:
    return {need for call in scene.account.calls for need in needs(call)}


def refused(asked: set[Need], policy: str = POLICY) -> set[Need]:
    allowed = grants(json.loads(policy))
    return {need for need in asked if not any(grant.covers(need) for grant in allowed)}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_the_policy_allows_whatever_a_command_asks_for(
    asked: Mapping[str, set[Need]], command: Callable[[Scene], None]
) -> None:
    assert asked[command.__name__]
    assert refused(asked[command.__name__]) == set()


def test_every_command_that_asks_aws_is_recorded(runs: Mapping[str, Run]) -> None:
    """Here, or by test_least_privilege, with the policy of who publishes."""
    here = set().union(*(run.commands for run in runs.values()))
    there = [line.split() for line in commands_by_policy()["publish"] if line.startswith("s3pypi-deploy ")]
    assert there == [["s3pypi-deploy", "doctor", "--probe"]]
    assert {*here, "doctor"} == commands.COMMANDS.keys() - {"config", "export"}


def test_doctor_asks_nothing_of_aws(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    put_outside(Outside(), monkeypatch)
    scene.place.config.write_text("")
    assert scene.do("doctor", "pypi.acme.com", "--bucket", BUCKET) == 0
    assert scene.account.calls == []


def test_it_allows_nothing_that_no_command_asks_for(asked: Mapping[str, set[Need]]) -> None:
    every = set().union(*asked.values())
    idle = {grant for grant in grants(json.loads(POLICY)) if not any(grant.covers(need) for need in every)}
    assert idle == set()


def test_only_what_knows_no_resource_is_allowed_on_all() -> None:
    everywhere = {grant.action for grant in grants(json.loads(POLICY)) if grant.resource == "*"}
    assert everywhere <= WITHOUT_RESOURCE


def test_another_bucket_takes_the_place_of_the_usual_one(scene: Scene) -> None:
    assert f"in the place of `{BUCKET}`" in " ".join(TEXT.split())
    scene.up(*ZONED, "--bucket", "acme-wheels")
    assert refused(needed(scene))
    assert refused(needed(scene), POLICY.replace(BUCKET, "acme-wheels")) == set()


def test_another_repository_is_not_in_it(scene: Scene) -> None:
    scene.up(*ZONED, "--name", "other", "--bucket", BUCKET)
    assert {need.action.partition(":")[0] for need in refused(needed(scene))} >= {"cloudformation", "s3"}
