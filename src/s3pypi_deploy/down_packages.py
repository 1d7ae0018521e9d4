"""``down --delete-packages``: what goes with the bucket, and who has to say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3pypi_core.errors import UsageError
from s3pypi_deploy.surroundings import OURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s3pypi_deploy.ends import Ends

_TOLD_EVERY = 10  # rounds of deletions, of up to 1,000 versions each
_HINT = "use a terminal"  # --yes does not agree to this


def confirm_by_name(bucket: str, region: str, account: str, ends: Ends) -> bool:
    """Have the bucket's name typed; where others keep something in it, ask once more. Return the answer.

    Raises UsageError for another name, and where nobody can be asked; AwsError.
    """
    foreign = ends.around.foreign_keys(bucket, region, account)
    ends.progress.note(
        f"Every object in {bucket}, with all its versions, will be gone for good: packages, users, keys, and "
        f"whatever else is in it ({_counted(foreign)})."
    )
    answer = ends.ask("Type the name of the bucket to delete it: ")
    if answer is None:
        raise UsageError("packages are deleted only for somebody who types the bucket's name", _HINT)
    if answer.strip() != bucket:
        raise UsageError(f"that is not {bucket}; nothing was changed", "")
    question = f"Delete these {len(foreign)} objects, which are not the repository's, too?"
    return not foreign or ends.agrees(question, hint=_HINT)


def delete_packages(bucket: str, region: str, account: str, ends: Ends) -> None:
    """Empty the bucket, and delete it. Where it stopped, it goes on. Raises AwsError."""
    if ends.around.bucket_region(bucket, account) is not None:
        for number, gone in enumerate(ends.around.empty(bucket, region, account), 1):
            if number % _TOLD_EVERY == 0:
                ends.progress.note(f"{bucket}: {gone} versions of objects deleted so far")
    ends.around.delete_bucket(bucket, region, account)
    ends.progress.note(f"{bucket} is gone, with all that was in it")


def _counted(foreign: Sequence[str]) -> str:
    ours = " and ".join(OURS)
    if not foreign:
        return f"nothing is outside {ours}"
    return f"{len(foreign)} objects outside {ours}, such as {foreign[0]}"
