"""Tokens: 256 random bits with an identifier in front, so that one SHA-256 is check enough."""

from __future__ import annotations

import binascii
import hashlib
import re

TOKEN_PREFIX = "s3p_"  # noqa: S105  # the public part of every token
SESSION_PREFIX = "s3ps_"
SECRET_BYTES = 32

_TOKEN = re.compile(r"s3p_(?P<id>[a-z0-9]{1,32})_[A-Za-z0-9_-]{43}")
_ID = re.compile(r"[a-z0-9]{1,32}")


def make_token(token_id: str, secret: bytes) -> str:
    """Write a token. Raises ValueError for another id than 1 to 32 of a-z and 0-9, or not 32 bytes of secret.

    >>> make_token("k3v9", bytes(32))
    's3p_k3v9_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    if not _ID.fullmatch(token_id):
        raise ValueError(f"{token_id!r} is not a token id: 1 to 32 lower-case letters and digits")
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"the secret of a token has {SECRET_BYTES} bytes")
    return f"{TOKEN_PREFIX}{token_id}_{base64url(secret)}"


def token_id(text: str) -> str | None:
    """The id inside a token, or None for what is not written like a token."""
    match = _TOKEN.fullmatch(text)
    return match["id"] if match else None


def is_id(text: str) -> bool:
    """Whether a token, or a key that signs sessions, may have this id."""
    return _ID.fullmatch(text) is not None


def base64url(data: bytes) -> str:
    """The bytes in the URL-safe base64 without padding in which tokens and sessions are written."""
    text = binascii.b2a_base64(data, newline=False).decode().rstrip("=")
    return text.replace("+", "-").replace("/", "_")


def digest(text: str) -> str:
    """The SHA-256 of the whole token, in lower-case hex: all that the user store keeps of it."""
    return hashlib.sha256(text.encode()).hexdigest()
