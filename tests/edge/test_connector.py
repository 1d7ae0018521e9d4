from __future__ import annotations

import ssl

import pytest

from s3pypi_edge.connector import Connector
from s3pypi_edge.proof import REGIONS, sts_host


def test_https_connections_verify_whom_they_speak_to() -> None:
    url = "https://acme-pypi.s3.eu-central-1.amazonaws.com/config/users.json"
    connection = Connector().connection(url, timeout=1)
    assert (connection.host, connection.port) == (b"acme-pypi.s3.eu-central-1.amazonaws.com", 443)
    assert connection.context is not None
    assert connection.context.verify_mode == ssl.CERT_REQUIRED
    assert connection.context.check_hostname


@pytest.mark.parametrize(
    ("url", "host", "port", "is_tls"),
    [
        ("http://127.0.0.1/x", b"127.0.0.1", 80, False),
        ("http://127.0.0.1:8333/x", b"127.0.0.1", 8333, False),
        ("https://s3.example:8443", b"s3.example", 8443, True),
    ],
)
def test_a_url_says_where_to(url: str, host: bytes, port: int, *, is_tls: bool) -> None:
    connection = Connector().connection(url, timeout=1)
    assert (connection.host, connection.port, connection.context is not None) == (host, port, is_tls)


def test_there_is_one_tls_context_however_many_hosts_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    create = ssl.create_default_context

    def counting() -> ssl.SSLContext:
        made.append(create())
        return made[-1]

    monkeypatch.setattr(ssl, "create_default_context", counting)
    connector = Connector()
    connector.connection("http://127.0.0.1:1", timeout=1)
    assert made == []
    for host in ["acme-pypi.s3.eu-central-1.amazonaws.com", *map(sts_host, sorted(REGIONS))]:
        assert connector.connection(f"https://{host}", timeout=1).context in made
    assert len(made) == 1
