"""The folder in which everything is kept, and the secrets that outlive a restart."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shlex
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s3pypi_core.errors import RepositoryError
from s3pypi_edge.tokens import SECRET_BYTES, make_token
from s3pypi_serve.private_file import ANOTHER, explained, write_private
from s3pypi_serve.s3_server import AccessKeys

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "local"
_MARKER = "s3pypi-serve.json"
_VERSION = 1
_TEMPORARY = "s3pypi-serve-"
_OTHERS_MAY_WRITE = 0o022
# The S3 server of a program that was killed closes its files for up to 4 s, and holds the folder so long.
_LOCKED_WITHIN = 5.0  # seconds
_TICK = 0.1  # seconds


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
        super().__init__(f"{path} is not a data folder of s3pypi-serve: {reason}", ANOTHER)


@contextlib.contextmanager
def open_data_folder(path: Path | None) -> Iterator[DataFolder]:
    """Take the folder, making it and its secrets where it is new; without a path, a temporary one.

    Raises RepositoryError, with nothing written, for a folder that is not ours, in use, or out of reach.
    """
    if path is not None:
        with _taken(_absolute(path)) as folder:
            yield folder
        return
    _remove_abandoned(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_TEMPORARY) as temporary, _taken(Path(temporary)) as folder:
        yield folder


@contextlib.contextmanager
def _taken(path: Path) -> Iterator[DataFolder]:
    _check_name(path)
    with contextlib.ExitStack() as stack:
        with explained(path):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            stack.callback(os.close, lock)
            _check_owner(path, os.fstat(lock))
            _lock(path, lock)
            keys, token = _secrets(path)
        yield DataFolder(path, lock, keys, token)


def _absolute(path: Path) -> Path:
    try:
        return path.absolute()
    except FileNotFoundError as error:
        gone = f"{path} cannot be found: the current directory has been removed"
        raise RepositoryError(gone, "change to another directory") from error


def _check_name(path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        fault = "its name is not text in this locale"
        raise RepositoryError(f"{str(path)!r} cannot be used: {fault}", ANOTHER) from error
    if "," in str(path):
        fault = "the S3 server takes a comma in its name for the end of it"
        raise RepositoryError(f"{path} cannot be used: {fault}", ANOTHER)


def _check_owner(path: Path, found: os.stat_result) -> None:
    """Refuse a folder in which somebody else could replace the file that people source."""
    if found.st_uid != os.geteuid():
        raise RepositoryError(f"{path} cannot be used: it belongs to another user", ANOTHER)
    if found.st_mode & _OTHERS_MAY_WRITE:
        hint = f"chmod go-w {shlex.quote(str(path))}"
        raise RepositoryError(f"{path} cannot be used: other users can write in it", hint)


def _lock(path: Path, descriptor: int) -> None:
    deadline = time.monotonic() + _LOCKED_WITHIN
    while not _try_lock(descriptor):
        if time.monotonic() > deadline:
            raise RepositoryError(f"{path} is in use by another s3pypi-serve", "end the other one first")
        time.sleep(_TICK)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove_abandoned(parent: Path) -> None:
    """Remove the temporary folders of programs that were killed: those with secrets and without a lock."""
    for marker in parent.glob(f"{_TEMPORARY}*/{_MARKER}"):
        # Another program may be doing the same, and what is not to be removed stays.
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            lock = os.open(marker.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            stack.callback(os.close, lock)
            if os.fstat(lock).st_uid == os.geteuid() and _try_lock(lock):
                shutil.rmtree(marker.parent)


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
