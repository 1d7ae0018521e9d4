"""What CloudFront does for a repository, as an ASGI application: event, function, answer or object."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import http.client
import traceback
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from s3pypi_serve.cloudfront import CloudFrontError, Request, Response, limit, outcome, viewer_request
from s3pypi_serve.cloudfront_origin import Head, origin_outcome, origin_response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from s3pypi_serve.cloudfront_rules import JsonObject
    from s3pypi_serve.s3_origin import ObjectStream, S3Origin

CHUNK = 256 * 1024  # bytes
# S3's own bodies are XML for programs, with the names of bucket and key in them.
_INSTEAD: dict[int, str] = {
    HTTPStatus.FORBIDDEN: "S3 refuses to hand this out",
    HTTPStatus.NOT_FOUND: "there is no such file",
}
# How S3 itself sends an error, which the embedded server does a little differently.
_ERROR_HEADERS = (
    ("content-type", "application/xml"),
    ("server", "AmazonS3"),
    ("transfer-encoding", "chunked"),
)
# How long a body is and where it ends is between the server and the viewer, whatever a function says.
_FRAMING = {"content-length", "transfer-encoding"}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Gateway:
    """``function`` is the viewer-request function, ``origin_function`` the one for origin-response, if any.

    What goes wrong is told to ``complain``, too.
    """

    function: Callable[[JsonObject], object]
    origin: S3Origin
    complain: Callable[[str], object]
    origin_function: Callable[[JsonObject], object] | None = None

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
        return await self._call("viewer-request", self.function, event, outcome)

    async def _ask_about(self, stream: ObjectStream, request: Request) -> Head | Response:
        """Ask what becomes of the origin's answer."""
        head = Head(stream.status, stream.headers)
        if self.origin_function is None:
            return head
        seen = replace(head, headers=_ERROR_HEADERS) if head.status >= HTTPStatus.BAD_REQUEST else head
        event = origin_response(request, seen, domain=self.origin.domain, request_id=uuid.uuid4().hex)
        return await self._call("origin-response", self.origin_function, event, origin_outcome)

    async def _call(
        self,
        name: str,
        function: Callable[[JsonObject], object],
        event: JsonObject,
        judge: Callable[[JsonObject, object], Outcome],
    ) -> Outcome | Response:
        """Call a function with an event; return what CloudFront makes of its answer, or its failure."""
        try:
            returned = await asyncio.to_thread(function, copy.deepcopy(event))
        except Exception:  # noqa: BLE001  # as Lambda does, whatever the function raises
            self.complain(traceback.format_exc())
            return self._failed(HTTPStatus.SERVICE_UNAVAILABLE, f"the {name} function failed")
        try:
            return judge(event, returned)
        except CloudFrontError as error:
            return self._failed(HTTPStatus.BAD_GATEWAY, f"CloudFront refuses the function's answer: {error}")

    async def _pass_on(self, request: Request, receive: Receive, send: Send) -> None:
        try:
            stream = await asyncio.to_thread(self.origin.fetch, request)
        except (OSError, http.client.HTTPException) as error:
            text = f"the S3 server does not answer: {error!r}"
            await _respond(self._failed(HTTPStatus.BAD_GATEWAY, text), send)
            return
        with contextlib.closing(stream):
            answer = await self._ask_about(stream, request)
            if isinstance(answer, Head) and (instead := _INSTEAD.get(stream.status)):
                answer = Response.of_text(answer.status, instead)
            if isinstance(answer, Response):
                await _respond(answer, send)
            else:
                await self._stream(answer, stream, receive, send)

    async def _stream(self, head: Head, stream: ObjectStream, receive: Receive, send: Send) -> None:
        length = [header for header in stream.headers if header[0] in _FRAMING]
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await _start(head.status, (*_unframed(head.headers), *length), send)
            await self._copy(stream, gone, send)
        finally:
            gone.cancel()

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
    await _start(response.status, (*_unframed(response.headers), *length), send)
    await send({"type": "http.response.body", "body": response.body if has_body else b""})


def _unframed(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in headers if name not in _FRAMING)


async def _start(status: int, headers: Iterable[tuple[str, str]], send: Send) -> None:
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
