"""What can be wrong with a deployment, and what to type next."""

from __future__ import annotations

import shlex

from s3pypi_core.errors import Interruption, RepositoryError

GOES_ON = "run the same command again: it waits for what is under way, and goes on from there"


class ProposalFailed(RepositoryError):
    """CloudFormation could not work out the changes of a stack."""

    def __init__(self, stack: str, reason: str, hint: str = "") -> None:
        super().__init__(f"{stack} cannot be changed as asked: {reason}; nothing was changed", hint)


class BucketNameTaken(RepositoryError):
    """A bucket of that name is somebody else's, or the credentials may not look at it."""

    def __init__(self, bucket: str, option: str = "--bucket") -> None:
        super().__init__(
            f"the bucket {bucket} belongs to another account, or these credentials lack s3:ListBucket on it",
            f"all of AWS shares the names of buckets: choose another with {option}",
        )


class NotLetGo(RepositoryError):
    """S3 does not yet give away the name of a bucket that was deleted a short while ago."""

    def __init__(self, bucket: str) -> None:
        super().__init__(
            f"S3 is still working on the name {bucket}: the bucket that had it may not be quite gone",
            "run the same command again in an hour at the latest: it goes on from there",
        )


class StackFailed(RepositoryError):
    """A stack did not become what was asked. The first sentence is the resource's own reason."""

    def __init__(self, stack: str, status: str, reason: str, hint: str) -> None:
        super().__init__(f"{reason}\n{stack} is now {status}", hint)


class Stuck(RepositoryError):
    """A stack is in a state that only a person can lead it out of."""

    def __init__(self, stack: str, status: str, reason: str, hint: str) -> None:
        super().__init__(f"{stack} is {status}{': ' if reason else ''}{reason}", hint)


class Unseen(RepositoryError):
    """Carrying the outputs over showed changes that destroy something, and that nobody agreed to."""

    def __init__(self, stack: str, changes: list[str]) -> None:
        super().__init__(
            f"{stack} would change in a way that the plan did not show: {', '.join(changes)}; "
            "this stack was left as it is",
            "run the same command again: it shows these changes, and asks",
        )


class LostSight(RepositoryError):
    """CloudFormation could not be asked any more about a stack that it is working on."""

    def __init__(self, stack: str, problem: RepositoryError) -> None:
        super().__init__(
            f"{problem.message}\nCloudFormation goes on with {stack} by itself",
            f"{problem.hint}; then {GOES_ON}" if problem.hint else GOES_ON,
        )


class DeployInterrupted(Interruption):
    """Ctrl-C in the middle of things; ``stack`` is what CloudFormation is at, if it is at anything."""

    def __init__(self, stack: str = "") -> None:
        goes_on = f"; CloudFormation goes on with {stack} by itself" if stack else ""
        super().__init__(f"interrupted{goes_on}", GOES_ON)


def aws_command(verb: str, stack: str, region: str, more: str = "") -> str:
    """An ``aws cloudformation`` command to type."""
    return f"aws cloudformation {verb} --stack-name {shlex.quote(stack)} --region {region}{more}"
