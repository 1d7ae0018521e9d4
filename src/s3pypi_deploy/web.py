"""Requests as a stranger's program might write them: the path goes out byte for byte."""

from __future__ import annotations

import http.client
import ssl
from typing import TYPE_CHECKING, NamedTuple, Protocol

from s3pypi_core.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3pypi_core.origin import Origin

_WITHIN = 20.0  # seconds
_MOST = 64 * 1024 * 1024  # bytes of a body


class Answer(NamedTuple):
    """An answer; the names of the headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswer(RepositoryError):
    """Nobody answered. ``is_tls`` is whether somebody was there, and could not be believed."""

    def __init__(self, origin: Origin, problem: str, *, is_tls: bool = False) -> None:
        super().__init__(f"{origin.scheme}://{origin.host}:{origin.port}: {problem}")
        self.is_tls = is_tls


class Web(Protocol):
    """Something that can be asked over HTTP."""

    def get(self, origin: Origin, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer, whatever its status; redirects are not followed. Raises NoAnswer."""
        ...


class DirectWeb:
    """The network itself: no proxy, because a proxy's answers prove nothing."""

    def get(self, origin: Origin, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """See Web.get."""
        connection = _connect(origin)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            answer = connection.getresponse()
            kept = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, kept, answer.read(_MOST))
        except ssl.SSLError as error:
            raise NoAnswer(origin, str(error.reason or error), is_tls=True) from error
        except (OSError, UnicodeError, http.client.HTTPException) as error:  # UnicodeError: it can be no name
            raise NoAnswer(origin, str(error) or type(error).__name__) from error
        finally:
            connection.close()


def _connect(origin: Origin) -> http.client.HTTPConnection:
    if origin.scheme == "http":
        return http.client.HTTPConnection(origin.host, origin.port, timeout=_WITHIN)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(origin.host, origin.port, timeout=_WITHIN, context=context)
