"""Projects real and odd: what a private repository may be asked to hold, as small files really built."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from s3pypi_core.bucket import PAGE_HEADERS, RECORD_HEADERS
from s3pypi_core.distribution import Distribution
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.page import project_page
from s3pypi_core.plan import Plan
from s3pypi_core.repository import create_repository
from s3pypi_core.upload import upload
from s3pypi_edge.keys import page_key, record_key
from tests.builders import build_metadata, build_sdist, build_wheel
from tests.jury import words
from tests.repositories import PATIENT, UPLOAD_TIME, publish, record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from s3pypi_core.record import Record


class Release(NamedTuple):
    """A file to be built: the name and the version as its author spells them, and what it is called."""

    name: str
    version: str
    filename: str
    metadata: bytes | None = None


def releases() -> Iterator[Release]:
    """Every file of the corpus."""
    yield from map(_real, words.REAL_FILES)
    yield from _versions()
    yield from _names()
    yield from _tags()
    yield from _metadata()
    for number in range(len(words.REASONS)):
        yield Release(f"yanked-{number}", "1.0", f"yanked_{number}-1.0-py3-none-any.whl")
        yield Release(f"yanked-{number}", "2.0", f"yanked_{number}-2.0-py3-none-any.whl")
        for status in words.STATUSES:
            yield Release(f"{status}-{number}", "1.0", f"{status}-{number}-1.0.tar.gz")


def publish_corpus(folder: Path) -> MemoryBucket:
    """Build and upload the whole corpus, as `s3twine upload` does; then yank files and set statuses."""
    bucket = new_repository()
    publish(bucket, *(_build(release, folder) for release in releases()))
    for number, said in enumerate(words.REASONS):
        rewrite(bucket, f"yanked-{number}", partial(yank, said=said))
        reason = said if isinstance(said, str) else None
        for status in words.STATUSES:
            rewrite(bucket, f"{status}-{number}", partial(set_status, status=status, reason=reason))
    return bucket


def publish_ten_thousand(folder: Path) -> MemoryBucket:
    """Upload one project of as many files: the same wheel each time, because its pages are what is tried."""
    bucket = new_repository()
    wheel = Distribution.read(build_wheel(folder, "big", "0.0"))
    versions = [Version(f"{n // 100}.{n % 100}") for n in range(10_000)]
    plan = Plan.of(replace(wheel, filename=f"big-{v}-py3-none-any.whl", version=v) for v in versions)
    upload(plan, bucket, upload_time=UPLOAD_TIME, backoff=PATIENT)
    return bucket


def new_repository() -> MemoryBucket:
    """Return an empty one."""
    bucket = MemoryBucket("corpus")
    create_repository(bucket)
    return bucket


def rewrite(bucket: MemoryBucket, name: str, change: Callable[[Record], Record]) -> None:
    """Write the next generation of a project's record and page, as a yank or a change of status does."""
    before = record_of(bucket, name)
    record = replace(change(before), generation=before.generation + 1)
    for key, body, headers in (
        (record_key(record.project), record.to_json(), RECORD_HEADERS),
        (page_key(record.project), project_page(record), PAGE_HEADERS),
    ):
        bucket.replace(key, body, headers, etag=bucket.objects[key].etag)


def yank(record: Record, said: str | bool) -> Record:  # noqa: FBT001 - as the record has it
    """Yank the first file."""
    first, *others = record.files
    return replace(record, files=(replace(first, yanked=said), *others))


def set_status(record: Record, status: str, reason: str | None) -> Record:
    """Give the project a status; one that is quarantined withholds its files."""
    if status == "quarantined":
        record = replace(record, files=(), withheld=record.files)
    return replace(record, status=status, status_reason=reason)


def _real(filename: str) -> Release:
    if filename.endswith(".whl"):
        name, version, _, _ = parse_wheel_filename(filename)
    else:
        name, version = parse_sdist_filename(filename)
    return Release(name, str(version), filename)


def _versions() -> Iterator[Release]:
    for number, version in enumerate(words.VERSIONS):
        name = f"Version.{number}"
        yield Release(name, version, f"version_{number}-{version}-py3-none-any.whl")
        yield Release(name, version, f"version_{number}-{version}.tar.gz")
        yield Release("every-version", version, f"every_version-{version}-py3-none-any.whl")


def _names() -> Iterator[Release]:
    for name in words.NAMES:
        yield Release(name, "1.0", f"{_escaped(name)}-1.0-py3-none-any.whl")
        # As setuptools named sdists for years.
        yield Release(name, "1.0", f"{name}-1.0.zip")


def _tags() -> Iterator[Release]:
    for number, tags in enumerate(words.TAGS):
        yield Release(f"tags{number}", "1.0", f"tags{number}-1.0-{tags}.whl")
        yield Release("every-tag", "1.0", f"every_tag-1.0-{tags}.whl")


def _metadata() -> Iterator[Release]:
    for number, headers in enumerate(words.HEADERS):
        name = f"metadata{number}"
        text = build_metadata(name, metadata_version="2.4", headers=headers, description=words.DESCRIPTION)
        yield from _wheel_and_sdist(name, text)
    for version in words.METADATA_VERSIONS:
        name = f"metadata-version-{version}"
        yield from _wheel_and_sdist(name, build_metadata(name, metadata_version=version))


def _wheel_and_sdist(name: str, metadata: bytes) -> Iterator[Release]:
    yield Release(name, "1.0", f"{_escaped(name)}-1.0-py3-none-any.whl", metadata)
    yield Release(name, "1.0", f"{_escaped(name)}-1.0.tar.gz", metadata)


def _escaped(name: str) -> str:
    """The name as it stands in a wheel's, its capitals kept."""
    return re.sub("[-_.]+", "_", name)


def _build(release: Release, folder: Path) -> Path:
    build = build_wheel if release.filename.endswith(".whl") else build_sdist
    name, version, filename, metadata = release
    return build(folder, name, version, filename=filename, metadata=metadata)
