"""CloudFront's one address, as far as it takes invalidations."""

from __future__ import annotations

import contextlib
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANSWER = b"""<?xml version="1.0"?>
<Invalidation xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Id>I1</Id><Status>InProgress</Status>
</Invalidation>"""
_REFUSAL = b"""<?xml version="1.0"?>
<ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error><Type>Sender</Type>
<Code>NoSuchDistribution</Code><Message>it does not exist</Message></Error></ErrorResponse>"""
_OTHERWISE = b"""<?xml version="1.0"?>
<ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error><Type>Sender</Type>
<Code>InvalidationBatchAlreadyExists</Code><Message>it had other paths</Message></Error></ErrorResponse>"""


class Invalidations(list[tuple[str, list[str]]]):
    """The distribution and the paths of each that was made; ``known`` is the one distribution there is.

    ``references`` are those of all requests: of those that share one, CloudFront does the first alone,
    and it refuses one that asks for other paths; ``paths_of`` are those of the first.
    """

    known = "E2EXAMPLE1ABCD"

    def __init__(self) -> None:
        super().__init__()
        self.references: list[str] = []
        self.paths_of: dict[str, list[str]] = {}


@contextlib.contextmanager
def cloudfront() -> Iterator[tuple[str, Invalidations]]:
    """Serve it on loopback; return its address, and what is asked of it."""
    asked = Invalidations()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            distribution = self.path.split("/")[3]
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found = distribution == asked.known
            (reference,) = re.findall("<CallerReference>(.*?)</CallerReference>", body)
            paths = re.findall("<Path>(.*?)</Path>", body)
            same = asked.paths_of.get(reference, paths) == paths
            if found and same and reference not in asked.references:
                asked.append((distribution, paths))
                asked.paths_of[reference] = paths
            asked.references += [reference] * (found and same)
            answer = _REFUSAL if not found else _ANSWER if same else _OTHERWISE
            self.send_response(404 if not found else 201 if same else 400)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name in the library
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
