"""``s3twine`` as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3pypi_core.aws.s3_bucket import S3Bucket


def start(bucket: S3Bucket, command: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a command; what it says on both streams can be read from its output."""
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "s3pypi_twine",
            command,
            "--repository-url",
            f"s3://{bucket.name}",
            *arguments,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # What a killed or racing process would report of its coverage is not missed.
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
    )


def start_upload(bucket: S3Bucket, *arguments: str) -> subprocess.Popen[str]:
    """Start ``s3twine upload``."""
    return start(bucket, "upload", *arguments)
