from __future__ import annotations

import pytest

from s3pypi_core.origin import Origin

ACME = Origin("https", "pypi.acme.com", 443)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://pypi.acme.com", ACME),
        ("https://pypi.acme.com/", ACME),
        ("https://pypi.acme.com/simple/", ACME),
        ("https://pypi.acme.com/simple//demo/", ACME),
        ("https://pypi.acme.com/simple/demo/demo-1.0.tar.gz#sha256=abc", ACME),
        ("https://pypi.acme.com?x=1", ACME),
        ("https://pypi.acme.com#x", ACME),
        ("https://pypi.acme.com:443/simple/", ACME),
        ("https://pypi.acme.com./simple/", ACME),
        ("https://alice@pypi.acme.com/simple/", ACME),
        ("https://alice:secret@pypi.acme.com/simple/", ACME),
        ("https://@pypi.acme.com/", ACME),
        ("HTTPS://PyPI.Acme.COM/simple/", ACME),
        ("https://pypi.acme.com/a@b:80/", ACME),
        ("https://pypi.acme.com/%2e%2e/", ACME),
        ("https://pypi.acme.com:8443/", Origin("https", "pypi.acme.com", 8443)),
        ("http://127.0.0.1:8080/simple/", Origin("http", "127.0.0.1", 8080)),
        ("http://localhost/", Origin("http", "localhost", 80)),
        ("http://my_host:65535/", Origin("http", "my_host", 65535)),
        ("https://xn--bcher-kva.example/", Origin("https", "xn--bcher-kva.example", 443)),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: Origin) -> None:
    assert Origin.parse(url) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pypi.acme.com",
        "pypi.acme.com:443",
        "//pypi.acme.com/",
        "ftp://pypi.acme.com/",
        "file:///etc/passwd",
        "https:/pypi.acme.com/",
        "https:///pypi.acme.com/",
        "https://",
        "https://:443/",
        "https://pypi.acme.com:/",
        "https://pypi.acme.com:0/",
        "https://pypi.acme.com:0443/",
        "https://pypi.acme.com:65536/",
        "https://pypi.acme.com:100000/",
        "https://pypi.acme.com:44x/",
        "https://pypi.acme.com:-1/",
        "https://pypi.acme.com:443:443/",
        "https://pypi.acme.com../",
        "https://pypi..acme.com/",
        "https://.acme.com/",
        "https://-acme.com/",
        "https://acme-.com/",
        f"https://{'a' * 64}.com/",
        f"https://{'.'.join(['a' * 60] * 5)}/",
        "https://[::1]/",
        "https://[::1]:443/",
        "https://pypi%2eacme.com/",
        "https://a%40b@pypi.acme.com/",
        "https://a@b@pypi.acme.com/",
        "https://pypi.acme.com\\@evil.example/",
        "https://pypi.acme.com/ ",
        " https://pypi.acme.com/",
        "https://pypi.acme.com/\n",
        "https://pypi.acme.com\t/",
        "https://pypi.acme.com\x00/",
        "https://pypi.acme.com/\x7f",
        "https://pypi\u3002acme\u3002com/",
        "https://\uff50ypi.acme.com/",
        "https://bücher.example/",
        "https://pypi.acme.com:\uff14\uff14\uff13/",
        "http://localhost./",
    ],
)
def test_what_two_clients_could_read_differently_has_no_origin(text: str) -> None:
    assert Origin.parse(text) is None


@pytest.mark.parametrize(
    "url",
    ["https://pypi.acme.com/", "http://127.0.0.1/", "http://127.255.0.99:8080/", "http://localhost:8080/"],
)
def test_secrets_are_safe_over_https_and_on_this_machine(url: str) -> None:
    origin = Origin.parse(url)
    assert origin is not None
    assert origin.keeps_secrets


@pytest.mark.parametrize(
    "url",
    [
        "http://pypi.acme.com/",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.256/",
        "http://127.0.0/",
        "http://0.0.0.0/",
        "http://localhost.evil.example/",
        "http://my.localhost/",
    ],
)
def test_secrets_are_not_safe_over_http_elsewhere(url: str) -> None:
    origin = Origin.parse(url)
    assert origin is not None
    assert not origin.keeps_secrets


def test_an_address_leaves_out_the_port_of_https_only() -> None:
    assert ACME.address == "pypi.acme.com"
    assert Origin("http", "localhost", 80).address == "localhost:80"
