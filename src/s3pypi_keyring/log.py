"""The file that ``S3PYPI_LOG`` names: a line for each look-up, and never a secret."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time

_USERINFO = re.compile(r"//[^/?#]*@")
_UNSEEN = re.compile(r"[^ -~]")
_LONGEST = 500  # characters of what was asked


def note(path: str, service: object, outcome: str) -> None:
    """Append a line to the file, which nobody else may read. Nothing happens where that cannot be done."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = f"{stamp} {os.getpid()} {_told(service)}: {_UNSEEN.sub('?', outcome)}\n"
    with contextlib.suppress(OSError, ValueError):
        _append(path, line.encode())


def _told(service: object) -> str:
    """What was asked, without a password or a query that may stand in a URL."""
    plain = _USERINFO.sub("//", str(service)).split("?")[0].split("#")[0]
    return "a service with a user name" if "@" in plain else _UNSEEN.sub("?", plain)[:_LONGEST]


def _append(path: str, line: bytes) -> None:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        status = os.fstat(descriptor)
        # A device may be standard output, which is the client's; a file that others read is not for this.
        if stat.S_ISREG(status.st_mode) and not _is_standard_output(status):
            if stat.S_IMODE(status.st_mode) & 0o077 and hasattr(os, "fchmod"):
                os.fchmod(descriptor, 0o600)
            os.write(descriptor, line)
    finally:
        os.close(descriptor)


def _is_standard_output(status: os.stat_result) -> bool:
    try:
        return os.path.samestat(status, os.fstat(1))
    except OSError:
        return False
