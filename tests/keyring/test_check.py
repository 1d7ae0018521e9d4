from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import requests
import responses
from responses import matchers

from s3pypi_keyring.check import NoRepository, Refused, Unreachable, check
from s3pypi_keyring.environment import Login
from tests.keyring.conftest import PASSWORD, TOKEN, Answers

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.loopback


class Time:
    """A clock that only sleeping moves; and what was said meanwhile."""

    def __init__(self) -> None:
        self.now = 0.0
        self.said: list[str] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def ask(url: str, login: Login, *, patient: bool = False) -> Time:
    time = Time()
    check(url, login, patient=patient, say=time.said.append, clock=time.clock, sleep=time.sleep)
    return time


@pytest.mark.parametrize("status", [200, 404, 406])
def test_whom_the_repository_knows_is_accepted(status: int, repository: Answers) -> None:
    repository.status = status
    assert ask(repository.url, Login("alice", PASSWORD)).said == []


@pytest.mark.parametrize("location", ["/simple/", "simple/x", ""], ids=["relative", "name", "none"])
def test_a_redirect_that_stays_here_is_accepted_and_not_followed(location: str, repository: Answers) -> None:
    repository.status, repository.location = 301, location
    ask(repository.url, Login("any", TOKEN))
    assert repository.seen == ["", f"any:{TOKEN}"]


@pytest.mark.parametrize("location", ["https://127.0.0.1/", "//evil.example/", "http://evil.example/simple/"])
def test_a_redirect_that_leads_elsewhere_is_no_repository(location: str, repository: Answers) -> None:
    repository.status, repository.location = 301, location
    with pytest.raises(Unreachable, match="redirects to another address"):
        ask(repository.url, Login("any", TOKEN))


def test_a_wrong_password_is_refused_at_once(repository: Answers) -> None:
    with pytest.raises(Refused, match="nothing was stored"):
        ask(repository.url, Login("alice", "wrong"))
    assert repository.seen == ["", "alice:wrong"]


def test_a_new_token_is_tried_until_the_repository_knows_it(repository: Answers) -> None:
    repository.refusals = 3
    time = ask(repository.url, Login("any", TOKEN), patient=True)
    assert time.now == 15
    assert time.said == ["refused so far; a new token takes up to a minute to work: trying for 65 s"]


def test_a_token_that_is_never_known_is_refused_after_65_seconds(repository: Answers) -> None:
    time = Time()
    with pytest.raises(Refused):
        check(
            repository.url,
            Login("any", "s3p_wrong"),
            patient=True,
            say=time.said.append,
            clock=time.clock,
            sleep=time.sleep,
        )
    assert time.now == 65


@pytest.mark.parametrize("status", [200, 204, 301, 302, 400, 403, 404, 405, 406, 421])
def test_what_asks_nobody_for_credentials_gets_none(status: int, repository: Answers) -> None:
    repository.stranger, repository.location = status, "/"
    with pytest.raises(NoRepository, match="does not ask for credentials: is this the address") as caught:
        ask(repository.url, Login("alice", PASSWORD), patient=True)
    assert f"answered {status}" in caught.value.hint
    assert repository.seen == [""]


@pytest.mark.parametrize(
    "challenge", ["", "Basic", 'Bearer realm="basic"', "Negotiate", 'NotBasic realm="acme"'], ids=repr
)
def test_what_asks_for_another_kind_of_credentials_gets_none(challenge: str, repository: Answers) -> None:
    repository.challenge = challenge
    with pytest.raises(NoRepository, match="asks for another kind of credentials"):
        ask(repository.url, Login("any", TOKEN), patient=True)
    assert repository.seen == [""]


@pytest.mark.parametrize("challenge", ['basic realm="acme"', 'Negotiate, BASIC charset="UTF-8", realm="a"'])
def test_a_challenge_is_read_as_the_standard_has_it(challenge: str, repository: Answers) -> None:
    repository.challenge = challenge
    ask(repository.url, Login("any", TOKEN))
    assert repository.seen == ["", f"any:{TOKEN}"]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_repository_in_trouble_is_sent_nothing(status: int, repository: Answers) -> None:
    repository.stranger = status
    with pytest.raises(Unreachable, match=f"answered {status}"):
        ask(repository.url, Login("any", TOKEN))
    assert repository.seen == [""]


@pytest.mark.parametrize("status", [302, 403, 421, 500, 503])
def test_any_other_answer_stores_nothing(status: int, repository: Answers) -> None:
    repository.status = status
    with pytest.raises(Unreachable, match=f"answered {status}"):
        ask(repository.url, Login("any", TOKEN))


def test_a_netrc_does_not_speak_in_their_place(
    repository: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login bob password other\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    ask(repository.url, Login("any", TOKEN))
    assert repository.seen == ["", f"any:{TOKEN}"]


def test_no_proxy_sees_credentials_in_clear(repository: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    ask(repository.url, Login("any", TOKEN))
    assert repository.seen == ["", f"any:{TOKEN}"]


def test_no_request_waits_for_ever() -> None:
    url = "https://pypi.acme.com/simple/"
    in_time = [matchers.request_kwargs_matcher({"timeout": 10})]
    basic = matchers.header_matcher({"Authorization": "Basic YTpi"})
    with responses.RequestsMock() as network:
        network.head(url, status=401, headers={"WWW-Authenticate": 'Basic realm="acme"'}, match=in_time)
        network.head(url, match=[*in_time, basic])
        ask(url, Login("a", "b"))


def test_a_port_where_nobody_listens_is_a_sentence() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match=r"cannot be reached \(ConnectionError\)"):
            ask(f"http://127.0.0.1:{unused.getsockname()[1]}/simple/", Login("any", TOKEN))


def test_a_server_that_does_not_speak_tls_is_not_said_to_have_a_certificate(repository: Answers) -> None:
    with pytest.raises(Unreachable, match="does not speak TLS there"):
        ask(repository.url.replace("http:", "https:"), Login("any", TOKEN))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            requests.exceptions.SSLError(ssl.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")),
            "certificate that is not trusted",
        ),
        (requests.exceptions.ConnectTimeout(), "did not answer within 10 s"),
        (requests.exceptions.ReadTimeout(), "did not answer within 10 s"),
        (requests.exceptions.InvalidProxyURL(f"http://me:{PASSWORD}@proxy"), "InvalidProxyURL"),
    ],
    ids=["certificate", "connecting", "reading", "proxy"],
)
def test_what_keeps_us_from_the_repository_is_a_sentence_without_a_secret(
    error: Exception, sentence: str
) -> None:
    with responses.RequestsMock() as network:
        network.head("https://pypi.acme.com/simple/", body=error)
        with pytest.raises(Unreachable, match=sentence) as caught:
            ask("https://pypi.acme.com/simple/", Login("alice", PASSWORD))
    assert PASSWORD not in str(caught.value)
