"""The folder in which everything is kept, and the secrets that outlive a restart."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError
from s3pypi_edge.tokens import SECRET_BYTES, make_token
from s3pypi_serve.private_file import write_private
from s3pypi_serve.s3_server import AccessKeys

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "local"
_MARKER = "s3pypi-serve.json"
_VERSION = 1
_ANOTHER = "choose another one with --data: a new one, an empty one, or one that this program made"


@dataclass(frozen=True)
class DataFolder:
    """A folder of ours, in use by nobody else as long as the file descriptor ``lock`` is open anywhere."""

    path: Path
    lock: int
    keys: AccessKeys
    token: str

    @property
    def environment(self) -> Path:
        """What a shell can source."""
        return self.path / "environment"

    @property
    def config(self) -> Path:
        """A ready configuration."""
        return self.path / "config.toml"

    @property
    def log(self) -> Path:
        """The log of the edge, where it does not go to standard error."""
        return self.path / "edge.log"

    @property
    def s3(self) -> Path:
        """The folder of the S3 server."""
        return self.path / "s3"


class NotOurs(RepositoryError):
    """The folder holds something else."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} is not a data folder of s3pypi-serve: {reason}", _ANOTHER)


@contextlib.contextmanager
def open_data_folder(path: Path | None) -> Iterator[DataFolder]:
    """Take the folder, making it and its secrets where it is new; without a path, a temporary one.

    Raises RepositoryError, with nothing written, for a folder that is not ours, in use, or out of reach.
    """
    if path is not None:
        with _taken(path.absolute()) as folder:
            yield folder
        return
    with tempfile.TemporaryDirectory(prefix="s3pypi-serve-") as temporary, _taken(Path(temporary)) as folder:
        yield folder


@contextlib.contextmanager
def _taken(path: Path) -> Iterator[DataFolder]:
    with contextlib.ExitStack() as stack:
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            stack.callback(os.close, lock)
            _lock(path, lock)
            keys, token = _secrets(path)
        except OSError as error:
            raise RepositoryError(f"{path} cannot be used: {error.strerror}", _ANOTHER) from error
        yield DataFolder(path, lock, keys, token)


def _lock(path: Path, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        hint = "end the other one first; its S3 server may need some seconds more"
        raise RepositoryError(f"{path} is in use by another s3pypi-serve", hint) from error


def _secrets(path: Path) -> tuple[AccessKeys, str]:
    marker = path / _MARKER
    if not marker.exists():
        if any(path.iterdir()):
            raise NotOurs(path, "it is not empty")
        _make_secrets(marker)
    try:
        kept = json.loads(marker.read_bytes())
        if kept["version"] != _VERSION:
            raise NotOurs(path, f"{_MARKER} was written by another version")
        return AccessKeys(kept["access_key"], kept["secret_key"]), kept["token"]
    except (ValueError, KeyError, TypeError) as error:
        raise NotOurs(path, f"{_MARKER} is damaged") from error


def _make_secrets(marker: Path) -> None:
    kept = {
        "version": _VERSION,
        "access_key": f"AK{secrets.token_hex(9).upper()}",
        "secret_key": secrets.token_urlsafe(30),
        "token": make_token(USER, secrets.token_bytes(SECRET_BYTES)),
    }
    write_private(marker, json.dumps(kept, indent=1))
