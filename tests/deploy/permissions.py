"""What IAM decides: the actions and resources of a request, and whether a policy allows them.

Actions and resources are those of AWS's Service Authorization Reference.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.deploy.template import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.deploy.recorded import Call

# IAM does not call all of S3's requests by their names.
_S3 = {
    "HeadBucket": ("s3:ListBucket",),
    "HeadObject": ("s3:GetObject",),
    "ListObjectsV2": ("s3:ListBucket",),
    "ListObjectVersions": ("s3:ListBucketVersions",),
    "DeleteObjects": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
}
# These know no resource: they are about the account, or about the caller.
WITHOUT_RESOURCE = {"sts:GetCallerIdentity", "lambda:ListFunctions"}


class Need(NamedTuple):
    """What a request needs."""

    action: str
    resource: str


class Grant(NamedTuple):
    """One action on one resource that a policy allows; each may hold ``*``."""

    action: str
    resource: str

    def covers(self, need: Need) -> bool:
        """Whether the need is met. IAM's action names ignore case."""
        return fnmatchcase(need.action.lower(), self.action.lower()) and fnmatchcase(
            need.resource, self.resource
        )


def grants(policy: dict[str, Any]) -> list[Grant]:
    """Every action with every resource of its statement."""
    return [
        Grant(action, resource)
        for statement in policy["Statement"]
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
        if _goes_with(action, resource)
    ]


def needs(call: Call) -> Iterator[Need]:
    """What IAM asks for before it lets a request through."""
    of: dict[str, Callable[[Call], Sequence[str]]] = {
        "cloudformation": _of_stack,
        "s3": _of_bucket,
        "lambda": _of_function,
        "acm": lambda one: [one.parameters["CertificateArn"]],
        "route53": _of_zone,
        "sts": lambda _one: ["*"],
    }
    for resource in of[call.service](call):
        for action in _actions(call):
            yield Need(action, "*" if action in WITHOUT_RESOURCE else resource)


def _actions(call: Call) -> Sequence[str]:
    if call.service == "s3":
        return _S3.get(call.operation, (f"s3:{call.operation}",))
    action = f"{call.service}:{call.operation}"
    if call.operation != "CreateChangeSet":
        return [action]
    # What a stack is tagged with is a permission of its own.
    tagged = ["cloudformation:TagResource"] if call.parameters["Tags"] else []
    return [action, *tagged, *(["cloudformation:UntagResource"] if call.drops_tags else [])]


def _of_stack(call: Call) -> Sequence[str]:
    """A change set may be decided on as itself, or as its stack: both have to be allowed."""
    here = f"arn:aws:cloudformation:{call.region}:{ACCOUNT}"
    name = call.parameters["StackName"].removeprefix("arn:").split(":")[0]  # the imitation's ids: arn:NAME:1
    stack = f"{here}:stack/{name}/0a1b2c3d"
    change_set = call.parameters.get("ChangeSetName", "")
    if call.operation == "CreateChangeSet" or not change_set:
        return [stack]
    return [stack, change_set]


def _of_bucket(call: Call) -> Sequence[str]:
    bucket = f"arn:aws:s3:::{call.parameters['Bucket']}"
    if "Delete" in call.parameters:
        return [f"{bucket}/{one['Key']}" for one in call.parameters["Delete"]["Objects"]]
    key = call.parameters.get("Key")
    return [f"{bucket}/{key}" if key else bucket]


def _of_function(call: Call) -> Sequence[str]:
    name: str = call.parameters.get("FunctionName", "")
    arn = name if name.startswith("arn:") else f"arn:aws:lambda:{call.region}:{ACCOUNT}:function:{name}"
    number = call.parameters.get("Qualifier")
    return [f"{arn}:{number}" if number else arn]


def _of_zone(call: Call) -> Sequence[str]:
    zone = call.parameters.get("Id") or call.parameters["HostedZoneId"]
    return [f"arn:aws:route53:::hostedzone/{zone}"]


def _goes_with(action: str, resource: str) -> bool:
    """Whether S3 knows the action for such a resource: for objects, or for buckets."""
    if not action.startswith("s3:"):
        return True
    return action.endswith(("Object", "ObjectVersion")) == ("/" in resource)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
