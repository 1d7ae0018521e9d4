from __future__ import annotations

import json

import pytest

from s3pypi_edge.config import EdgeConfig, normalize_host

LEAST = {"bucket": "acme-pypi", "region": "eu-central-1", "realm": "pypi.acme.com"}


def test_the_least_configuration_has_its_defaults() -> None:
    config = EdgeConfig.parse(json.dumps(LEAST).encode())
    assert config == EdgeConfig("acme-pypi", "eu-central-1", "pypi.acme.com")
    assert (config.hosts, config.upstream, config.reserved, dict(config.endpoints)) == ((), None, (), {})
    assert config.refresh == 60.0


def test_everything_can_be_said() -> None:
    document = {
        **LEAST,
        "hosts": ["PyPI.acme.com.", "127.0.0.1:8080"],
        "upstream": "https://index.example/simple/",
        "reserved": ["Acme_*"],
        "endpoints": {"s3": "http://127.0.0.1:8333", "sts": "https://sts.example"},
        "refresh": 1,
    }
    config = EdgeConfig.parse(json.dumps(document).encode())
    assert config.hosts == ("pypi.acme.com", "127.0.0.1:8080")
    assert config.upstream == "https://index.example/simple/"
    assert config.reserved == ("acme-*",)
    assert config.endpoints == {"s3": "http://127.0.0.1:8333", "sts": "https://sts.example"}
    assert config.refresh == 1.0


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut short"),
        pytest.param(b"\xff", id="not text"),
        pytest.param(b"[" * 200_000, id="nested without end"),
        pytest.param(b"[]", id="a list"),
    ],
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        EdgeConfig.parse(body)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("bucket", None),
        ("bucket", ""),
        ("bucket", "a/b"),
        ("bucket", 7),
        ("region", None),
        ("region", "evil.example/"),
        ("realm", None),
        ("realm", 'a"b'),
        ("realm", "a\\b"),
        ("realm", "a\nb"),
        ("hosts", "pypi.acme.com"),
        ("hosts", [7]),
        ("hosts", ["https://pypi.acme.com"]),
        ("hosts", [""]),
        ("upstream", "ftp://index.example/"),
        ("upstream", "http://index.example/"),
        ("upstream", ""),
        ("upstream", 7),
        ("upstream", False),
        ("upstream", ["https://index.example/"]),
        ("reserved", ["a/b"]),
        ("endpoints", []),
        ("endpoints", {"s3": "127.0.0.1:8333"}),
        ("endpoints", {"s3": "http://127.0.0.1:8333/path"}),
        ("endpoints", {"iam": "https://iam.example"}),
        ("endpoints", {"s3": "http://s3.example:8333"}),
        ("endpoints", {"sts": "http://sts.eu-central-1.amazonaws.com"}),
        ("endpoints", {"sts": "http://127.0.0.1.example"}),
        ("refresh", True),
        ("refresh", "60"),
        ("refresh", -1),
        ("refresh", 61),
        ("refresh", float("nan")),
        ("host", ["pypi.acme.com"]),
    ],
    ids=repr,
)
def test_a_wrong_value_is_refused_and_its_key_is_named(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"{key}|not a project name"):
        EdgeConfig.parse(json.dumps({**LEAST, key: value}).encode())


@pytest.mark.parametrize(
    ("upstream", "hosts"),
    [
        ("https://pypi.acme.com/simple/", ["pypi.acme.com"]),
        ("https://pypi.acme.com:443/other/", ["a.example", "PyPI.acme.com."]),
        ("http://127.0.0.1:8080/simple/", ["127.0.0.1:8080"]),
    ],
)
def test_a_repository_is_not_its_own_upstream(upstream: str, hosts: list[str]) -> None:
    with pytest.raises(ValueError, match="'upstream' is this repository itself"):
        EdgeConfig.parse(json.dumps({**LEAST, "upstream": upstream, "hosts": hosts}).encode())


def test_an_upstream_has_one_slash_at_its_end() -> None:
    document = {**LEAST, "upstream": "http://127.0.0.1:8081/simple", "hosts": ["127.0.0.1:8080"]}
    assert EdgeConfig.parse(json.dumps(document).encode()).upstream == "http://127.0.0.1:8081/simple/"


@pytest.mark.parametrize(
    ("host", "normalised"),
    [
        ("pypi.acme.com", "pypi.acme.com"),
        ("PYPI.ACME.COM", "pypi.acme.com"),
        ("pypi.acme.com:443", "pypi.acme.com"),
        ("pypi.acme.com.", "pypi.acme.com"),
        ("pypi.acme.com.:443", "pypi.acme.com"),
        ("pypi.acme.com..", "pypi.acme.com."),
        ("pypi.acme.com:8443", "pypi.acme.com:8443"),
    ],
)
def test_a_host_has_one_spelling(host: str, normalised: str) -> None:
    assert normalize_host(host) == normalised
