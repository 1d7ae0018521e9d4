"""Threads for requests, which a Ctrl-C need not wait for."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 5.0  # seconds for what is under way to end


class _Job(NamedTuple):
    future: Future[Any]
    call: Callable[[], object]

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self.call())
        except BaseException as error:  # noqa: BLE001  # whoever asks for the result is told
            self.future.set_exception(error)


class Workers(Executor):
    """Runs what is submitted, in order, on at most ``most`` threads; it starts no more than it needs.

    The threads of the standard library's executor are joined when the interpreter ends, so that one
    request to a silent server holds the program for minutes. These are daemons, and can be left behind.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """See concurrent.futures.Executor.submit. Only one thread may submit."""
        future: Future[T] = Future()
        self._jobs.put(_Job(future, lambda: fn(*args, **kwargs)))
        if not self._idle.acquire(blocking=False) and len(self._threads) < self._most:
            thread = threading.Thread(target=self._work, daemon=True)
            self._threads.append(thread)
            thread.start()
        return future

    def end(self) -> None:
        """Begin nothing more; wait for what is under way, but not for ever."""
        with contextlib.suppress(Empty):
            while job := self._jobs.get_nowait():
                job.future.cancel()
        for _ in self._threads:
            self._jobs.put(None)
        deadline = time.monotonic() + PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self) -> None:
        while self._work_once():
            self._idle.release()

    def _work_once(self) -> bool:
        """Run the next job; return whether there was one. What a job holds is let go at its end."""
        if job := self._jobs.get():
            job.run()
        return job is not None


@contextlib.contextmanager
def workers(most: int) -> Iterator[Workers]:
    """Threads for the block; whatever ends it, no request is begun after it."""
    pool = Workers(most)
    try:
        yield pool
    finally:
        pool.end()
