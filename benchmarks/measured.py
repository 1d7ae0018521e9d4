"""Run a command, and write as JSON what it took: {"wall": s, "cpu": s, "memory": bytes}.

    python benchmarks/measured.py RESULT COMMAND...

A process of its own, because the peak memory of a program counts that of the process which started it.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main(result: str, *command: str) -> int:
    """Run it; return its exit code."""
    begun = time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    took = {
        "wall": time.monotonic() - begun,
        "cpu": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }
    with open(result, "w", encoding="utf-8") as file:  # noqa: PTH123  # pathlib would be most of its memory
        json.dump(took, file)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
