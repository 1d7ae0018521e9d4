"""A process that never outlives this one, even if this one is killed without a chance to stop it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# The shell becomes the program. What it leaves behind reads from a pipe that only we can write to:
# the end of that pipe is the end of us.
_GUARD = """
exec {pipe}<&0 </dev/null
{{ read -r _ <&{pipe}; kill -TERM $$; }} &
exec {pipe}<&- "$@"
"""
_SHELL_DESCRIPTORS = range(3, 10)  # all that a shell need know, beside standard input and output


@contextlib.contextmanager
def guarded_process(
    arguments: Sequence[str],
    *,
    log: BinaryIO,
    env: Mapping[str, str],
    patience: float,
    pass_fds: Sequence[int] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program, its output in ``log``; at the end send SIGTERM, and SIGKILL ``patience`` seconds later.

    It has a session of its own: a Ctrl-C in the terminal does not reach it. It holds ``pass_fds``, files
    that are open here, as long as it lives.
    """
    guard = _GUARD.format(pipe=next(n for n in _SHELL_DESCRIPTORS if n not in pass_fds))
    with subprocess.Popen(  # noqa: S603  # a program of our own choice, no shell reads its arguments
        ["/bin/sh", "-c", guard, "sh", *arguments],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        env=env,
        pass_fds=pass_fds,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            _end(process, patience)


def _end(process: subprocess.Popen[bytes], patience: float) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    # The guard is still in the group; it goes before it could signal a number that is no longer ours.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
