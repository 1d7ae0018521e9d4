"""LocalStack, running for as long as somebody asks it: no Docker, no file outside a folder, nobody called."""

from __future__ import annotations

import contextlib
import subprocess
import time
from typing import TYPE_CHECKING

from tests.indexes import free_port
from tests.localstack.guest import GUEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

HOME = "eu-central-1"
READY_WITHIN = 60  # seconds
_SETTINGS = {
    "SERVICES": "cloudformation,iam,lambda,s3,sts",
    "STRICT_SERVICE_LOADING": "1",
    "CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES": "1",  # what it cannot make, it notes down
    "DISABLE_EVENTS": "1",  # no telemetry
    "SKIP_SSL_CERT_DOWNLOAD": "1",
    "DNS_ADDRESS": "0",  # no DNS server
    "DOCKER_BRIDGE_IP": "127.0.0.1",  # or it pings for one
    "GATEWAY_SERVER": "hypercorn",  # the usual one listens on every address, whatever GATEWAY_LISTEN says
    "LAMBDA_RUNTIME_EXECUTOR": "nothing-runs",  # see guest.py
}


@contextlib.contextmanager
def localstack(python: Path, folder: Path) -> Iterator[str]:
    """Yield the endpoint of a LocalStack that knows nothing yet, and forgets everything at the end."""
    port = free_port()
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [str(python), "-m", "localstack.runtime.main"],
            env=_variables(folder, port),
            cwd=folder,
            stdin=subprocess.PIPE,  # closed, it ends: also if this process is killed
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            _await(process, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()  # when told to end it takes half a minute for that


def _variables(folder: Path, port: int) -> Mapping[str, str]:
    for name in ("home", "tmp"):
        (folder / name).mkdir()
    for name, text in GUEST.items():
        (folder / "guest" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "guest" / name).write_text(text, encoding="utf-8")
    return {
        **_SETTINGS,
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(folder / "guest"),
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        # What outputs call S3: as AWS would, which the plan foresees. It is never looked up, see guest.py.
        "LOCALSTACK_HOST": f"{HOME}.amazonaws.com:{port}",
    }


def _await(process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_WITHIN
    while b"\nReady." not in log.read_bytes():
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < until, log.read_text(errors="replace")
        time.sleep(0.05)
