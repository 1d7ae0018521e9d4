from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import s3pypi_edge
from s3pypi_edge import handler
from tests.edge.events import HOST, basic, viewer_request
from tests.edge.gates import TOKEN, user_store
from tests.edge.s3_double import answer, s3_double

if TYPE_CHECKING:
    from collections.abc import Callable

ENVIRON = {"AWS_ACCESS_KEY_ID": "AKLOCAL", "AWS_SECRET_ACCESS_KEY": "secret"}
CONFIG = {"bucket": "acme-pypi", "region": "eu-central-1", "realm": HOST, "hosts": [HOST]}
ALICE = basic("alice", "wonder:land")

PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from s3pypi_edge.handler import handle
for event in json.load(sys.stdin):
    print(json.dumps(handle(event, None)))
"""


def _config(endpoint: str = "http://127.0.0.1:1") -> bytes:
    return json.dumps({**CONFIG, "endpoints": {"s3": endpoint}}).encode()


def _missing() -> bytes:
    raise FileNotFoundError(2, "No such file or directory")


@pytest.mark.parametrize(
    ("load", "environ", "reason"),
    [
        pytest.param(_missing, ENVIRON, "No such file", id="missing"),
        pytest.param(lambda: None, ENVIRON, "Expecting value", id="not to be had"),
        pytest.param(lambda: b"{}", ENVIRON, "bucket", id="malformed"),
        pytest.param(_config, {}, "AWS_ACCESS_KEY_ID", id="no AWS credentials"),
    ],
)
def test_without_a_usable_configuration_every_request_is_refused(
    load: Callable[[], bytes | None], environ: dict[str, str], reason: str
) -> None:
    log: list[str] = []
    gate = handler.build(load, environ, log.append)
    for authorization in (None, ALICE):
        assert gate(viewer_request(authorization=authorization))["status"] == "503"
    assert [reason in json.loads(line)["reason"] for line in log] == [True, True]


@pytest.mark.loopback
def test_the_user_store_is_read_before_the_first_request() -> None:
    with s3_double() as double:
        double.scripts.append(answer(200, user_store(), ETag='"1"', Connection="close"))
        gate = handler.build(lambda: _config(double.endpoint), ENVIRON)
        assert [path for path, _ in double.requests] == ["/acme-pypi/config/users.json"]
        assert gate(viewer_request(authorization=ALICE))["uri"] == "/packages/index.html"


def test_a_checkout_without_configuration_refuses_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert handler.handle(viewer_request(authorization=ALICE), None)["status"] == "503"
    assert "config.json: " in json.loads(capsys.readouterr().out)["reason"]


def _edge_zip(folder: Path, config: bytes | None) -> Path:
    path = folder / "edge.zip"
    source = Path(s3pypi_edge.__file__).parent
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in [*source.glob("*.py"), source / "py.typed"]:
            archive.write(file, f"s3pypi_edge/{file.name}")
        if config is not None:
            archive.writestr("s3pypi_edge/config.json", config)
    return path


def test_the_zip_is_under_100_kilobytes(tmp_path: Path) -> None:
    assert _edge_zip(tmp_path, _config()).stat().st_size < 100_000


def _run(edge_zip: Path, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Handle events in a Python that has nothing but its standard library; return all lines it printed."""
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", PROGRAM, str(edge_zip)],
        input=json.dumps(events),
        capture_output=True,
        text=True,
        env={**ENVIRON, "PATH": os.defpath},
        timeout=60,
        check=True,
    )
    assert result.stderr == ""
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.loopback
def test_the_zip_runs_on_the_standard_library_alone(tmp_path: Path) -> None:
    events = [
        viewer_request("/simple/demo/"),
        viewer_request("/simple/demo/", authorization=ALICE),
        viewer_request("/simple/demo/", authorization=basic("", TOKEN)),
        viewer_request("/-/token", authorization=basic("__iam__", "guess")),
    ]
    with s3_double() as double:
        double.scripts.append(answer(200, user_store(), ETag='"1"', Connection="close"))
        lines = _run(_edge_zip(tmp_path, _config(double.endpoint)), events)
    assert [line["verdict"] for line in lines[::2]] == ["401", "pass", "pass", "401"]
    assert [line.get("status") for line in lines[1::2]] == ["401", None, None, "401"]
    assert lines[-2]["reason"] == "not written like a proof"


@pytest.mark.loopback
def test_the_zip_without_its_configuration_refuses_every_request(tmp_path: Path) -> None:
    lines = _run(_edge_zip(tmp_path, None), [viewer_request(authorization=ALICE)])
    assert [line.get("status") for line in lines] == [None, "503"]
    assert "config.json" in lines[0]["reason"]
