"""What stacks let go of while CloudFront still had copies of it: old versions, and whole functions.

They cost nothing, and nobody is hurt by them; whoever looks at the account should not find them for good.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from s3pypi_deploy.blueprint import Names
    from s3pypi_deploy.ends import Ends

_COPIES = "still have copies in CloudFront's places: they cost nothing, and a later"


def sweep(names: Names, current: Collection[str], ends: Ends) -> None:
    """Delete versions and functions that are not ``current``, which are ARNs of versions, as far as they go.

    Where they cannot be removed, a note says why, and nothing is raised: the repository stands all the same.
    """
    try:
        for arn in current:
            _sweep_versions(arn, ends)
        left = sweep_functions(names, {arn.split(":")[-2] for arn in current}, ends)
    except RepositoryError as error:
        ends.progress.note(
            f"old versions of the function stay until a later `up` removes them: {error.message}"
        )
        if error.hint:
            ends.progress.note(f"hint: {error.hint}")
        return
    if left:
        ends.progress.note(
            f"functions of earlier deployments ({', '.join(left)}) {_COPIES} `up` removes them"
        )


def sweep_functions(names: Names, current: Iterable[str], ends: Ends) -> list[str]:
    """Delete the functions that a second stack of this name once made; return those that still have copies.

    Raises AwsError.
    """
    left = leftovers(names, current, ends)
    return [function for function in left if not ends.around.delete_function(function)]


def leftovers(names: Names, current: Iterable[str], ends: Ends) -> list[str]:
    """The functions but the ``current`` ones. Raises AwsError."""
    # CloudFormation's names: the stack, the logical id, and what tells one from another.
    ours = re.compile(rf"{re.escape(names.edge)}-(Edge|OriginResponse)-[A-Za-z0-9]+")
    found = ends.around.functions()
    return [function for function in found if ours.fullmatch(function) and function not in {*current}]


def _sweep_versions(current: str, ends: Ends) -> None:
    function, _, number = current.rpartition(":")
    others = [version for version in ends.around.versions(function) if version != number]
    kept = [version for version in others if not ends.around.delete_version(function, version)]
    if kept:
        ends.progress.note(f"old versions of the function ({', '.join(kept)}) {_COPIES} `up` removes them")
