"""What goes wrong between a client and S3, and when it strikes: faults and rules for ``tests.proxy``."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tests.proxy import Exchange, Fault, Request

# How far a fault reaches: one request; the same whenever it comes again; all that come from then on.
Reach = Literal["once", "this for good", "everything after"]

# Their values are the server's choice, other ones in each run.
_ID = re.compile(r"(uploadId|versionId)=[^&]*")

_ERROR = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{}</Code><Message>{}</Message></Error>'


@dataclass
class Strike:
    """A rule: ``fault`` strikes when ``request`` comes, and as far as ``reach`` says."""

    fault: Fault
    request: Request
    reach: Reach = "once"
    met: int = 0
    struck: int = 0

    def __call__(self, request: Request) -> Fault | None:
        """The fault, if it strikes this request."""
        if not self._is_struck(request):
            return None
        self.struck += 1
        return self.fault

    def _is_struck(self, request: Request) -> bool:
        if self.reach == "everything after" and self.struck:
            return True
        if _anonymous(request) != _anonymous(self.request):
            return False
        self.met += 1
        again = self.met - 1 - self.request.before
        return again == 0 or (again > 0 and self.reach == "this for good")


def _anonymous(request: Request) -> str:
    return _ID.sub(r"\1=", request.line)


def refuse(status: str, code: str, message: str) -> Fault:
    """A fault that answers as S3 does, and does nothing."""
    body = _ERROR.format(code, message).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    )

    def strike(exchange: Exchange) -> None:
        exchange.answer(head if exchange.request.method == "HEAD" else head + body)

    return strike


slow_down = refuse("503 Slow Down", "SlowDown", "Please reduce your request rate.")
internal_error = refuse("500 Internal Server Error", "InternalError", "We encountered an internal error.")
access_denied = refuse("403 Forbidden", "AccessDenied", "Access Denied")
conflict = refuse("409 Conflict", "ConditionalRequestConflict", "A conflicting operation is under way.")


def late(seconds: float) -> Fault:
    """A fault that forwards a request only after a time, when its client may have given it up."""

    def strike(exchange: Exchange) -> None:
        time.sleep(seconds)
        exchange.answer(exchange.forward())

    return strike


def drop(exchange: Exchange) -> None:
    """Nothing is done, and nothing answered."""
    exchange.hang_up()


def reset(exchange: Exchange) -> None:
    """Both connections break in the middle of the request's body."""
    exchange.forward_half()
    exchange.reset()


def lose_answer(exchange: Exchange) -> None:
    """The request is done, and nothing answered."""
    exchange.forward()
    exchange.hang_up()


def cut_body(exchange: Exchange) -> None:
    """The request is done; its answer ends in the middle of its body, or of its head if it has no body."""
    head, end, body = exchange.forward().partition(b"\r\n\r\n")
    exchange.answer(head + end + body[: len(body) // 2] if body else head[: len(head) // 2])
    exchange.hang_up()


def cut_head(exchange: Exchange) -> None:
    """The request is done; its answer ends after the status line."""
    status_line, end, _ = exchange.forward().partition(b"\r\n")
    exchange.answer(status_line + end)
    exchange.hang_up()


def cut_last_header(exchange: Exchange) -> None:
    """The request is done; its answer ends before the last line of its head, which is Content-Length."""
    head, _, _ = exchange.forward().partition(b"Content-Length: ")
    exchange.answer(head)
    exchange.hang_up()
