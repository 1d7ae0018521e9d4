"""One spelling for user names and passwords, however they were typed: SASLprep, RFC 4013."""

from __future__ import annotations

LONGEST_TEXT = 1024  # characters: a stranger's header of 16 KB would take some 0.2 s at the edge


def saslprep(text: str) -> str:
    """Return the prepared text. Raises ValueError for a prohibited character, or when it is too long.

    The same for a stored and for a received text, and on every Python: what Unicode 3.2 does not assign is
    prohibited. No message shows any part of the text, which may be a secret.

    >>> saslprep("I\u00adX"), saslprep("\u2168")
    ('IX', 'IX')
    """
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"it is longer than {LONGEST_TEXT} characters")
    if text.isascii():
        if text.isprintable():
            return text
        raise ValueError("it contains a control character")
    from s3pypi_edge.saslprep_rules import prepare  # noqa: PLC0415  # it takes time to load

    return prepare(text)
