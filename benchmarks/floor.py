"""The floor: files into a bucket from 48 threads with boto3, and nothing else.

python benchmarks/floor.py BUCKET FILE...
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3  # noqa: TID251  # what is measured
from botocore.config import Config  # noqa: TID251  # likewise

CONNECTIONS = 48  # as s3twine has


def main(bucket: str, *paths: str) -> None:
    """Put all files, under their own names."""
    client = boto3.client("s3", config=Config(max_pool_connections=CONNECTIONS))

    def put(path: Path) -> None:
        with path.open("rb") as body:
            client.put_object(Bucket=bucket, Key=path.name, Body=body)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(put, map(Path, paths)))


if __name__ == "__main__":
    main(*sys.argv[1:])
