"""``down``: takes away what serves, and keeps the packages unless their bucket's name is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError
from s3pypi_deploy.down_packages import confirm_by_name, delete_packages
from s3pypi_deploy.errors import StackFailed
from s3pypi_deploy.reasons import REPLICAS, remedy
from s3pypi_deploy.settings import EDGE_REGION, usual_bucket
from s3pypi_deploy.stacks import DELETED, NOT_DELETED
from s3pypi_deploy.sweeping import leftovers, sweep_functions
from s3pypi_deploy.watch import failed, seen_events
from s3pypi_deploy.whereabouts import domain_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_deploy.ends import Ends
    from s3pypi_deploy.stacks import Event, Stack
    from s3pypi_deploy.whereabouts import Whereabouts

_LATER = (
    "CloudFront's places still have copies of it, which go by themselves within a few hours. They cost "
    "nothing. Run the same command again then: it finishes"
)


def take_down(where: Whereabouts, ends: Ends, *, yes: bool, with_packages: bool) -> bool:
    """Remove the distribution, then the function; return False where the answer was no, or copies hold it up.

    Run again after some hours, it finishes. Raises StackFailed, UsageError where nobody can be asked or what
    has that name serves another domain, and RepositoryError where there is nothing of that name, or its
    bucket is in another region.
    """
    account = ends.around.account()
    here = _find_stacks(where, ends)
    where.check_stacks(here.get(where.names.cdn), here.get(where.names.edge))
    bucket = _bucket(where, here, account, ends, with_packages=with_packages)
    ends.progress.note(f"This is about {_shown(where, here)} in {where.whose(account, ends.environ)}.")
    if with_packages and bucket is not None:
        agreed = confirm_by_name(bucket, where.home, account, ends)
    else:
        agreed = yes or _agrees(where, bucket, ends)
    if not agreed:
        ends.progress.note("nothing was changed")
        return False
    _delete(where.names.cdn, where.home, ends)
    gone = _delete_edge(where, account, ends)
    if with_packages:
        _delete_packages(where, bucket, account, ends)
    elif bucket is not None:
        ends.progress.note(f"kept: the bucket {bucket} with all packages, and the stack {where.names.bucket}")
    return gone


def _shown(where: Whereabouts, here: Mapping[str, Stack]) -> str:
    """What is meant, for people: its name, and the address that would go."""
    cdn = here.get(where.names.cdn)
    own = cdn.outputs.get("DistributionDomainName") if cdn else None
    address = domain_of(cdn, here.get(where.names.edge)) or own
    if address is None and where.domain:
        address = "no stack here says which domain this was for"
    return f"{where.name} ({address})" if address else where.name


def _bucket(
    where: Whereabouts, here: Mapping[str, Stack], account: str, ends: Ends, *, with_packages: bool
) -> str | None:
    """The bucket; None where an earlier run has deleted it with its stack. Raises RepositoryError."""
    names, home = where.names, where.home
    told = (name for stack in here.values() if (name := stack.parameters.get("BucketName")))
    found = next(told, where.bucket) or (_left(where, account, ends) if with_packages else None)
    if not here and found is None and not leftovers(names, (), ends):
        hint = f"check --name and --region: there is no stack {names.bucket} in {home}"
        raise RepositoryError(f"there is no deployment {where.name}", hint)
    if found is None or names.bucket in here:
        return found
    region = ends.around.bucket_region(found, account)
    if region not in {None, home} and names.cdn not in here:
        # From another region the distribution is not seen, and the function would go first.
        hint = f"give --region {region}"
        raise RepositoryError(f"the bucket {found} is in {region}, and not in {home}", hint)
    return found if region else None


def _find_stacks(where: Whereabouts, ends: Ends) -> dict[str, Stack]:
    names, home = where.names, where.home
    places = ((names.bucket, home), (names.cdn, home), (names.edge, EDGE_REGION))
    return {name: stack for name, region in places if (stack := ends.stacks_in(region).find(name))}


def _left(where: Whereabouts, account: str, ends: Ends) -> str | None:
    """The bucket that an interrupted run left without its stack, where it has the usual name."""
    usual = usual_bucket(where.name, account)
    return usual if ends.around.bucket_region(usual, account) == where.home else None


def _agrees(where: Whereabouts, bucket: str | None, ends: Ends) -> bool:
    names = where.names
    ends.progress.note(f"{names.cdn} and {names.edge} will be removed: nobody can install any more.")
    if bucket is not None:
        ends.progress.note(f"The bucket {bucket} stays, with all packages; `up` brings the rest back.")
    return ends.agrees("Do this?")


def _delete(name: str, region: str, ends: Ends) -> None:
    after, events = _try_delete(name, region, ends)
    if after is not None and after.status != DELETED:
        raise failed(after, events)


def _try_delete(name: str, region: str, ends: Ends) -> tuple[Stack | None, list[Event]]:
    stacks = ends.stacks_in(region)
    stack = stacks.find(name)
    if stack is not None and stack.is_moving:
        stack = ends.watcher.wait_out(stacks, stack)
    if stack is None or stack.status == DELETED:
        ends.progress.note(f"{name}: is not there")
        return None, []
    seen = seen_events(stacks, stack)
    stacks.delete(name)
    return ends.watcher.follow(stacks, stack, seen)


def _delete_edge(where: Whereabouts, account: str, ends: Ends) -> bool:
    name = where.names.edge
    after, events = _try_delete(name, EDGE_REGION, ends)
    if after is not None and after.status != DELETED:
        _check_only_copies(after, events)
        ends.progress.note(f"{name} keeps the function for now: {_LATER}")
        return False
    code = where.names.code_bucket(account)
    if ends.around.bucket_region(code, account) is not None:
        _delete_bucket(code, EDGE_REGION, account, ends)
    left = sweep_functions(where.names, (), ends)
    if left:
        ends.progress.note(f"functions that earlier stacks left ({', '.join(left)}) stay for now: {_LATER}")
    return not left


def _check_only_copies(stack: Stack, events: list[Event]) -> None:
    own = [event for event in events if event.logical_id != stack.name]
    failures = [event for event in own if event.status == NOT_DELETED]
    others = [event.reason for event in failures if REPLICAS not in event.reason]
    if others or not failures:
        reason = next(iter(others), stack.reason)
        raise StackFailed(stack.name, stack.status, reason, remedy(reason))


def _delete_packages(where: Whereabouts, bucket: str | None, account: str, ends: Ends) -> None:
    # The stack first, which retains the bucket: where it cannot go, because somebody has one of its policies,
    # the packages are still there.
    _delete(where.names.bucket, where.home, ends)
    if bucket is not None:
        delete_packages(bucket, where.home, account, ends)


def _delete_bucket(bucket: str, region: str, account: str, ends: Ends) -> None:
    for _ in ends.around.empty(bucket, region, account):
        pass
    ends.around.delete_bucket(bucket, region, account)
