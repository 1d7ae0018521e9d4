"""A proxy on loopback that makes a local server feel far away, and notes what it is asked."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_WAITING = 256 * 1024  # bytes on their way to the server, at which the client has to wait
_GRACE = 0.005  # seconds that a connection may be ahead of its rate
_INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"


class SlowNetwork:
    """Holds each request back for ``delay`` seconds; with ``rate`` a connection is so fast (bytes/s).

    ``requests`` are the lines of all requests so far, such as ``PUT /bucket/key``. A body that the client
    sends after ``100 Continue`` is a part of its request, and is not held back again.
    """

    def __init__(self, server: str, delay: float, rate: float | None) -> None:
        address = urlsplit(server)
        self.server = (address.hostname, address.port)
        self.delay = delay
        self.rate = rate
        self.requests: list[str] = []
        self.url = ""

    def note(self, head: bytes) -> None:
        """Note a request."""
        self.requests.append(head.partition(b"\r\n")[0].rpartition(b" ")[0].decode())


@contextlib.contextmanager
def slow_network(server: str, *, delay: float, rate: float | None = None) -> Iterator[SlowNetwork]:
    """Run the proxy in a thread of its own, before the server at the URL ``server``."""
    network = SlowNetwork(server, delay, rate)
    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(loop.create_server(lambda: _Client(network), "127.0.0.1", 0))
    network.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield network
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Client(asyncio.Protocol):
    """The side of the one who asks. What it sends goes on in order, when it is due."""

    def __init__(self, network: SlowNetwork) -> None:
        self.network = network
        self.loop = asyncio.get_running_loop()
        self.server = _Server(self)
        self.waiting: list[bytes] = []
        self.size = 0
        self.due = 0.0
        self.answered = True
        self.busy = True  # until the server is connected

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.connecting = self.loop.create_task(self._connect())

    async def _connect(self) -> None:
        await self.loop.create_connection(lambda: self.server, *self.network.server)
        self.busy = False
        self._go_on()

    def data_received(self, data: bytes) -> None:
        if self.answered:
            self.answered = False
            self.network.note(data)
            self.due = self.loop.time() + self.network.delay
        self.waiting.append(data)
        self.size += len(data)
        if self.size > _MOST_WAITING:
            self.transport.pause_reading()
        self._go_on()

    def _go_on(self) -> None:
        if self.waiting and not self.busy:
            self.busy = True
            self.loop.call_at(self.due, self._forward)

    def _forward(self) -> None:
        self.server.transport.writelines(self.waiting)
        if self.network.rate:
            self.due = max(self.due, self.loop.time() - _GRACE) + self.size / self.network.rate
        self.waiting.clear()
        self.size = 0
        self.busy = False
        self.transport.resume_reading()
        self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio passes it
        self.server.transport.close()


class _Server(asyncio.Protocol):
    """The side of the one who answers, at once."""

    transport: asyncio.Transport

    def __init__(self, client: _Client) -> None:
        self.client = client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.client.answered = data != _INTERIM
        self.client.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio passes it
        self.client.transport.close()
