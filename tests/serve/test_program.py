"""The whole program, as a process of its own."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.bucket import Headers
from s3pypi_core.config.config import read_config
from s3pypi_core.repository import create_repository
from s3pypi_edge.users import UserStore
from s3pypi_serve.data_folder import open_data_folder
from s3pypi_serve.s3_server import s3_server
from tests.builders import build_wheel
from tests.repositories import publish, unheard
from tests.serve.processes import wait_for_the_end_of
from tests.waiting import until_it_says

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

pytestmark = pytest.mark.loopback

PROGRAM = [sys.executable, "-m", "s3pypi_serve", "--port", "0"]
MB = 2**20


class Running(NamedTuple):
    """The program, ready."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]
    took: float

    def variable(self, name: str) -> str:
        lines = Path(self.ready["environment"]).read_text().splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith(f"export {name}="))

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.ready["index_url"]).netloc, timeout=10)

    @property
    def credentials(self) -> dict[str, str]:
        pair = f"local:{self.variable('S3PYPI_TOKEN')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def bucket(self, monkeypatch: pytest.MonkeyPatch) -> S3Bucket:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
            monkeypatch.setenv(name, self.variable(name))
        return S3Bucket.open(self.ready["bucket"], endpoint_url=self.ready["s3_endpoint"])


@contextlib.contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """End a process with the block: in order, and otherwise after 10 s."""
    try:
        yield
    finally:
        process.terminate()
        timer = threading.Timer(10, process.kill)
        timer.start()
        process.wait()
        timer.cancel()


def weed_of(data: Path) -> int:
    """The process of the S3 server that keeps its data in this folder."""
    wanted = f"-dir={data}/s3/objects".encode()
    lines = ((path.parent.name, path.read_bytes()) for path in Path("/proc").glob("[0-9]*/cmdline"))
    return next(int(pid) for pid, line in lines if wanted in line.split(b"\0") and b"/bin/sh" not in line)


@contextlib.contextmanager
def running(data: Path, stderr: IO[str] | None = None, options: Sequence[str] = ()) -> Iterator[Running]:
    """Start the program; whoever uses it ends it, or it is ended."""
    started = time.monotonic()
    command = [*PROGRAM, "--refresh", "1", "--json", "--data", str(data), *options]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as process,
        ended(process),
    ):
        assert process.stdout is not None
        yield Running(process, json.loads(process.stdout.readline()), time.monotonic() - started)


