"""CPU of ``s3twine upload`` with one small wheel, beside importing boto3 and making a client.

    python -m s3pypi_serve --port 0 -- python benchmarks/upload_start.py

Prints medians in seconds of CPU, user and system, of whole processes that take turns.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.builders import build_wheel

ROUNDS = 11
FLOOR = [sys.executable, "-c", "import boto3; boto3.client('s3')"]
UPLOAD = [sys.executable, "-m", "s3pypi_twine", "upload"]


def cpu(command: list[str]) -> float:
    """Return the CPU seconds that a command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Measure, and print."""
    floor, upload = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            floor.append(cpu(FLOOR))
            upload.append(cpu([*UPLOAD, str(build_wheel(Path(folder), "demo", f"1.{number}"))]))
    print(f"boto3 and a client     {statistics.median(floor):.3f} s")
    print(f"s3twine upload, 1 file {statistics.median(upload):.3f} s")


if __name__ == "__main__":
    main()
