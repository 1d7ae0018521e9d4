"""Somebody who sits at a terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys


def answer(typed: str, *arguments: str) -> tuple[int, str]:
    """Run ``s3twine`` on a terminal, and type; return its exit code and all that appeared."""
    return at_a_terminal(*arguments, typed=typed)


def at_a_terminal(*arguments: str, typed: str | None = None, **environ: str) -> tuple[int, str]:
    """The same; where nothing is ``typed``, there is nothing to type on."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "s3pypi_twine", *arguments]
    keyboard = subprocess.DEVNULL if typed is None else theirs
    variables = {**os.environ, **environ}
    with subprocess.Popen(command, stdin=keyboard, stdout=theirs, stderr=theirs, env=variables) as process:
        os.close(theirs)
        os.write(ours, (typed or "").encode())
        said = b""
        while chunk := _read(ours):
            said += chunk
    os.close(ours)
    return process.returncode, said.decode().replace("\r\n", "\n")


def interrupt(*arguments: str) -> tuple[int, str]:
    """Press Ctrl-C when ``s3twine`` asks whether it is meant."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "s3pypi_twine", *arguments]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        while chunk := _read(ours):
            said += chunk
            if chunk.endswith(b"[y/N] "):
                process.send_signal(signal.SIGINT)
    os.close(ours)
    return process.returncode, said.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""  # Linux says so when nobody has the other end open any more
