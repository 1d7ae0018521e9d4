"""Percent-encoding and the parts of a URL. urllib.parse would do, but takes time to load at a cold start."""

from __future__ import annotations

import re
from typing import NamedTuple

# RFC 3986, 2.3: "unreserved  = ALPHA / DIGIT / "-" / "." / "_" / "~""
_RESERVED = re.compile(rb"[^A-Za-z0-9._~-]")
_RESERVED_IN_PATH = re.compile(rb"[^A-Za-z0-9._~/-]")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_URL = re.compile(r"(?P<scheme>https?)://(?P<netloc>[^/?#]+)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?")


class Url(NamedTuple):
    """The parts of an absolute URL; ``netloc`` is the host, with a port where the URL has one."""

    scheme: str
    netloc: str
    path: str
    query: str


def split_url(url: str) -> Url:
    """The parts of an absolute http(s) URL without a fragment. Raises ValueError for another."""
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError("not an absolute URL of http or https")
    return Url(match["scheme"], match["netloc"], match["path"], match["query"] or "")


def encode(text: str) -> str:
    """Percent-encode the UTF-8 of everything but unreserved characters.

    >>> encode("a+b/c~")
    'a%2Bb%2Fc~'
    """
    return _RESERVED.sub(_escape, text.encode()).decode("ascii")


def encode_path(text: str) -> str:
    """The same, slashes aside."""
    return _RESERVED_IN_PATH.sub(_escape, text.encode()).decode("ascii")


def decode(text: str) -> bytes:
    """Decode ASCII text once; a percent sign without two hexadecimal digits means itself.

    >>> decode("%2541%4")
    b'%41%4'
    """
    return _ESCAPE.sub(_unescape, text.encode("ascii"))


def _escape(match: re.Match[bytes]) -> bytes:
    return b"%%%02X" % match[0][0]


def _unescape(match: re.Match[bytes]) -> bytes:
    return bytes((int(match[1], 16),))
