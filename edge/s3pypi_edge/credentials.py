"""The Authorization header, as pip and its kin send it."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from s3pypi_edge.cloudfront import Headers

# RFC 7617: "Note that both scheme and parameter names are matched case-insensitively."
_BASIC = re.compile(r"basic +(?P<encoded>[A-Za-z0-9+/]+={0,2}) *", re.IGNORECASE | re.ASCII)


class CredentialsError(Exception):
    """A request without credentials that could be looked at. The message says why, and nothing of them."""


class Credentials(NamedTuple):
    """A user name, and a password or a token, exactly as they were sent."""

    name: str
    secret: str

    def __repr__(self) -> str:
        return "<Credentials>"

    @classmethod
    def from_headers(cls, headers: Headers) -> Credentials:
        """Read the one Authorization header. Raises CredentialsError."""
        values = [header["value"] for header in headers.get("authorization", ())]
        if not values:
            raise CredentialsError("no credentials")
        if len(values) > 1:
            raise CredentialsError("more than one Authorization header")
        match = _BASIC.fullmatch(values[0])
        if match is None:
            raise CredentialsError("an Authorization header that is not Basic")
        # RFC 7617: "the first colon in a user-pass string separates user-id and password from one another;
        # text after the first colon is part of the password". Percent signs mean themselves.
        name, colon, secret = _decode(match["encoded"]).partition(":")
        if not colon:
            raise CredentialsError("Basic credentials without a colon")
        return cls(name, secret)


def _decode(encoded: str) -> str:
    # What the pattern lets through is base64 then; binascii would overlook padding beyond what is needed.
    if len(encoded) % 4:
        raise CredentialsError("Basic credentials that are not base64")
    sent = binascii.a2b_base64(encoded)
    # requests, and so pip and poetry, sends ISO-8859-1 where it can; curl and browsers send UTF-8.
    try:
        return sent.decode()
    except UnicodeDecodeError:
        return sent.decode("latin-1")
