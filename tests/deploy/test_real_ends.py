from __future__ import annotations

import io
import socket
import sys
from typing import TYPE_CHECKING

import keyring
import keyring.errors
import pytest
from keyring.backend import KeyringBackend
from keyring.credentials import SimpleCredential

from s3pypi_deploy import real_ends
from tests.deploy.places import HOME

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://pypi.acme.com/simple/"


def test_the_real_ends_open_the_bucket_in_its_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKTESTS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    ends = real_ends.make_ends({}, HOME, None)
    assert ends.stacks_in("us-east-1") is ends.stacks_in("us-east-1")
    assert ends.stacks_in("us-east-1").region == "us-east-1"
    assert ends.open_bucket("acme").name == "acme"


class Typist(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_person_is_asked_in_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert real_ends.ask("Do this? ") is None
    monkeypatch.setattr(sys, "stdin", Typist("y\n"))
    assert real_ends.ask("Do this? ") == "y\n"
    assert capsys.readouterr().err == "Do this? "


def test_nobody_is_asked_where_standard_input_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # as after <&-
    assert real_ends.ask("Do this? ") is None


@pytest.mark.loopback
def test_a_host_is_looked_up() -> None:
    assert real_ends.resolve("127.0.0.1") == ["127.0.0.1"]


def test_a_host_that_dns_does_not_know_has_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_options: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert real_ends.resolve("nowhere.example") == []


@pytest.mark.parametrize("host", ["x" * 64 + ".example", "a..example"], ids=["long label", "empty label"])
def test_what_can_be_no_host_has_no_address(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What Python's own does first, before anybody is asked.
    monkeypatch.setattr(socket, "getaddrinfo", lambda name, *_more, **_options: name.encode("idna"))
    assert real_ends.resolve(host) == []


def test_a_program_gets_variables_besides_ours(capfd: pytest.CaptureFixture[str]) -> None:
    code = "import os; print(os.environ['MORE'], 'HOME' in os.environ)"
    assert real_ends.run_program([sys.executable, "-c", code], {"MORE": "1"}) == 0
    assert capfd.readouterr().err == "1 True\n"


def test_a_program_hears_nothing_of_what_pip_is_told_elsewhere(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://elsewhere.example/simple/")
    code = "import os; print({name for name in os.environ if name.startswith('PIP_')})"
    assert real_ends.run_program([sys.executable, "-c", code], {"PIP_INDEX_URL": "https://x"}) == 0
    assert capfd.readouterr().err == "{'PIP_INDEX_URL'}\n"


def _get_credential(_self: object, service: str, username: str | None) -> SimpleCredential | None:
    assert username is None
    if service == "locked":
        raise keyring.errors.KeyringLocked
    if service == "odd":
        raise RuntimeError("the password is s3p_secret")
    return SimpleCredential("__token__", "secret") if service == URL else None


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = keyring.get_keyring()
    # keyring notes every class of backend: this one is not there for the next test.
    monkeypatch.setattr(KeyringBackend, "_classes", {*KeyringBackend._classes})
    members = {"priority": 1.0, "get_password": None, "set_password": None, "get_credential": _get_credential}
    keyring.set_keyring(type("Locked", (KeyringBackend,), members)())
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("locked")
def test_credentials_are_those_that_clients_get() -> None:
    assert real_ends.find_credential(URL) == ("__token__", "secret")
    assert real_ends.find_credential("https://other.example/simple/") is None


@pytest.mark.parametrize(("service", "kind"), [("locked", "KeyringLocked"), ("odd", "RuntimeError")])
@pytest.mark.usefixtures("locked")
def test_a_keyring_that_fails_is_told_and_gives_nothing(
    service: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert real_ends.find_credential(service) is None
    told = capsys.readouterr().err
    assert f"warning: keyring gives no credentials, it fails with {kind}\nhint: `keyring --list" in told
    assert "s3p_secret" not in told


def test_a_keyring_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Thing")
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    assert real_ends.find_credential(URL) is None
    assert "it fails with ModuleNotFoundError" in capsys.readouterr().err
