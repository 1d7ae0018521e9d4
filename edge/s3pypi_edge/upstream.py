"""The address of the public index, to which a project that is not here may be sent."""

from __future__ import annotations

import re

_HIGHEST_PORT = 65_535

# Each segment has a character that is no dot: "." and ".." would be resolved away by the client.
_UPSTREAM = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[::1\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>(?:/\.*(?:[A-Za-z0-9_~+-]|%[0-9A-Fa-f]{2})(?:[A-Za-z0-9._~+-]|%[0-9A-Fa-f]{2})*)*)/?"
)
_LOOPBACK = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]")
# Some clients undo these before they resolve dot segments or split the path.
_DISGUISED = re.compile(r"%(?:2[EF]|5C|00)", re.IGNORECASE)


def parse_upstream(text: str) -> str:
    """Return the address of a simple index with its one slash at the end. Raises ValueError, with a sentence.

    >>> parse_upstream("https://pypi.org/simple")
    'https://pypi.org/simple/'
    """
    match = _UPSTREAM.fullmatch(text)
    if match is None or int(match["port"] or 0) > _HIGHEST_PORT or _DISGUISED.search(match["path"]):
        # Not the address itself: what is wrong with it may be a password in it.
        raise ValueError(
            "the upstream is not the address of an index, like https://pypi.org/simple/: in lower case up to "
            "the path, without credentials, query or fragment"
        )
    if match["scheme"] == "http" and not is_loopback(match["host"]):
        raise ValueError("the upstream is not https, which is needed for all but this machine's own address")
    return f"{text.rstrip('/')}/"


def is_loopback(host: str) -> bool:
    """Whether this is a name of this machine itself, the one that http may be spoken with."""
    return _LOOPBACK.fullmatch(host) is not None


def upstream_host(upstream: str) -> str:
    """The host of a parsed upstream, with its port where it has one."""
    return upstream.split("/")[2]
