"""The ends of a command: an account in memory, a person who answers, and consoles that remember."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console

from s3pypi_core.aws.aws_clients import AwsRefusal
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_deploy.arguments import parser
from s3pypi_deploy.ends import Ends
from s3pypi_deploy.errors import BucketNameTaken, NotLetGo
from s3pypi_deploy.progress import Progress
from s3pypi_deploy.settings import Settings
from s3pypi_deploy.surroundings import OUR_RULE, Protection
from s3pypi_deploy.up import Wishes, show_changes, stand_up
from s3pypi_deploy.zones import Zone
from tests.deploy.account import FUNCTION, VERSION, Held
from tests.deploy.cloud import Cloud
from tests.deploy.template import ACCOUNT

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from s3pypi_deploy.surroundings import Certificate

HOME = "eu-central-1"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/abc"
NOW = 1_795_000_000.0
TRIAL = ("--no-domain", "--region", HOME, "--name", "acme")
# What S3 gives to a bucket that somebody makes, and what ours is given.
NEW = Protection(is_versioned=False, is_private=True, is_owned=True, encryption="AES256", has_policy=False)
PROTECTED = NEW._replace(is_versioned=True)
ZONE = Zone("Z0123456789", "acme.com")
ZONED = ("pypi.acme.com", "--region", HOME, "--hosted-zone-id", ZONE.id)


@dataclass
class Around:
    """See Surroundings."""

    cloud: Cloud
    code: dict[tuple[str, str], bytes] = field(default_factory=dict)
    certificates: dict[str, Certificate] = field(default_factory=dict)
    objects: dict[str, int] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    protected: dict[str, Protection] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=dict)  # keys that are not ours, by bucket
    not_let_go: int = 0  # for so many times S3 keeps the name of the code's bucket
    zones: dict[str, Zone] = field(default_factory=lambda: {ZONE.id: ZONE})
    dns: dict[str, list[str]] = field(default_factory=dict)  # of other people's making
    acls: dict[str, bool] = field(default_factory=dict)  # by bucket, whether it takes them

    def account(self) -> str:
        """See Surroundings.account."""
        return ACCOUNT

    def bucket_region(self, name: str, account: str) -> str | None:
        """See Surroundings.bucket_region."""
        assert account == ACCOUNT
        if name in self.foreign:
            raise BucketNameTaken(name)
        return self.cloud.buckets.get(name)

    def protection(self, bucket: str, region: str, account: str) -> Protection:
        """See Surroundings.protection. What the first stack wrote is as its template says."""
        assert (self.cloud.buckets[bucket], account) == (region, ACCOUNT)
        made = PROTECTED if bucket in self.cloud.made else NEW
        found = self.protected.get(bucket, made)
        if bucket in self.cloud.lifecycles:
            found = found._replace(keeps=((OUR_RULE, self.cloud.lifecycles[bucket]),), others=())
        return found._replace(has_policy=found.has_policy or bucket in self.cloud.policies)

    def store_code(self, bucket: str, key: str, body: bytes, account: str) -> bool:
        """See Surroundings.store_code."""
        assert account == ACCOUNT
        if self.not_let_go:
            self.not_let_go -= 1
            raise NotLetGo(bucket)
        self.cloud.buckets.setdefault(bucket, "us-east-1")
        return self.code.setdefault((bucket, key), body) is body

    def load_code(self, bucket: str, key: str, account: str) -> bytes | None:
        """See Surroundings.load_code."""
        assert account == ACCOUNT
        return self.code.get((bucket, key))

    def certificate(self, arn: str) -> Certificate | None:
        """See Surroundings.certificate."""
        return self.certificates.get(arn)

    def functions(self) -> Sequence[str]:
        """See Surroundings.functions."""
        return [arn.rpartition(":")[2] for arn in self.cloud.versions]

    def delete_function(self, name: str) -> bool:
        """See Surroundings.delete_function."""
        return not self.cloud.unmake(Held(FUNCTION, name, "", retained=False), self.cloud.used())

    def versions(self, function: str) -> Sequence[str]:
        """See Surroundings.versions."""
        return list(self.cloud.versions.get(function, []))

    def delete_version(self, function: str, version: str) -> bool:
        """See Surroundings.delete_version."""
        held = Held(VERSION, f"{function}:{version}", "", retained=True)
        return not self.cloud.unmake(held, self.cloud.used())

    def foreign_keys(self, bucket: str, region: str, account: str) -> Sequence[str]:
        """See Surroundings.foreign_keys."""
        assert (self.cloud.buckets.get(bucket, region), account) == (region, ACCOUNT)
        return self.others.get(bucket, [])

    def empty(self, bucket: str, region: str, account: str) -> Iterator[int]:
        """See Surroundings.empty."""
        assert (self.cloud.buckets[bucket], account) == (region, ACCOUNT)
        for gone in range(1, self.objects.pop(bucket, 0) + 1):
            yield gone * 1000

    def delete_bucket(self, bucket: str, region: str, account: str) -> None:
        """See Surroundings.delete_bucket."""
        self.cloud.lifecycles.pop(bucket, None)
        assert (self.cloud.buckets.pop(bucket, region), account) == (region, ACCOUNT)

    def zone(self, zone_id: str) -> Zone | None:
        """See Surroundings.zone."""
        return self.zones.get(zone_id)

    def records(self, zone_id: str, name: str) -> Sequence[str]:
        """See Surroundings.records."""
        assert zone_id in self.zones
        ours = [
            f"{held.type} of {kept.name}"
            for kept in self.cloud.stacks
            for held in kept.resources.values()
            if held.type == "AWS::Route53::RecordSet" and kept.parameters["DomainName"] == name
        ]
        return [*ours, *self.dns.get(name, [])]

    def takes_acls(self, bucket: str, account: str) -> bool | None:
        """See Surroundings.takes_acls."""
        assert account == ACCOUNT
        if bucket in self.foreign:
            raise AwsRefusal("GetBucketOwnershipControls", "AccessDenied", "Access Denied")
        return self.acls.get(bucket)


@dataclass
class Place:
    """An account, a person at a terminal, and a folder for the configuration."""

    folder: Path
    cloud: Cloud = field(default_factory=Cloud)
    answers: list[str | None] = field(default_factory=list)
    addresses: dict[str, list[str]] = field(default_factory=dict)
    terminal: bool = False
    before_answer: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.around = Around(self.cloud)
        self.buckets: dict[str, MemoryBucket] = {}
        self.stdout, self.stderr = io.StringIO(), io.StringIO()
        self.asked: list[str] = []

    @property
    def out(self) -> str:
        """Standard output so far."""
        return self.stdout.getvalue()

    @property
    def err(self) -> str:
        """Standard error so far."""
        return self.stderr.getvalue()

    @property
    def config(self) -> Path:
        """Where the section is written."""
        return self.folder / "config.toml"

    @property
    def ends(self) -> Ends:
        """What a command works on."""
        return Ends(
            stacks_in=self.cloud.stacks_in,
            around=self.around,
            open_bucket=self.open_bucket,
            out=Console(file=self.stdout, width=160, force_terminal=self.terminal),
            progress=Progress(Console(file=self.stderr, width=160, force_terminal=self.terminal)),
            ask=self._ask,
            sleep=self.cloud.sleep,
            now=lambda: NOW,
            resolve=lambda host: self.addresses.get(host, []),
            environ={"S3PYPI_CONFIG": str(self.config)},
        )

    def open_bucket(self, name: str) -> MemoryBucket:
        """The bucket, whose content outlives a command."""
        return self.buckets.setdefault(name, MemoryBucket(name))

    def up(self, *options: str, yes: bool = True, as_json: bool = False, profile: str | None = None) -> bool:
        """Run ``up``."""
        wishes = Wishes(yes=yes, json=as_json, profile=profile)
        return stand_up(settings(*(options or TRIAL)), self.ends, wishes)

    def plan(self, *options: str, as_json: bool = False) -> None:
        """Run ``plan``."""
        show_changes(settings(*(options or TRIAL)), self.ends, Wishes(json=as_json))

    def states(self) -> dict[str, str]:
        """The stacks that are there."""
        return {kept.name: kept.status for kept in self.cloud.stacks if kept.status != "DELETE_COMPLETE"}

    def assert_stands(self) -> None:
        """That all three stacks are there, and good."""
        states = self.states()
        assert set(states) == {"acme-bucket", "acme-edge", "acme-cdn"}
        assert set(states.values()) <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}

    def version(self, function: str) -> str:
        """The logical id of the version of a function."""
        held = self.cloud.stack("acme-edge").resources
        return next(name for name in held if name.startswith(f"{function}Version"))

    def _ask(self, question: str) -> str | None:
        self.asked.append(question)
        self.before_answer()
        return self.answers.pop(0)


def options(*given: str) -> Namespace:
    """What the command line makes of options."""
    return parser().parse_args(given)


def settings(*given: str) -> Settings:
    """The settings that options of ``up`` make."""
    return Settings.parse(options("up", *given))
