"""Sessions that were got before, and failures to get one: small private files, one for each identity."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from s3pypi_core.config.config_paths import cache_folder
from s3pypi_keyring.locks import exclusive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

LEAST_LEFT = 1800  # seconds: a client may need its credentials for that long
REMEMBERED = 30  # seconds that a failure is not tried again
_OLDEST = 2 * 86_400  # seconds after which a file is swept away: no session lives that long
_LARGEST = 65_536  # bytes
_VERSION = 1
_LOCKS = 16

# What could not be written, such as in a container without a home, lasts as long as the process.
_memory: dict[Path, str] = {}


class Session(NamedTuple):
    """A session, and when it ends, in POSIX seconds."""

    token: str
    expires: float

    def __repr__(self) -> str:
        return "<Session>"


class Failure(NamedTuple):
    """Why there is no session. ``evidence`` is what the credentials on this machine looked like then."""

    message: str
    hint: str
    at: float
    process: int
    evidence: str


class SessionCache:
    """Sessions and failures by key, in the files of ``folder``. For use by many threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def session(self, key: str, now: float) -> Session | None:
        """Return the session of ``key``, if it lives for 30 min at least."""
        entry = self._entry(key).get("session", {})
        with contextlib.suppress(AttributeError, TypeError, ValueError):
            session = Session(**entry)
            if session.expires - now >= LEAST_LEFT and session.token.isascii():
                return session
        return None

    def failure(self, key: str, now: float) -> Failure | None:
        """Return the failure of the last 30 s, if there was one and no session since."""
        entry = self._entry(key).get("failure", {})
        with contextlib.suppress(AttributeError, TypeError, ValueError):
            failure = Failure(**entry)
            if 0 <= now - failure.at < REMEMBERED:
                return failure
        return None

    def keep(self, key: str, url: str, entry: Session | Failure) -> None:
        """Keep it in place of what was kept under ``key``; only in memory where no file can be written."""
        kind = "session" if isinstance(entry, Session) else "failure"
        text = json.dumps({"version": _VERSION, "url": url, kind: entry._asdict()})
        path = self._path(key)
        try:
            _replace(path, text)
            _memory.pop(path, None)
        except OSError:
            _memory[path] = text
        self._sweep()

    def forget(self, url: str | None = None) -> list[str]:
        """Remove what is kept for ``url``, or for all; return the addresses whose sessions are gone."""
        gone = set()
        for path in self._paths():
            kept = _parse(path)
            if url in (None, kept.get("url")):
                with contextlib.suppress(OSError):
                    path.unlink()
                _memory.pop(path, None)
                if "session" in kept:
                    gone.add(str(kept["url"]))
        return sorted(gone)

    def lock(self, key: str, seconds: float) -> AbstractContextManager[None]:
        """Keep all others from getting a session for ``key``. Raises TimeoutError."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return exclusive(self.folder / f"lock-{int(key, 16) % _LOCKS}", seconds)

    def _path(self, key: str) -> Path:
        return self.folder / f"session-{key}.json"

    def _entry(self, key: str) -> dict[str, Any]:
        return _parse(self._path(key))

    def _paths(self) -> Iterator[Path]:
        yield from [*self.folder.glob("session-*.json"), *(p for p in _memory if p.parent == self.folder)]

    def _sweep(self) -> None:
        """Keys of temporary credentials change all the time, and nobody asks for the old ones again."""
        for path in self.folder.glob("session-*"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _OLDEST:
                    path.unlink()


def open_cache() -> SessionCache:
    """The cache of this user."""
    return SessionCache(cache_folder())


def _parse(path: Path) -> dict[str, Any]:
    try:
        entry = json.loads(_read(path))
    except (OSError, ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) and entry.get("version") == _VERSION else {}


def _read(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return _memory.get(path, "")
    with open(descriptor, encoding="utf-8") as file:  # noqa: PTH123  # Path.open takes no descriptor
        status = os.fstat(descriptor)
        return file.read(_LARGEST) if _is_ours_alone(status) else ""


def _is_ours_alone(status: os.stat_result) -> bool:
    """Whether nobody else could have written or read the file."""
    if not stat.S_ISREG(status.st_mode):
        return False
    if not hasattr(os, "geteuid"):  # pragma: no cover - Windows, where the folder is the user's own
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & 0o077


def _replace(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}-")  # with mode 0600
    new = Path(name)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123  # as above
            file.write(text)
        new.replace(path)
    except OSError:
        new.unlink()
        raise
