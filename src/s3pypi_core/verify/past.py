"""What a document has been before, where the bucket keeps versions."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from s3pypi_core.document import NewerDocument, UnreadableDocument
from s3pypi_core.page import HIGHEST_BELIEVED, believed_generation
from s3pypi_core.record import Record
from s3pypi_core.root import Root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from s3pypi_core.bucket import Bucket, Object, Version

Index = TypeVar("Index", Record, Root)

MOST_VERSIONS = 200  # that are read of one document, the newest first
_GENERATION = re.compile(rb'"_generation": ?([0-9]{1,16})\b')


class Past(NamedTuple):
    """What a document has been: the best state that can still be read, and the highest generation believed.

    ``earlier`` are the names of all files in the states that the best one has followed.
    """

    best: Record | Root | None
    generation: int
    earlier: frozenset[str] = frozenset()


def past_of(
    bucket: Bucket, key: str, current: Object | None, page: Object | None, parse: Callable[[bytes], Index]
) -> Past:
    """Read what is there, and every version that is kept, one at a time. Raises NewerDocument."""
    best: Record | Root | None = None
    earlier, highest = set[str](), max(0, believed_generation(page and page.body))
    for body in chain([current.body] if current else [], _bodies(bucket, key, MOST_VERSIONS)):
        index = parsed(body, parse)
        highest = max(highest, _generation_in(body) if index is None else _believed(index))
        if index is not None and (best is None or _believed(index) > _believed(best)):
            best = index
            earlier.clear()
        elif isinstance(index, Record):
            earlier.update(file.filename for file in index.all_files)
    return Past(best, highest, frozenset(earlier))


def _believed(index: Record | Root) -> int:
    return index.generation if index.generation <= HIGHEST_BELIEVED else 0


def parsed(body: bytes, parse: Callable[[bytes], Index]) -> Index | None:
    """What the body says, or None if it cannot be read. Raises NewerDocument."""
    try:
        return parse(body)
    except NewerDocument:
        raise
    except UnreadableDocument:
        return None


def _generation_in(body: bytes) -> int:
    """What a document says of itself that may be damaged."""
    try:
        said = [json.loads(body)["_generation"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        said = [int(found) for found in _GENERATION.findall(body)]
    return max((each for each in said if isinstance(each, int) and each <= HIGHEST_BELIEVED), default=0)


def generations_kept(bucket: Bucket, key: str, *, above: int, most: int) -> int:
    """The highest generation among the states that were deleted, or that an earlier state was put over.

    If that is not ``above`` the given one, the last ``most`` versions are read as well.
    """
    versions = bucket.versions(key)
    seen = _highest(bucket, key, _put_over(versions))
    states = [version for version in versions if not version.is_delete_marker]
    return seen if seen > above else max(seen, _highest(bucket, key, states[:most]))


def _put_over(versions: Sequence[Version]) -> Iterator[Version]:
    """The states that were deleted, or that an earlier state was put over.

    The ETag of such a state comes twice, with another between, whatever came later.
    """
    before: Version | None = None
    known = set[str]()
    for version in reversed(versions):
        again = version.is_delete_marker or version.etag in known
        if before and version.etag != before.etag and again:
            yield before
        known.add(version.etag)
        before = None if version.is_delete_marker else version


def _highest(bucket: Bucket, key: str, versions: Iterable[Version]) -> int:
    kept = (bucket.get_version(key, version.id) for version in versions)
    return max((_generation_in(found.body) for found in kept if found), default=0)


def _bodies(bucket: Bucket, key: str, most: int) -> Iterator[bytes]:
    for version in bucket.versions(key)[:most]:
        kept = None if version.is_delete_marker else bucket.get_version(key, version.id)
        if kept is not None:
            yield kept.body
