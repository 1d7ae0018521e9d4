"""The HTTP server in front of the gateway: uvicorn, on 127.0.0.1 only."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

from s3pypi_core.errors import RepositoryError
from s3pypi_serve.ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3pypi_serve.gateway import Gateway

_LONGEST_HEAD = 64 * 1024  # bytes; the gateway itself says what is too large for CloudFront
_LAST_WORDS = 1  # seconds for what is being sent when the end comes


@contextlib.contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """Take a port on 127.0.0.1 (0: any free one). Raises RepositoryError if it is not to be had."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # not to wait after a restart
        try:
            listener.bind((LOOPBACK, port))
            listener.listen()
        except OSError as error:
            raise RepositoryError(
                f"port {port} on {LOOPBACK} cannot be used: {error.strerror}",
                "choose another one with --port, or any free one with --port 0",
            ) from error
        yield listener


class WebServer:
    """Serves from construction on, in a thread of its own."""

    def __init__(self, gateway: Gateway, listener: socket.socket) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(
                gateway,
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                h11_max_incomplete_event_size=_LONGEST_HEAD,
                timeout_graceful_shutdown=_LAST_WORDS,
            )
        )
        self._thread = threading.Thread(target=self._server.run, args=([listener],))
        self._thread.start()

    def begin_stop(self) -> None:
        """Accept nothing more; what is being sent has a second left."""
        self._server.should_exit = True

    def join(self) -> None:
        """Wait until everything has ended."""
        self._thread.join()
