"""What verifying a large repository costs: 1,000 projects with 20,000 files, and every request counted.

    python benchmarks/verify.py [PROJECTS] [FILES_OF_EACH] [--server]

Without ``--server`` the bucket is one in memory, so that the numbers are those of our own work. With it the
embedded S3 server is filled, and the program `s3twine verify` reads it through boto3.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.backoff import Backoff
from s3pypi_core.bucket import (
    CONNECTIONS,
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
from s3pypi_core.verify.verify import Order, verify
from s3pypi_edge.keys import ROOT_PAGE, ROOT_RECORD, file_key, metadata_key, normalize, page_key, record_key
from s3pypi_serve.s3_server import AccessKeys, s3_server

if TYPE_CHECKING:
    from s3pypi_core.bucket import Bucket
    from s3pypi_edge.keys import Project

TIME = "2026-11-22T10:00:00.000000Z"
KEYS = AccessKeys("AKBENCHMARK", "a-secret-for-the-benchmark")
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


def fill(bucket: Bucket, projects: int, files: int) -> None:
    """Store projects as uploads leave them."""
    names = [normalize(f"project-{number:04}") for number in range(projects)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done, _ in enumerate(pool.map(lambda name: fill_project(bucket, name, files), names), 1):
            if done % 100 == 0:
                print(f"{done:,} projects are there", file=sys.stderr)
    root = Root(1, tuple(names))
    bucket.create(ROOT_RECORD, root.to_json(), RECORD_HEADERS)
    bucket.create(ROOT_PAGE, root_page(root), PAGE_HEADERS)


def fill_project(bucket: Bucket, name: Project, files: int) -> None:
    """Store one of them."""
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


def measure_program(bucket: S3Bucket, what: str, *options: str) -> None:
    """Verify with the program itself, and print what it took; count the requests in a run of our own."""
    requests: Counter[str] = Counter()

    def count(event_name: str, **_: object) -> None:
        requests[event_name.rpartition(".")[2]] += 1

    bucket.client.meta.events.register("before-send.s3", count)
    command = [sys.executable, "-m", "s3pypi_twine", "verify", "--repository-url", f"s3://{bucket.name}"]
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "took.json")
        measured = [sys.executable, str(Path(__file__).with_name("measured.py")), str(result)]
        if not options:  # a repair would find nothing left to do
            now = datetime.now(timezone.utc)
            verify(bucket, Order(), now=now, backoff=Backoff(), watch=Counted())
        subprocess.run([*measured, *command, *options], check=False)
        took = json.loads(result.read_text())
    bucket.client.meta.events.unregister("before-send.s3", count)
    print(
        f"{what}: {took['cpu']:.1f} s of CPU, {took['wall']:.1f} s, {took['memory'] / 1024**2:.0f} MB; "
        f"requests {dict(requests)}"
    )


def through_boto3(projects: int, files: int) -> None:
    """Fill the embedded server, and measure the program."""
    with tempfile.TemporaryDirectory(prefix="s3pypi-benchmark-") as data, s3_server(Path(data), KEYS) as url:
        os.environ |= {
            "AWS_ACCESS_KEY_ID": KEYS.access_key,
            "AWS_SECRET_ACCESS_KEY": KEYS.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_S3": url,
        }
        bucket = S3Bucket.open("benchmark")
        bucket.make()
        fill(bucket, projects, files)
        measure_program(bucket, "whole")
        for number in range(0, projects, 10):
            bucket.delete(page_key(normalize(f"project-{number:04}")))
        measure_program(bucket, "a tenth of the pages gone")
        measure_program(bucket, "repair", "--repair")


def main() -> None:
    """Measure a whole repository, a damaged one, and its repair."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("projects", type=int, nargs="?", default=1000)
    parser.add_argument("files", type=int, nargs="?", default=20)
    parser.add_argument("--server", action="store_true")
    options = parser.parse_args()
    if options.server:
        through_boto3(options.projects, options.files)
        return
    bucket = MemoryBucket("benchmark")
    fill(bucket, options.projects, options.files)
    measure(bucket, "whole", Order())
    for key in [key for key in bucket.objects if key.endswith("0/index.html")]:
        bucket.delete(key)
    measure(bucket, "a tenth of the pages gone", Order())
    measure(bucket, "repair", Order(repair=True))


if __name__ == "__main__":
    main()
