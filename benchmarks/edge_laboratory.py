"""The processes that measure: each handler runs in one of its own, against the AWS of ``edge_aws.py``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi

if TYPE_CHECKING:
    from benchmarks.edge_aws import Aws
    from benchmarks.edge_subjects import Subject

CHILD = str(Path(__file__).with_name("edge_child.py"))


class Laboratory:
    """Measures subjects; everything they read comes from ``aws``."""

    def __init__(self, folder: Path, aws: Aws) -> None:
        self.folder = folder
        self.aws = aws
        bundle = folder / "bundle.pem"
        usual = Path(certifi.where()).read_bytes()
        bundle.write_bytes(usual + aws.certificate.read_bytes())
        self.environ = {
            "PATH": os.defpath,
            "AWS_ACCESS_KEY_ID": "AKLOCAL",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_CA_BUNDLE": str(bundle),
            "SSL_CERT_FILE": str(bundle),
        }

    def run(self, scenario: str, subject: Subject, events: list[Any], *flags: str) -> tuple[float, Any]:
        """CPU of a whole process in milliseconds, and what it says."""
        arguments = [CHILD, scenario, str(subject.folder), subject.module, subject.function]
        return self._process([sys.executable, *flags, *arguments], json.dumps(events))

    def always_loaded(self) -> set[str]:
        """What this Python loads for itself, whoever runs."""
        code = "import json, sys; print('\\n' + json.dumps([*sys.modules]))"
        return set(self._process([sys.executable, "-c", code], "")[1])

    def bare(self) -> float:
        """CPU of a Python that does nothing, in milliseconds."""
        return self._process([sys.executable, "-c", "print('\\n{}')"], "")[0]

    def _process(self, command: list[str], text: str) -> tuple[float, Any]:
        with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as said:
            given.write(text)
            given.seek(0)
            process = subprocess.Popen(
                command, stdin=given, stdout=said, stderr=subprocess.DEVNULL, env=self.environ
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            if process.returncode:
                raise SystemExit(f"{command} ended with {process.returncode}")
            return (usage.ru_utime + usage.ru_stime) * 1000, json.loads(
                said.read().strip().rpartition("\n")[2]
            )
