"""What lies in an account beside its stacks, and outlives them: buckets, functions, rate limits."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.deploy.template import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET, POLICY = "AWS::S3::Bucket", "AWS::S3::BucketPolicy"
ROLE = "AWS::IAM::Role"
FUNCTION, VERSION = "AWS::Lambda::Function", "AWS::Lambda::Version"
ACL, CERTIFICATE = "AWS::WAFv2::WebACL", "AWS::CertificateManager::Certificate"
DISTRIBUTION = "AWS::CloudFront::Distribution"
REPLICATED = (
    "Lambda was unable to delete arn:aws:lambda:us-east-1:123456789012:function:acme-edge-Edge:1 because it "
    "is a replicated function. Please see our documentation for Deleting Lambda@Edge Functions and Replicas."
)
IN_USE = "it couldn't be deleted because your resource is being used by another resource"
_FUNCTIONS = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:"


@dataclass
class Held:
    """A resource of a stack, as it is."""

    type: str
    physical_id: str
    properties: str
    retained: bool
    status: str = "CREATE_COMPLETE"
    reason: str = ""
    stays_when_undone: bool = False


@dataclass
class Account:
    """What there is. ``versions`` has each function, by its ARN, with the numbers of its versions."""

    buckets: dict[str, str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)  # buckets that CloudFormation made, not only took in
    policies: set[str] = field(default_factory=set)  # buckets that have one
    lifecycles: dict[str, int] = field(default_factory=dict)  # days, of buckets whose lifecycle a stack wrote
    versions: dict[str, list[str]] = field(default_factory=dict)
    published: dict[str, tuple[int, str]] = field(
        default_factory=dict
    )  # the latest version, and its settings
    roles: set[str] = field(default_factory=set)
    acls: dict[str, str] = field(default_factory=dict)  # names, by ARN
    replicas: bool = False  # CloudFront's places have copies of every function
    number: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def make(self, held: Held, region: str, function: str) -> str:
        """Make a resource, and give it its id; return why it cannot be. ``function`` is a version's own."""
        wanted = json.loads(held.properties)
        if held.type == BUCKET:
            return self._make_bucket(held.physical_id, region)
        if held.type == POLICY:
            return self._make_policy(held.physical_id)
        if held.type == FUNCTION:
            self.versions[_FUNCTIONS + held.physical_id] = []
        if held.type == ROLE:
            self.roles.add(held.physical_id)
        if held.type == VERSION:
            return self._publish(held, _FUNCTIONS + wanted["FunctionName"], function)
        if held.type == ACL:
            return self._make_acl(held, wanted.get("Name", f"generated-{next(self.number)}"))
        return ""

    def write_lifecycle(self, held: Held) -> None:
        """Let a bucket keep what is deleted as its properties say, and have no other rules."""
        rules = json.loads(held.properties).get("LifecycleConfiguration", {}).get("Rules", [])
        for ends in (rule.get("NoncurrentVersionExpiration", {}) for rule in rules):
            for days in ends.values():  # one, where old versions end
                self.lifecycles[held.physical_id] = int(days)

    def unmake(self, held: Held, used: str) -> str:
        """Delete a resource; return why it cannot be. ``used`` is what the distributions say."""
        if held.type == FUNCTION:
            if self.replicas or f":{held.physical_id}:" in used:
                return REPLICATED
            self.versions.pop(_FUNCTIONS + held.physical_id, None)
        if held.type == VERSION:
            function, _, number = held.physical_id.rpartition(":")
            if self.replicas or held.physical_id in used:
                return REPLICATED
            self.versions[function].remove(number)
        if held.type in {ACL, CERTIFICATE} and held.physical_id in used:
            return IN_USE
        self.roles.discard(held.physical_id)
        self.acls.pop(held.physical_id, None)
        if held.type == POLICY:
            self.policies.discard(held.physical_id)
        if held.type == BUCKET:
            self.buckets.pop(held.physical_id, None)
            self.lifecycles.pop(held.physical_id, None)
        return ""

    def _make_bucket(self, name: str, region: str) -> str:
        if name in self.buckets:
            return f"{name} already exists (Service: S3, Status Code: 0)"
        self.buckets[name] = region
        self.made.add(name)
        return ""

    def _make_policy(self, bucket: str) -> str:
        if bucket in self.policies:
            return f"The bucket policy already exists on bucket {bucket}."
        self.policies.add(bucket)
        return ""

    def _publish(self, held: Held, arn: str, settings: str) -> str:
        number, before = self.published.get(arn, (0, ""))
        if before == settings and str(number) in self.versions[arn]:
            return (
                f"A version for this Lambda function exists ( {number} ). Modify the function to create one"
            )
        self.published[arn] = (number + 1, settings)
        self.versions[arn].append(str(number + 1))
        held.physical_id = f"{arn}:{number + 1}"
        return ""

    def _make_acl(self, held: Held, name: str) -> str:
        if name in self.acls.values():
            return f"AWS WAF couldn't perform the operation: {name} already exists"
        self.acls[held.physical_id] = name
        return ""