def answers(endpoint: str) -> bool:
    address = urlsplit(endpoint)
    assert address.hostname
    with socket.socket() as probe:
        return probe.connect_ex((address.hostname, address.port or 80)) == 0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One running repository for all tests that only look at it."""
    with running(tmp_path_factory.mktemp("serve") / "data") as program:
        yield program


def test_it_is_ready_in_less_than_5_s_and_says_where_everything_is(served: Running) -> None:
    assert served.took < 5
    config = read_config({"S3PYPI_CONFIG": served.ready["config"]})
    (repository,) = config.repositories
    assert repository.name == "local"
    assert {
        "index_url": repository.url,
        "bucket": repository.bucket,
        "s3_endpoint": repository.endpoint_url,
        "config": str(config.path),
        "user": "local",
        "environment": str(config.path.with_name("environment")),
        "variables": ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "S3PYPI_TOKEN"],
    } == served.ready


@pytest.mark.parametrize("name", ["environment", "s3pypi-serve.json", "s3/identities.json"])
def test_its_secrets_are_its_owners(served: Running, name: str) -> None:
    path = Path(served.ready["config"]).parent / name
    assert path.stat().st_mode & 0o077 == 0


def test_its_one_user_may_read_everything_and_a_stranger_nothing(served: Running) -> None:
    with contextlib.closing(served.connect()) as connection:
        connection.request("GET", "/simple/", headers=served.credentials)
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("content-type")) == (200, "text/html; charset=utf-8")
        assert b"<h1>" in answer.read()
        connection.request("GET", "/simple/")
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("www-authenticate")) == (401, 'Basic realm="local"')


def test_its_bucket_holds_an_empty_root_pair_and_a_user_store(
    served: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = served.bucket(monkeypatch)
    record, store = bucket.get("packages/index.json"), bucket.get("config/users.json")
    assert record is not None
    assert json.loads(record.body)["projects"] == []
    assert store is not None
    users = UserStore.parse(store.body)
    assert users.problems == ()
    assert [*users.users] == ["local"]


def test_without_an_upstream_what_is_not_there_is_not_found(served: Running) -> None:
    with contextlib.closing(served.connect()) as connection:
        connection.request("GET", "/simple/requests/", headers=served.credentials)
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("location")) == (404, None)


def test_with_an_upstream_only_what_is_neither_here_nor_reserved_is_sent_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream = "http://localhost:9/simple"
    options = ["--upstream", upstream, "--reserve", "Acme_*", "--reserve", "inhouse"]
    answers = {}
    with (
        (tmp_path / "log").open("w") as log,
        running(tmp_path / "data", log, options) as program,
        contextlib.closing(program.connect()) as connection,
    ):
        # A project without files, as one that is quarantined has it too.
        program.bucket(monkeypatch).create("packages/empty/index.html", b"<!DOCTYPE html>", Headers("", ""))
        for project in ("requests", "acme-lib", "inhouse", "empty"):
            connection.request("GET", f"/simple/{project}/", headers=program.credentials)
            answer = connection.getresponse()
            answer.read()
            answers[project] = (answer.status, answer.getheader("location"))
            if answer.status == 302:
                assert answer.getheader("cache-control") == "no-store"
    assert answers == {
        "requests": (302, f"{upstream}/requests/"),
        "acme-lib": (404, None),
        "inhouse": (404, None),
        "empty": (200, None),
    }
    assert (
        '"project": "requests", "file": null, "verdict": "302", "reason": "upstream"'
        in (tmp_path / "log").read_text()
    )


def test_its_folder_is_refused_to_another_one(served: Running) -> None:
    data = Path(served.ready["config"]).parent
    other = subprocess.run(
        [*PROGRAM, "--data", str(data)], capture_output=True, text=True, timeout=30, check=False
    )
    assert other.returncode == 1
    assert f"error: {data} is in use by another s3pypi-serve" in other.stderr


def memory(process: int, field: str) -> float:
    """Return a field of the process's memory, in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition(f"{field}:")[2].split()[0]) / 1024


@pytest.mark.slow
def test_a_wheel_of_200_mb_adds_less_than_50_mb_of_memory(
    served: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "large-1.0-py3-none-any.whl"
    with path.open("wb") as file:
        file.truncate(200 * MB)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    key, headers = f"packages/large/{path.name}", Headers("application/zip", "")
    served.bucket(monkeypatch).create_file(key, path, headers, sha256=sha256, sent=unheard)
    before = memory(served.process.pid, "VmRSS")
    with contextlib.closing(served.connect()) as connection:
        connection.request("GET", f"/simple/large/{path.name}", headers=served.credentials)
        answer = connection.getresponse()
        time.sleep(1)  # a viewer who is slower than S3
        assert sum(map(len, iter(lambda: answer.read(MB), b""))) == 200 * MB
    assert memory(served.process.pid, "VmHWM") - before < 50


LOOK = """
import os, sys
from s3pypi_core.aws.s3_bucket import S3Bucket
assert S3Bucket.open("s3pypi-local").get("packages/kept.txt").body == b"kept"
print(os.environ["TWINE_REPOSITORY"], os.environ["S3PYPI_TOKEN"])
sys.exit(7)
"""


def test_data_is_there_after_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path / "data") as first:
        first.bucket(monkeypatch).create("packages/kept.txt", b"kept", Headers("text/plain", ""))
        token = first.variable("S3PYPI_TOKEN")
        asked = time.monotonic()
        first.process.terminate()
        assert first.process.wait(10) == 0
        assert time.monotonic() - asked < 5
        assert not answers(first.ready["s3_endpoint"])
    command = [*PROGRAM, "--data", str(tmp_path / "data"), "--", sys.executable, "-c", LOOK]
    again = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (again.returncode, again.stdout, again.stderr) == (7, f"local {token}\n", "")
    assert (tmp_path / "data" / "edge.log").exists()


