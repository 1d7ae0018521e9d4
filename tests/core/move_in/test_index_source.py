from __future__ import annotations

import base64
import json
import threading
from typing import TYPE_CHECKING

import pytest
import requests

from s3pypi_core.errors import RepositoryError
from s3pypi_core.move_in.index_client import wait_after
from s3pypi_core.move_in.index_source import IndexSource
from s3pypi_core.move_in.offer import Offer
from s3pypi_core.progress import Stopped
from tests.indexes import HTML, JSON, Answer, serving

if TYPE_CHECKING:
    from pathlib import Path

SDIST = "demo-1.0.tar.gz"
EMPTY = Answer(json.dumps({"meta": {"api-version": "1.0"}, "name": "demo", "files": []}).encode(), JSON)


def read(source: IndexSource, place: str) -> bytes:
    """All bytes of a file."""
    with source.stream(Offer(SDIST, place)) as body:
        return b"".join(iter(lambda: body.read(1024), b""))


@pytest.mark.loopback
@pytest.mark.parametrize("encoding", ["x-gzip", "gzip", "br"])
def test_a_file_is_taken_as_it_comes_whatever_it_is_called(encoding: str) -> None:
    # Apache's `AddEncoding x-gzip .gz` says of an sdist that it is compressed on its way.
    answer = Answer(b"\x1f\x8b as it is", headers={"Content-Encoding": encoding})
    with serving(lambda _path, _authorization: answer) as host:
        assert read(IndexSource(f"{host}/simple/", None), f"{host}/{SDIST}") == answer.body


@pytest.mark.loopback
def test_a_file_that_breaks_off_is_an_error() -> None:
    answer = Answer(b"half", headers={"Content-Length": "8"})
    with (
        serving(lambda _path, _authorization: answer) as host,
        pytest.raises(RepositoryError, match=f"cannot read http://127.*/{SDIST}"),
    ):
        read(IndexSource(f"{host}/simple/", None), f"{host}/{SDIST}")


@pytest.mark.loopback
def test_an_index_that_is_busy_is_asked_again() -> None:
    answers = [Answer(b"", status=503), EMPTY]
    with serving(lambda _path, _authorization: answers.pop(0)) as host:
        assert IndexSource(f"{host}/simple/", None).offers("Demo").offers == []
    assert answers == []


@pytest.mark.loopback
def test_who_is_told_to_wait_for_hours_does_not_wait_after_the_end() -> None:
    stop = threading.Event()

    def busy(_path: str, _authorization: str | None) -> Answer:
        stop.set()  # as Ctrl-C does, at some moment of the wait
        return Answer(b"", status=429, headers={"Retry-After": "21600"})

    with serving(busy) as host, pytest.raises(Stopped):
        IndexSource(f"{host}/simple/", None, stop).offers("demo")


WAITS = {
    "no answer": (None, 0.5),
    "no word of it": ("", 0.5),
    "shorter": ("0", 0.5),
    "longer": ("7", 7.0),
    "too long": ("21600", 60.0),
    "longer than any number": ("9" * 5000, 60.0),
    "a date": ("Fri, 31 Dec 1999 23:59:59 GMT", 0.5),
    "not a number": ("-1", 0.5),
}


@pytest.mark.parametrize(("asked", "wait"), WAITS.values(), ids=WAITS)
def test_a_server_says_how_long_to_wait_within_reason(asked: str | None, wait: float) -> None:
    answer = None if asked is None else requests.Response()
    if answer is not None and asked:
        answer.headers["Retry-After"] = asked
    assert wait_after(answer, 0.5) == wait


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logins for every host of the tests."""
    path = tmp_path / "netrc"
    path.write_text("machine 127.0.0.1 login n password r\nmachine localhost login l password r\n")
    monkeypatch.setenv("NETRC", str(path))


@pytest.mark.loopback
@pytest.mark.usefixtures("netrc")
@pytest.mark.parametrize("auth", [None, ("u", "p")], ids=["nobody", "somebody"])
def test_credentials_go_where_they_belong_whatever_the_index_says(auth: tuple[str, str] | None) -> None:
    seen = list[tuple[str, str | None]]()

    def elsewhere(path: str, authorization: str | None) -> Answer:
        seen.append((path, authorization))
        return Answer(b"file")

    def index(path: str, authorization: str | None) -> Answer:
        seen.append((path, authorization))
        to = {"/simple/demo/": "/other/", "/file": f"{other}/moved", "/near": "/file"}.get(path)
        return Answer(b"", HTML, 302, {"Location": to}) if to else EMPTY

    with serving(elsewhere) as address, serving(index) as host:
        other = address.replace("127.0.0.1", "localhost")
        source = IndexSource(f"{host}/simple/", auth)
        source.offers("demo")
        assert read(source, f"{host}/near") == b"file"
        assert read(source, f"{other}/direct") == b"file"
        assert read(source, f"{host.replace('//', '//a:b@')}/near") == b"file"

    own = None if auth is None else f"Basic {base64.b64encode(b'u:p').decode()}"
    walk = [("/near", own), ("/file", own), ("/moved", None)]
    assert seen == [("/simple/demo/", own), ("/other/", own), *walk, ("/direct", None), *walk]
