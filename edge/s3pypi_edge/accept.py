"""Which form of an index a client gets: JSON or HTML, as PEP 691 says."""

from __future__ import annotations

import re

_EXPLICIT, _TYPE, _ANY = 2, 1, 0  # how precisely an entry of Accept names a form

# PEP 691: "this PEP further defines text/html as an alias for the application/vnd.pypi.simple.v1+html content
# type", and "a special "meta" version is supported named latest", which here is v1.
_MATCHES = {
    "application/vnd.pypi.simple.v1+json": [("json", _EXPLICIT)],
    "application/vnd.pypi.simple.latest+json": [("json", _EXPLICIT)],
    "application/vnd.pypi.simple.v1+html": [("html", _EXPLICIT)],
    "application/vnd.pypi.simple.latest+html": [("html", _EXPLICIT)],
    "text/html": [("html", _EXPLICIT)],
    "application/*": [("json", _TYPE)],
    "text/*": [("html", _TYPE)],
    "*/*": [("json", _ANY), ("html", _ANY)],
}

_ENTRY = re.compile(r"\s*(?P<type>[^\s;,/]+/[^\s;,/]+)\s*(?P<parameters>(?:;[^,]*)?)", re.ASCII)
# RFC 9110, 12.4.2: qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


def negotiate(accept: str | None) -> str | None:
    """Return "json" or "html" for the text of Accept (None: not sent), or None where neither will do.

    >>> negotiate("application/vnd.pypi.simple.v1+json, text/html; q=0.01")
    'json'
    """
    entries = [entry for text in (accept or "").split(",") if (entry := _entry(text))]
    # RFC 9110, 12.5.1: "A request without any Accept header field implies that the user agent will accept any
    # media type in response."
    json_rank, html_rank = (_rank(entries or [("*/*", 1.0)], form) for form in ("json", "html"))
    if json_rank == html_rank:
        return None if json_rank is None else "html" if json_rank[1] == _ANY else "json"
    if json_rank is None or html_rank is None:
        return "json" if html_rank is None else "html"
    return "json" if json_rank > html_rank else "html"


def _entry(text: str) -> tuple[str, float] | None:
    """The type and weight of one entry; None for a malformed one."""
    match = _ENTRY.fullmatch(text)
    if match is None:
        return None
    weight = "1"
    for parameter in match["parameters"].split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            weight = value.strip()
    return (match["type"].lower(), float(weight)) if _WEIGHT.fullmatch(weight) else None


def _rank(entries: list[tuple[str, float]], form: str) -> tuple[float, int] | None:
    """Weight and precision of a form; None where it is not acceptable."""
    matches = [
        (precision, weight)
        for media_type, weight in entries
        for matched, precision in _MATCHES.get(media_type, ())
        if matched == form
    ]
    # RFC 9110, 12.5.1: "If more than one media range applies to a given type, the most specific reference has
    # precedence"; 12.4.2: "a value of 0 means "not acceptable"".
    precision, weight = max(matches, default=(_ANY, 0.0))
    return (weight, precision) if weight else None
