"""Where a URL leads: scheme, host and port, or nothing if there is the least doubt."""

from __future__ import annotations

import re
from typing import NamedTuple

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_PORT = 65535
MAX_HOST = 253  # characters of a name in DNS

# Stricter than RFC 3986 on purpose: clients disagree on what a backslash, a percent sign, a second "@",
# a bracket or an empty port in the authority means, and such a string could lead a secret elsewhere.
_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?:[^@/?#%\[\]]*@)?"
    r"(?P<host>(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)"
    r"(?P<dot>\.?)"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?:[/?#].*)?",
    re.ASCII | re.IGNORECASE,
)
_FORBIDDEN = re.compile(r"[^!-\[\]-~]")  # space, control characters, backslash, whatever is not ASCII
_LOOPBACK = re.compile(r"localhost|127(?:\.(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}")


def without_userinfo(text: str) -> str:
    """The text of an address, or one that quotes an address, without a user name and a password in it.

    A password may hold any character: whatever stands between ``//`` and the last ``@`` goes, and
    without ``//`` the word that ends there.

    >>> without_userinfo("https://me:pass/word@localhost:8333")
    'https://localhost:8333'
    """
    if "//" in text:
        return re.sub("//.*@", "//", text, flags=re.DOTALL)
    return re.sub(r"\S+@", "", text)


class Origin(NamedTuple):
    """Host in lower case without a trailing dot; the port is always there."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> Origin | None:
        """Take the origin out of an http(s) URL, whose userinfo and path do not matter.

        None for everything else: bare hosts, IPv6 addresses, names that are not ASCII (write IDN as
        ``xn--``), and any URL that two clients might read differently.

        >>> Origin.parse("https://alice@PyPI.acme.com./simple/")
        Origin(scheme='https', host='pypi.acme.com', port=443)
        >>> Origin.parse("pypi.acme.com:443")
        """
        match = None if _FORBIDDEN.search(url) else _URL.fullmatch(url)
        if match is None:
            return None
        scheme = match["scheme"].lower()
        port = int(match["port"] or DEFAULT_PORTS[scheme])
        # Only TLS proves that "localhost." is the machine meant; over http the dot would be a guess.
        if port > MAX_PORT or len(match["host"]) > MAX_HOST or (scheme == "http" and match["dot"]):
            return None
        return cls(scheme, match["host"].lower(), port)

    @property
    def keeps_secrets(self) -> bool:
        """Whether credentials may be sent there: over https, or without leaving this machine."""
        return self.scheme == "https" or _LOOPBACK.fullmatch(self.host) is not None

    @property
    def address(self) -> str:
        """``host``, or ``host:port`` where the port is not that of https."""
        return self.host if self.port == DEFAULT_PORTS["https"] else f"{self.host}:{self.port}"
