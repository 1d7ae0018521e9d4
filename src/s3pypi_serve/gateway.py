"""What CloudFront does for a repository, as an ASGI application: event, function, answer or object."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import http.client
import traceback
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from s3pypi_serve.cloudfront import CloudFrontError, Request, Response, limit, outcome, viewer_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s3pypi_serve.cloudfront_rules import JsonObject
    from s3pypi_serve.s3_origin import ObjectStream, S3Origin

CHUNK = 256 * 1024  # bytes
# S3's own bodies are XML for programs, with the names of bucket and key in them.
_INSTEAD: dict[int, str] = {
    HTTPStatus.FORBIDDEN: "S3 refuses to hand this out",
    HTTPStatus.NOT_FOUND: "there is no such file",
}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True)
class Gateway:
    """``function`` is the viewer-request function; what goes wrong is told to ``complain``, too."""

    function: Callable[[JsonObject], object]
    origin: S3Origin
    complain: Callable[[str], object]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        with contextlib.suppress(asyncio.CancelledError):  # the server is ending
            request = _request(scope)
            answer = limit(request) or await self._ask(request)
            if isinstance(answer, Request):
                await self._pass_on(answer, receive, send)
            else:
                await _respond(answer, send)

    async def _ask(self, request: Request) -> Request | Response:
        event = viewer_request(request, request_id=uuid.uuid4().hex)
        try:
            returned = await asyncio.to_thread(self.function, copy.deepcopy(event))
        except Exception:  # noqa: BLE001  # as Lambda does, whatever the function raises
            self.complain(traceback.format_exc())
            return self._failed(HTTPStatus.SERVICE_UNAVAILABLE, "the viewer-request function failed")
        try:
            return outcome(event, returned)
        except CloudFrontError as error:
            return self._failed(HTTPStatus.BAD_GATEWAY, f"CloudFront refuses the function's answer: {error}")

    async def _pass_on(self, request: Request, receive: Receive, send: Send) -> None:
        try:
            stream = await asyncio.to_thread(self.origin.fetch, request)
        except (OSError, http.client.HTTPException) as error:
            text = f"the S3 server does not answer: {error!r}"
            await _respond(self._failed(HTTPStatus.BAD_GATEWAY, text), send)
            return
        if instead := _INSTEAD.get(stream.status):
            stream.close()
            await _respond(Response.of_text(stream.status, instead), send)
            return
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await _start(stream.status, stream.headers, send)
            await self._copy(stream, gone, send)
        finally:
            gone.cancel()
            stream.close()

    async def _copy(self, stream: ObjectStream, gone: asyncio.Future[None], send: Send) -> None:
        """Send the body, never more than a chunk ahead of the viewer."""
        try:
            while chunk := await asyncio.to_thread(stream.read, CHUNK):
                if gone.done():
                    return
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except (OSError, http.client.HTTPException) as error:
            # The answer is left unfinished, so that the viewer sees that it is.
            self.complain(f"the S3 server broke off: {error!r}")
            return
        await send({"type": "http.response.body"})

    def _failed(self, status: HTTPStatus, text: str) -> Response:
        self.complain(text)
        return Response.of_text(status, text)


def _request(scope: Message) -> Request:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    return Request(
        scope["method"],
        scope["raw_path"].decode("ascii"),
        scope["query_string"].decode("ascii"),
        headers,
        scope["client"][0],
    )


async def _gone(receive: Receive) -> None:
    """Return when the viewer has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _respond(response: Response, send: Send) -> None:
    has_body = response.status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
    length = (("content-length", str(len(response.body))),) if has_body else ()
    await _start(response.status, (*response.headers, *length), send)
    await send({"type": "http.response.body", "body": response.body if has_body else b""})


async def _start(status: int, headers: Iterable[tuple[str, str]], send: Send) -> None:
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
