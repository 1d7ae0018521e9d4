from __future__ import annotations

import pytest

from s3pypi_edge.upstream import parse_upstream, upstream_host


@pytest.mark.parametrize(
    ("text", "upstream"),
    [
        ("https://pypi.org/simple/", "https://pypi.org/simple/"),
        ("https://pypi.org/simple", "https://pypi.org/simple/"),
        ("https://pypi.org", "https://pypi.org/"),
        ("https://pypi.org/", "https://pypi.org/"),
        ("https://index.example:8443/a/B_1~+%20x/simple", "https://index.example:8443/a/B_1~+%20x/simple/"),
        ("https://index.example/.well-known/..a/simple/", "https://index.example/.well-known/..a/simple/"),
        ("https://192.0.2.7/simple/", "https://192.0.2.7/simple/"),
        ("http://127.0.0.1:8081/simple/", "http://127.0.0.1:8081/simple/"),
        ("http://127.8.0.1/simple/", "http://127.8.0.1/simple/"),
        ("http://localhost:65535/simple/", "http://localhost:65535/simple/"),
        ("http://[::1]:8081/simple/", "http://[::1]:8081/simple/"),
        ("https://[::1]/simple/", "https://[::1]/simple/"),
    ],
)
def test_the_address_of_an_index_ends_with_one_slash(text: str, upstream: str) -> None:
    assert parse_upstream(text) == upstream
    assert parse_upstream(upstream) == upstream


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("pypi.org/simple/", id="no scheme"),
        pytest.param("//pypi.org/simple/", id="no scheme, but slashes"),
        pytest.param("ftp://pypi.org/simple/", id="another scheme"),
        pytest.param("HTTPS://pypi.org/simple/", id="a scheme in capitals"),
        pytest.param("https://PyPI.org/simple/", id="a host in capitals"),
        pytest.param("https:///simple/", id="no host"),
        pytest.param("https://user:secret@pypi.org/simple/", id="credentials"),
        pytest.param("https://user@pypi.org/simple/", id="a user name"),
        pytest.param("https://@pypi.org/simple/", id="empty credentials"),
        pytest.param("https://pypi.org/simple/?x=1", id="a query"),
        pytest.param("https://pypi.org/simple/?", id="an empty query"),
        pytest.param("https://pypi.org/simple/#x", id="a fragment"),
        pytest.param("https://pypi.org/simple/#", id="an empty fragment"),
        pytest.param("https://pypi.org//simple/", id="an empty segment"),
        pytest.param("https://pypi.org/simple//", id="two slashes at the end"),
        pytest.param("https://pypi.org/../simple/", id="a dot segment"),
        pytest.param("https://pypi.org/./simple/", id="a single dot"),
        pytest.param("https://pypi.org/%2e%2E/simple/", id="encoded dots"),
        pytest.param("https://pypi.org/a%2Fb/", id="an encoded slash"),
        pytest.param("https://pypi.org/a%5cb/", id="an encoded backslash"),
        pytest.param("https://pypi.org/a%00b/", id="an encoded NUL"),
        pytest.param("https://pypi.org/a%2/", id="half an encoding"),
        pytest.param("https://pypi.org/a\\b/", id="a backslash"),
        pytest.param("https://pypi.org\\@evil.example/", id="a backslash in the host"),
        pytest.param("https://pypi.org/a b/", id="a space"),
        pytest.param(" https://pypi.org/simple/", id="a space in front"),
        pytest.param("https://pypi.org/simple/\n", id="a line end"),
        pytest.param("https://pypi.org/simple/\r\nSet-Cookie: x", id="a header"),
        pytest.param("https://pypi.org/\N{LATIN SMALL LETTER E WITH ACUTE}/", id="beyond ASCII"),
        pytest.param("https://p\N{CYRILLIC SMALL LETTER U}pi.org/simple/", id="a look-alike"),
        pytest.param("https://pypi..org/simple/", id="an empty label"),
        pytest.param("https://-pypi.org/simple/", id="a label that begins with a hyphen"),
        pytest.param("https://pypi.org./simple/", id="the root's dot"),
        pytest.param("https://[::2]/simple/", id="another IPv6 address"),
        pytest.param("https://pypi.org:/simple/", id="no port after a colon"),
        pytest.param("https://pypi.org:0/simple/", id="port 0"),
        pytest.param("https://pypi.org:65536/simple/", id="a port too high"),
        pytest.param("https://pypi.org:\N{ARABIC-INDIC DIGIT FOUR}/simple/", id="a digit beyond ASCII"),
    ],
)
def test_what_is_no_such_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="the upstream is not the address of an index") as refused:
        parse_upstream(text)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "host",
    [
        "pypi.org",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example",
        "1127.0.0.1",
        "127.1",
        "::1",
    ],
)
def test_plain_http_is_for_loopback_alone(host: str) -> None:
    with pytest.raises(ValueError, match="the upstream is not"):
        parse_upstream(f"http://{host}/simple/")


@pytest.mark.parametrize(
    ("upstream", "host"),
    [
        ("https://pypi.org/simple/", "pypi.org"),
        ("http://localhost:81/", "localhost:81"),
        ("http://[::1]:81/", "[::1]:81"),
    ],
)
def test_the_host_of_an_upstream_has_its_port(upstream: str, host: str) -> None:
    assert upstream_host(upstream) == host
