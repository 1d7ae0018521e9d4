"""A repository in memory that is damaged and looked at: what the tests of care share."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING

from s3pypi_core import record_changes
from s3pypi_core.bucket import CONFIG_HEADERS, Headers
from s3pypi_core.care import change, open_project
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.page import project_page
from s3pypi_core.release import Scope
from s3pypi_core.repository import create_repository
from s3pypi_core.verify.verify import YOUNG, Order, verify
from s3pypi_edge.keys import file_key, metadata_key, normalize, page_key, record_key
from tests.builders import build_metadata, build_sdist, build_wheel
from tests.care import delete
from tests.repositories import PATIENT, publish, record_of

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.bucket import Bucket
    from s3pypi_core.record import Record
    from s3pypi_core.verify.finding import Finding
    from s3pypi_core.verify.verified import Verified
    from s3pypi_edge.keys import Project

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
LONG_AGO = NOW - timedelta(days=30)
# What a filled repository has, among other things.
ONE, TWO = normalize("one"), normalize("two")
WHEEL = "one-1.0-py3-none-any.whl"
FILE, METADATA = file_key(ONE, WHEEL), metadata_key(ONE, WHEEL)
RECORD, PAGE = record_key(ONE), page_key(ONE)


class Unwatched:
    """Nobody looks on."""

    def begin(self, total: int) -> None:
        """See Watch."""

    def looked(self, project: Project) -> None:
        """See Watch."""

    def stopping(self) -> None:
        """See Watch."""


UNWATCHED = Unwatched()


def new_repository() -> MemoryBucket:
    """An empty repository whose objects are all long there."""
    bucket = MemoryBucket("acme-pypi", versioned=True)
    bucket.clock = lambda: LONG_AGO
    create_repository(bucket)
    return bucket


def filled_repository(folder: Path) -> MemoryBucket:
    """Two projects, one of them with three releases and an sdist, published one after the other."""
    bucket = new_repository()
    publish(bucket, build_wheel(folder, "one"), build_sdist(folder, "one"))
    publish(bucket, build_wheel(folder, "one", "2.0"))
    publish(bucket, build_wheel(folder, "two"))
    publish(bucket, build_wheel(folder, "one", "3.0", requires_python=">=3.8"))
    return bucket


def cared_for_repository(folder: Path) -> MemoryBucket:
    """The same after years of care: yanks, deletions, a project of each status, one that was emptied."""
    bucket = filled_repository(folder)
    bucket.create("config/users.json", b"{}", CONFIG_HEADERS)
    dynamic = build_metadata("one", "0.2", headers=["Dynamic: Requires-Dist"])
    publish(bucket, build_wheel(folder, "one", "0.1"), build_sdist(folder, "one", "0.2", metadata=dynamic))
    publish(bucket, build_wheel(folder, "three"), build_wheel(folder, "four"), build_wheel(folder, "five"))
    publish(bucket, build_wheel(folder, "three", "2.0"), build_sdist(folder, "four", "2.0"))
    for what in ("one==0.1", "three==1.0", "five==1.0"):
        delete(bucket, what)
    for what in ("one==2.0", "four==1.0"):
        scope = Scope.parse(what)
        index = open_project(bucket, scope.project)
        change(bucket, index, partial(record_changes.yank, scope=scope, reason="broken"), PATIENT)
    for name, status in (("two", "deprecated"), ("three", "archived"), ("four", "quarantined")):
        index = open_project(bucket, normalize(name))
        change(bucket, index, partial(record_changes.set_status, status=status, reason="use one"), PATIENT)
    return bucket


def drop(bucket: MemoryBucket, key: str) -> None:
    """Somebody deletes an object by hand."""
    bucket.delete(key)


def overwrite(bucket: MemoryBucket, key: str, body: bytes) -> None:
    """Somebody stores other bytes by hand; what S3 serves them with stays."""
    stored = bucket.objects[key]
    bucket.replace(key, body, stored.headers, etag=stored.etag)


def put(bucket: MemoryBucket, record: Record) -> None:
    """Let this be the record."""
    overwrite(bucket, record_key(record.project), record.to_json())


def put_with_page(bucket: MemoryBucket, record: Record) -> None:
    """Let this be the record, and its page the one that it gives."""
    put(bucket, record)
    overwrite(bucket, page_key(record.project), project_page(record))


def without(bucket: MemoryBucket, **changes: object) -> Record:
    """The next record of the project one, were it one that never listed the wheel."""
    record = record_of(bucket, "one")
    files = tuple(file for file in record.files if file.filename != WHEEL)
    return replace(record, files=files, generation=record.generation + 1, **changes)  # type: ignore[arg-type]


def mislabel(bucket: MemoryBucket, key: str, **changes: object) -> None:
    """Somebody stores the same bytes by hand, and the tool has its own idea of what they are."""
    stored = bucket.objects[key]
    headers = replace(Headers("binary/octet-stream", ""), **changes)  # type: ignore[arg-type]
    bucket.replace(key, stored.body, headers, etag=stored.etag)


def age(bucket: MemoryBucket, key: str) -> None:
    """Somebody puts the first state of an object back."""
    states = [version for version in bucket.versions(key) if not version.is_delete_marker]
    first = bucket.get_version(key, states[-1].id)
    assert first is not None
    overwrite(bucket, key, first.body)


def store_now(bucket: MemoryBucket, key: str) -> None:
    """Let an object be one that was stored just now."""
    bucket.clock = lambda: NOW
    overwrite(bucket, key, bucket.objects[key].body)
    bucket.clock = lambda: LONG_AGO


def look_at(
    bucket: Bucket,
    *names: str,
    deep: bool = False,
    repair: bool = False,
    young: float = YOUNG,
    now: datetime = NOW,
) -> Verified:
    """Verify as ``s3twine verify`` does."""
    order = Order([normalize(name) for name in names], deep=deep, repair=repair, young=young)
    return verify(bucket, order, now=now, backoff=PATIENT, watch=UNWATCHED)


def found(verified: Verified) -> list[tuple[str, str]]:
    """What is wrong, by kind and key."""
    return [left.finding.what for left in verified.left]


def findings(verified: Verified) -> list[Finding]:
    """What is wrong."""
    return [left.finding for left in verified.left]
