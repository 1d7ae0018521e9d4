"""What verifying a large repository costs: 1,000 projects with 20,000 files, and every request counted.

    python benchmarks/verify.py [PROJECTS] [FILES_OF_EACH]

The bucket is one in memory, so that the numbers are those of our own work: add what boto3 takes for each
request.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import time
from collections import Counter
from datetime import datetime, timedelta, timezone

from s3pypi_core.backoff import Backoff
from s3pypi_core.bucket import (
    METADATA_FILE_HEADERS,
    PAGE_HEADERS,
    RECORD_HEADERS,
    distribution_headers,
)
from s3pypi_core.file import File
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.page import project_page, root_page
from s3pypi_core.record import Record
from s3pypi_core.root import Root
from s3pypi_core.verify import Order, verify
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, file_key, metadata_key, normalize, page_key, record_key

TIME = "2026-11-22T10:00:00.000000Z"
_MEGABYTE = 1024  # kilobytes, in which Linux tells the greatest size of a process


class Counted:
    """Says how far it is; nobody needs to wait in the dark."""

    def __init__(self) -> None:
        self.looked_at = 0

    def begin(self, total: int) -> None:
        """See Watch."""
        print(f"{total:,} projects")

    def looked(self, _project: str) -> None:
        """See Watch."""
        self.looked_at += 1

    def stopping(self) -> None:
        """See Watch."""


def fill(bucket: MemoryBucket, projects: int, files: int) -> None:
    """Store projects as uploads leave them."""
    names = [normalize(f"project-{number:04}") for number in range(projects)]
    for name in names:
        listed = []
        for minor in range(files):
            filename = f"{name.replace('-', '_')}-1.{minor}-py3-none-any.whl"
            content, metadata = filename.encode(), f"Name: {name}".encode()
            sha256 = hashlib.sha256(content).hexdigest()
            core = hashlib.sha256(metadata).hexdigest()
            listed.append(File(filename, sha256, len(content), TIME, core_metadata=core))
            bucket.create(file_key(name, filename), content, distribution_headers(filename, sha256, TIME))
            bucket.create(metadata_key(name, filename), metadata, METADATA_FILE_HEADERS)
        record = Record(name, generation=files, files=tuple(listed))
        bucket.create(record_key(name), record.to_json(), RECORD_HEADERS)
        bucket.create(page_key(name), project_page(record), PAGE_HEADERS)
    root = Root(1, tuple(names))
    bucket.create(ROOT_RECORD, root.to_json(), RECORD_HEADERS)
    bucket.create(ROOT_PAGE, root_page(root), PAGE_HEADERS)


def measure(bucket: MemoryBucket, what: str, order: Order) -> None:
    """Verify, and print what it took."""
    requests: Counter[str] = Counter()
    bucket.before = lambda operation, _key: requests.update([operation])
    began, cpu, before = time.perf_counter(), time.process_time(), _peak()
    now = datetime.now(timezone.utc) + timedelta(days=2)
    done = verify(bucket, order, now=now, backoff=Backoff(), watch=Counted())
    print(
        f"{what}: {done.files:,} files, {len(done.left)} disagreements, {len(done.mended)} mended; "
        f"{time.process_time() - cpu:.1f} s of CPU, {time.perf_counter() - began:.1f} s, "
        f"{_peak() - before:.0f} MB more than the bucket itself; requests {dict(requests)}"
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE


def main() -> None:
    """Measure a whole repository, a damaged one, and its repair."""
    projects, files = (int(given) for given in (*sys.argv[1:], *("1000", "20")[len(sys.argv) - 1 :]))
    bucket = MemoryBucket("benchmark")
    fill(bucket, projects, files)
    measure(bucket, "whole", Order())
    for key in [key for key in bucket.objects if key.endswith("0/index.html")]:
        bucket.delete(key)
    measure(bucket, "a tenth of the pages gone", Order())
    measure(bucket, "repair", Order(repair=True))


if __name__ == "__main__":
    main()
