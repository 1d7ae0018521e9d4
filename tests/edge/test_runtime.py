"""The zip under the runtime client that AWS runs it with, and its answers before a strict CloudFront."""

from __future__ import annotations

import json
import os
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from s3pypi_serve.cloudfront import Request, Response, outcome
from tests.edge.events import basic, viewer_request
from tests.edge.gates import TOKEN, user_store
from tests.edge.lambda_service import invoke
from tests.edge.s3_double import answer, s3_double
from tests.edge.test_handler import ALICE, ENVIRON, _config, _edge_zip

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.loopback

EVENTS = [
    viewer_request("/simple/"),
    viewer_request("/simple/", authorization=ALICE),
    viewer_request("/simple/demo/", authorization=basic("", TOKEN), accept="*/*"),
    viewer_request(
        "/simple/demo/demo-1.0+x.zip", authorization=basic("zo\xeb", TOKEN, "latin-1"), method="HEAD"
    ),
    viewer_request("/simple/Demo", authorization=ALICE),
    viewer_request("/simple/../config/users.json", authorization=ALICE),
    viewer_request("/simple/", authorization=ALICE, method="POST"),
    viewer_request("/simple/", authorization=ALICE, host="evil.example"),
    viewer_request("/simple/demo/", authorization=ALICE, accept="image/png"),
    viewer_request("/simple/\ud800/", authorization=basic("alice", "wrong")),
]
DUE = ["401", "/packages/index.html", "/packages/demo/index.html", "/packages/demo/demo-1.0%2Bx.zip"]
DUE += ["301", "404", "405", "421", "406", "401"]


def _task(folder: Path, config: bytes | None) -> Path:
    task = folder / "task"
    with zipfile.ZipFile(_edge_zip(folder, config)) as archive:
        archive.extractall(task)
    return task


def _due(event: dict[str, Any], said: tuple[str, Any]) -> str:
    path, body = said
    assert path.endswith("/response")
    result = outcome(event, body)  # raises for whatever CloudFront would not accept
    if isinstance(result, Response):
        return str(result.status)
    assert isinstance(result, Request)
    return result.uri


def test_the_zip_runs_under_the_runtime_client_of_aws(tmp_path: Path) -> None:
    with s3_double() as double:
        double.scripts.append(answer(200, user_store(), ETag='"1"', Connection="close"))
        environ = {**ENVIRON, "PATH": os.defpath}
        said, log = invoke(
            _task(tmp_path, _config(double.endpoint)), "s3pypi_edge.handler.handle", EVENTS, environ
        )
    assert [_due(event, answer) for event, answer in zip(EVENTS, said, strict=True)] == DUE
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert [line["verdict"] for line in lines] == [due if due.isdigit() else "pass" for due in DUE]
    assert "Traceback" not in log
    assert double.requests[0][0] == "/acme-pypi/config/users.json"
    assert len(double.requests) == 1


def test_a_zip_without_configuration_starts_and_refuses(tmp_path: Path) -> None:
    said, log = invoke(_task(tmp_path, None), "s3pypi_edge.handler.handle", EVENTS, {"PATH": os.defpath})
    assert {_due(event, answer) for event, answer in zip(EVENTS, said, strict=True)} == {"503"}
    assert "Traceback" not in log


def test_a_function_that_is_not_there_is_told_to_lambda(tmp_path: Path) -> None:
    """What the double of Lambda is good for, shown by a failure."""
    said, _log = invoke(_task(tmp_path, None), "s3pypi_edge.nothing.handle", EVENTS, {"PATH": os.defpath})
    assert [path for path, _ in said] == ["/init/error"]
