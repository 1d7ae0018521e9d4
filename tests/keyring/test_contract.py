"""What holds whatever happens: no exception, no question, no output, an answer in time."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from keyring import core
from keyring.backend import KeyringBackend

from s3pypi_core.origin import Origin
from s3pypi_edge.deadline import within
from s3pypi_keyring import lookup, sessions, sources
from s3pypi_keyring.backend import _host, _look_up
from s3pypi_keyring.environment import Login
from s3pypi_keyring.service import Service
from s3pypi_keyring.session_cache import Session, SessionCache
from s3pypi_keyring.store import Store
from tests.edge.s3_double import hanging, s3_double
from tests.edge.sts_double import ALICE
from tests.keyring.conftest import answer, backend
from tests.keyring.identities import use
from tests.keyring.test_backend import PIECES
from tests.keyring.test_store import ReadOnly

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_keyring.store import Stored

URL = "https://pypi.acme.com/simple/"


@pytest.fixture
def acme(config_file: Path) -> Path:
    config_file.write_text(f'[repositories.acme]\nurl = "{URL}"\n', encoding="utf-8")
    return config_file


@given(text=PIECES | PIECES.map("https://{}".format) | st.text())
@example(text="https://a@PyPI.acme.com.:443/x?y#z")
@example(text="pypi.acme.com:8443")
def test_the_quick_look_at_a_host_misses_nothing_that_could_be_ours(text: str) -> None:
    service = Service.parse(text)
    assert service is None or _host(text) == service.origin.host


@given(text=st.text() | PIECES.map("https://{}".format), username=st.none() | st.text())
@example(text="https://pypi.acme.com/", username=None)
def test_no_look_up_ever_raises(text: str, username: str | None) -> None:
    environ = {"S3PYPI_URL": text, "S3PYPI_CONFIG": os.devnull, "S3PYPI_TOKEN": "s3p_secret"}
    found = _look_up(text, username, environ)
    service = Service.parse(text)
    ours = service is not None and service.bare is None
    assert found == (Login(username or "__token__", "s3p_secret") if ours else None)


@pytest.mark.parametrize(
    "service", [None, b"https://pypi.acme.com/", 1, pytest.param(object(), id="an object")], ids=repr
)
def test_what_is_no_text_is_no_service(service: object) -> None:
    assert backend().get_credential(service, None) is None  # type: ignore[arg-type]


BARE = """
[repositories.acme]
url = "https://pypi.acme.com/simple/"
allow_bare_host = true
[repositories.intern]
url = "https://intern.acme.com:8443/simple/"
allow_bare_host = true
[repositories.local]
url = "http://127.0.0.1:8080/simple/"
allow_bare_host = true
[repositories.plain]
url = "http://plain.acme.com/simple/"
allow_bare_host = true
[repositories.strict]
url = "https://strict.acme.com/simple/"
[repositories.publisher]
bucket = "acme"
allow_bare_host = true
"""


@pytest.mark.parametrize(
    ("service", "token"),
    [
        ("pypi.acme.com", "s3p_acme"),
        ("PyPI.acme.com.", "s3p_acme"),
        ("pypi.acme.com:443", "s3p_acme"),
        ("pypi.acme.com:8443", None),
        ("pypi.acme.com/", None),
        ("alice@pypi.acme.com", None),
        ("pypi.acme.com?x", None),
        ("pypi.acme.com#x", None),
        ("pypi.acme.com\\", None),
        ("pypi.acme.com:", None),
        ("//pypi.acme.com", None),
        ("https:pypi.acme.com", None),
        ("intern.acme.com:8443", "s3p_intern"),
        ("intern.acme.com", None),
        ("127.0.0.1:8080", "s3p_local"),
        ("127.0.0.1", None),
        ("plain.acme.com", None),
        ("plain.acme.com:80", None),
        ("strict.acme.com", None),
        ("acme", None),
    ],
)
def test_a_bare_host_is_answered_where_the_configuration_says_so(
    service: str, token: str | None, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_file.write_text(BARE, encoding="utf-8")
    for name in ("acme", "intern", "local", "plain", "strict", "publisher"):
        monkeypatch.setenv(f"S3PYPI_{name.upper()}_TOKEN", f"s3p_{name}")
    assert answer(service) == (token and ("__token__", token))


@pytest.mark.parametrize("url", ["", URL], ids=["no address", "an address"])
def test_a_configuration_that_is_a_pipe_keeps_nobody_waiting(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    monkeypatch.setattr(lookup, "PATIENCE", 0.05)
    monkeypatch.setenv("S3PYPI_CONFIG", str(pipe))
    monkeypatch.setenv("S3PYPI_URL", url)
    assert within(5, lambda: answer(URL)) is None
    os.close(os.open(pipe, os.O_RDWR))  # lets go whoever waits


class Odd(ReadOnly):
    """A backend that does what backends do, in the end."""

    def __init__(self, act: Callable[[], str | None]) -> None:
        super().__init__()
        self._act = act

    def get_password(self, service: str, username: str) -> str | None:
        del service, username
        return self._act()


def use_store(act: Callable[[], str | None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s3pypi_keyring.store.open_store", lambda: Store([Odd(act)]))


@pytest.mark.usefixtures("acme")
def test_a_desktop_keyring_that_is_locked_is_given_up_after_three_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    over = threading.Event()
    use_store(lambda: str(over.wait(20)), monkeypatch)
    assert sources.STORE_PATIENCE == 3
    monkeypatch.setattr(sources, "STORE_PATIENCE", 0.05)
    begun = time.monotonic()
    assert answer(URL) is None
    assert time.monotonic() - begun < 2
    out, err = capsys.readouterr()
    over.set()
    assert out == ""
    assert err == (
        "s3pypi-keyring: the keyring of the operating system did not answer within 0.05 s; "
        "unlock it, or put a token into the environment (see: s3pypi-keyring status)\n"
    )


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("act", [lambda: sys.exit(3), lambda: str(1 / 0)], ids=["exits", "raises"])
def test_a_keyring_that_ends_the_program_or_raises_does_neither(
    act: Callable[[], str | None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_store(act, monkeypatch)
    assert answer(URL) is None
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


@pytest.mark.usefixtures("acme")
def test_a_keyring_that_asks_us_in_its_turn_gets_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[object]()

    def ask_again() -> None:
        asked.append(answer(URL))

    use_store(ask_again, monkeypatch)
    assert answer(URL) is None
    assert asked == [None]


@pytest.mark.usefixtures("acme")
def test_a_source_that_exits_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def exit_at_once(_origin: Origin) -> Stored:
        raise SystemExit(3)

    monkeypatch.setattr(sources, "read_store", exit_at_once)
    assert answer(URL) is None
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.loopback
def test_a_repository_that_hangs_is_given_up_in_time_and_not_asked_again(
    config_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(ALICE.credentials, monkeypatch)
    assert sessions.PATIENCE < 10
    monkeypatch.setattr(sessions, "PATIENCE", 0.3)
    with s3_double() as double:
        double.scripts += [hanging] * 3
        url = f"{double.endpoint}/simple/"
        config_file.write_text(f'[repositories.acme]\nurl = "{url}"\nauth = "aws"\n', encoding="utf-8")
        assert answer(url) is None
        assert answer(url) is None
        assert len(double.requests) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"s3pypi-keyring: getting a session for {double.endpoint} took more than 0.3 s; "
        "check the network, then run: s3pypi-keyring status\n"
    )


@pytest.mark.parametrize(("left", "kept"), [(0.1, True), (0.01, False)], ids=["all the time", "the rest"])
def test_what_had_hardly_any_time_may_be_tried_again_at_once(
    left: float, kept: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "PATIENCE", 0.1)
    cache, over = SessionCache(tmp_path / "sessions"), threading.Event()

    def hang() -> Session:
        over.wait(20)
        return Session("", 0)

    with pytest.raises(TimeoutError):
        sessions._make(cache, "00", hang, Origin("https", "pypi.acme.com", 443), {}, left)
    over.set()
    assert (cache.failure("00", time.time()) is not None) == kept


@pytest.mark.loopback
def test_credentials_that_aws_never_wrote_are_one_line(
    config_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "short")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    config_file.write_text(
        '[repositories.acme]\nurl = "http://127.0.0.1:9/"\nauth = "aws"\n', encoding="utf-8"
    )
    assert answer("http://127.0.0.1:9/") is None
    err = capsys.readouterr().err
    assert "no proof can be made for access key short" in err
    assert "hunter2" not in err


def test_it_comes_before_every_other_backend_and_hides_none() -> None:
    ours = backend()
    assert ours.priority == 9.9
    assert isinstance(ours, KeyringBackend)
    assert core.load_keyring("keyring.backends.chainer.ChainerBackend").backends[0].priority == 9.9  # type: ignore[attr-defined]