@pytest.mark.parametrize("folder", ["new", "of an earlier version"])
def test_what_is_deleted_can_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    """In a folder that was filled before its bucket kept versions, too."""
    wheel = build_wheel(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if folder != "new":
        with open_data_folder(tmp_path / "data") as data, s3_server(data.s3, data.keys) as endpoint:
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", data.keys.access_key)
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", data.keys.secret_key)
            bucket = S3Bucket.open("s3pypi-local", region="us-east-1", endpoint_url=endpoint)
            bucket.make()
            create_repository(bucket)
            publish(bucket, wheel)
    twine = "python -m s3pypi_twine"
    script = (
        f"{twine} upload {wheel} && {twine} delete demo==1.0 --yes && {twine} undelete demo==1.0"
        f" && {twine} verify --deep && {twine} show demo==1.0"
    )
    command = [*PROGRAM, "--data", str(tmp_path / "data"), "--", "sh", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{wheel.name}: deleted\n" in done.stdout
    assert f"{wheel.name}: back\n" in done.stdout
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() in done.stdout


def test_its_s3_server_does_not_outlive_it_even_when_it_is_killed(tmp_path: Path) -> None:
    with running(tmp_path / "data") as first:
        first.process.kill()
    with open_data_folder(tmp_path / "data"):  # once the S3 server has closed its files
        assert not answers(first.ready["s3_endpoint"])


def test_it_starts_again_at_once_after_it_was_killed(tmp_path: Path) -> None:
    with running(tmp_path / "data") as first:
        first.process.kill()
    command = [*PROGRAM, "--data", str(tmp_path / "data"), "--", "no-such-command"]
    again = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert again.returncode == 127
    assert "error: no-such-command cannot be run: No such file or directory" in again.stderr


def test_ctrl_c_twice_ends_it_in_order_and_a_temporary_folder_goes_with_it(tmp_path: Path) -> None:
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(PROGRAM, stdout=subprocess.PIPE, text=True, env=environ) as process, ended(process):
        assert process.stdout is not None
        said = "".join(iter(process.stdout.readline, '  pip install --index-url "$S3PYPI_URL" NAME\n'))
        assert "The repository is ready: http://127.0.0.1:" in said
        (folder,) = tmp_path.iterdir()
        assert f"  . {folder}/environment\n" in said
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_its_s3_server_is_its_own(tmp_path: Path) -> None:
    with (
        (tmp_path / "errors").open("w") as errors,
        running(tmp_path / "data", errors) as program,
    ):
        os.kill(weed_of(tmp_path / "data"), signal.SIGKILL)
        assert program.process.wait(5) == 1
    assert "error: the embedded S3 server has ended" in (tmp_path / "errors").read_text()


def test_the_end_of_its_s3_server_is_the_commands_as_well(tmp_path: Path) -> None:
    script = f"echo $$ > {tmp_path}/group; sleep 60; echo x"
    command = [*PROGRAM, "--data", str(tmp_path / "data"), "--", "sh", "-c", script]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process, ended(process):
        until_it_says(tmp_path / "group", "\n")
        os.kill(weed_of(tmp_path / "data"), signal.SIGKILL)
        _, errors = process.communicate(timeout=10)
        assert process.returncode == 1
    assert "error: the embedded S3 server has ended" in errors
    wait_for_the_end_of(int((tmp_path / "group").read_text()))


NO_USERS = b'{"version": 1, "users": {}, "principals": []}'


@pytest.mark.parametrize("store", [NO_USERS, b"{"], ids=["removed", "damaged"])
def test_a_token_that_does_not_hold_any_more_is_not_advertised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: bytes
) -> None:
    with running(tmp_path / "data") as first:
        bucket = first.bucket(monkeypatch)
        before = bucket.get("config/users.json")
        assert before is not None
        bucket.replace("config/users.json", store, Headers("application/json", ""), etag=before.etag)
    with (
        (tmp_path / "errors").open("w") as errors,
        running(tmp_path / "data", errors) as again,
    ):
        assert again.ready["variables"] == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
        assert "S3PYPI_TOKEN=" not in Path(again.ready["environment"]).read_text()
    assert "warning: the token of the user local was revoked" in (tmp_path / "errors").read_text()
