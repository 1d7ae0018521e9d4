"""What a bucket has to be like before it is taken in.

CloudFormation takes in a bucket as it is. What the template says of it is not done then, nor later, as long
as the template says the same: a bucket that is less protected would stay so, and the stack would hide it.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3pypi_deploy.surroundings import Protection

_PRIVATE = "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
_ENFORCED = "Rules=[{ObjectOwnership=BucketOwnerEnforced}]"
_ENCRYPTED = "Rules=[{ApplyServerSideEncryptionByDefault={SSEAlgorithm=AES256}}]"


class Trouble(NamedTuple):
    """What is wrong with a bucket, and the ``aws s3api`` command that mends it."""

    what: str
    verb: str
    options: tuple[str, ...] = ()

    def command(self, bucket: str) -> str:
        """The command to type."""
        return shlex.join(["aws", "s3api", self.verb, "--bucket", bucket, *self.options])


class NotAdoptable(RepositoryError):
    """A bucket is there, and would be less than what the first stack promises."""

    def __init__(self, bucket: str, troubles: list[Trouble]) -> None:
        said = "; ".join(trouble.what for trouble in troubles)
        commands = "\n".join(dict.fromkeys(trouble.command(bucket) for trouble in troubles))
        super().__init__(
            f"the bucket {bucket} is there, and cannot be taken in as it is: {said}; nothing was changed",
            f"look at what each of these undoes, type them, and run the same command again:\n{commands}",
        )


def check_adoptable(bucket: str, found: Protection, *, ours: bool, days: int) -> None:
    """Raise NotAdoptable, with everything that is wrong and the commands that mend it.

    ``ours`` says that a policy of the bucket, if it has one, is that of our own third stack; ``days`` is for
    how long a deleted release is to be kept.
    """
    troubles = [*_troubles(found, ours=ours), *_haste(found, days)]
    if troubles:
        raise NotAdoptable(bucket, troubles)


def _troubles(found: Protection, *, ours: bool) -> Iterator[Trouble]:
    if not found.is_versioned:
        what = "it keeps no old versions, so that nothing deleted could be brought back"
        yield Trouble(what, "put-bucket-versioning", ("--versioning-configuration", "Status=Enabled"))
    if not found.is_private:
        what = "it does not block all public access"
        yield Trouble(what, "put-public-access-block", ("--public-access-block-configuration", _PRIVATE))
    if not found.is_owned:
        what = "it takes ACLs, so that an object in it can be somebody else's"
        yield Trouble(what, "put-bucket-ownership-controls", ("--ownership-controls", _ENFORCED))
    if found.encryption != "AES256":
        what = f"it encrypts with {found.encryption}, whose keys neither CloudFront nor our policies may use"
        options = ("--server-side-encryption-configuration", _ENCRYPTED)
        yield Trouble(what, "put-bucket-encryption", options)
    if found.has_policy and not ours:
        what = "it has a policy, and can have only one, which the third stack brings"
        yield Trouble(what, "delete-bucket-policy")
    if found.expires:
        what = f"its lifecycle deletes objects by itself ({', '.join(found.expires)})"
        yield Trouble(what, "delete-bucket-lifecycle")


def _haste(found: Protection, days: int) -> Iterator[Trouble]:
    """What deletes old versions sooner than the stack would say, which changes no rule that it takes in."""
    short = [f"{name}: {kept}" for name, kept in found.keeps if kept < days]
    if short:
        what = (
            f"its lifecycle deletes old versions before --retention-days {days} are over ({', '.join(short)})"
        )
        yield Trouble(what, "delete-bucket-lifecycle")
