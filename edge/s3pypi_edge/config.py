"""What the function is told about its repository: ``config.json``, beside the handler."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from s3pypi_edge.json_text import load_json
from s3pypi_edge.upstream import is_loopback, parse_upstream, upstream_host
from s3pypi_edge.urls import split_url

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG_FILE = "config.json"
LONGEST_REFRESH = 60.0  # seconds: what grants or takes away access holds everywhere after that

_KEYS = {"bucket", "region", "realm", "hosts", "upstream", "reserved", "endpoints", "refresh"}
_SERVICES = {"s3", "sts"}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9-]+")
_REALM = re.compile(r"[ !#-\[\]-~]+")  # a quoted string that needs no escapes
_HOST = re.compile(r"[a-z0-9.-]+(?::[0-9]+)?")
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?")


class EdgeConfig(NamedTuple):  # not a dataclass: importing those would be paid at every cold start
    """One repository. ``hosts`` are in the form of normalize_host; ``refresh`` is in seconds.

    ``upstream`` ends with a slash; ``reserved`` are globs on normalised names that never go there.
    """

    bucket: str
    region: str
    realm: str
    hosts: tuple[str, ...] = ()
    upstream: str | None = None
    reserved: tuple[str, ...] = ()
    endpoints: Mapping[str, str] = MappingProxyType({})
    refresh: float = LONGEST_REFRESH

    @classmethod
    def parse(cls, body: bytes) -> EdgeConfig:
        """Read ``config.json``. Raises ValueError, with a sentence, for what is missing, wrong or unknown."""
        document = _document(body)
        hosts = tuple(_matching(_HOST, normalize_host(host), "hosts") for host in _texts(document, "hosts"))
        return cls(
            bucket=_matching(_BUCKET, document.get("bucket"), "bucket"),
            region=_matching(_REGION, document.get("region"), "region"),
            realm=_matching(_REALM, document.get("realm"), "realm"),
            hosts=hosts,
            upstream=_upstream(document.get("upstream"), hosts),
            reserved=_globs(_texts(document, "reserved")),
            endpoints=_endpoints(document.get("endpoints", {})),
            refresh=_seconds(document.get("refresh", LONGEST_REFRESH)),
        )


def normalize_host(host: str) -> str:
    """One spelling for a host that is written in capitals, with https's port, or with the root's dot.

    >>> normalize_host("PyPI.acme.com.:443")
    'pypi.acme.com'
    """
    return host.lower().removesuffix(":443").removesuffix(".")


def _document(body: bytes) -> dict[str, Any]:
    document = load_json(body, "config.json")
    if not isinstance(document, dict):
        raise ValueError("config.json is not an object")  # noqa: TRY004  # one error for a malformed document
    if unknown := document.keys() - _KEYS:
        raise ValueError(f"config.json has unknown keys: {', '.join(sorted(unknown))}")
    return document


def _matching(pattern: re.Pattern[str], value: object, name: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"config.json: {value!r} will not do for {name!r}")
    return value


def _texts(document: dict[str, Any], name: str) -> list[str]:
    value = document.get(name, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ValueError(f"config.json: {name!r} is not a list of texts")
    return value


def _upstream(value: object, hosts: tuple[str, ...]) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("config.json: 'upstream' is neither null nor a text")  # noqa: TRY004  # one error
    try:
        upstream = parse_upstream(value)
    except ValueError as error:
        raise ValueError(f"config.json: 'upstream': {error}") from None
    if normalize_host(upstream_host(upstream)) in hosts:
        raise ValueError("config.json: 'upstream' is this repository itself")
    return upstream


def _globs(texts: list[str]) -> tuple[str, ...]:
    if not texts:
        return ()
    # Late, because it brings the user store's format and its hashes, which the origin-response function can
    # do without.
    from s3pypi_edge.users import check_project_glob  # noqa: PLC0415

    return tuple(check_project_glob(glob) for glob in texts)


def _endpoints(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or value.keys() - _SERVICES:
        raise ValueError("config.json: 'endpoints' may hold 's3' and 'sts'")
    return MappingProxyType({name: _endpoint(url) for name, url in value.items()})


def _endpoint(value: object) -> str:
    url = _matching(_ENDPOINT, value, "endpoints")
    address = split_url(url)
    if address.scheme == "http" and not is_loopback(address.netloc.partition(":")[0]):
        raise ValueError("config.json: 'endpoints': http is for this machine's own address only")
    return url


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= LONGEST_REFRESH:
        raise ValueError(f"config.json: 'refresh' is not a number from 0 to {LONGEST_REFRESH:g}")
    return float(value)
