from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from keyring.errors import PasswordDeleteError, PasswordSetError
from urllib3.util import parse_url

from s3pypi_keyring.backend import _look_up
from tests.keyring.conftest import answer, backend

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
[repositories.acme]
url = "https://pypi.acme.com/simple/"

[repositories.intern]
url = "https://intern.acme.com:8443/simple/"

[repositories.local]
url = "http://127.0.0.1:8080/simple/"

[repositories.plain]
url = "http://plain.acme.com/simple/"

[repositories.publisher]
bucket = "acme-pypi"
"""
TOKENS = {
    "S3PYPI_ACME_TOKEN": "s3p_acme",
    "S3PYPI_INTERN_TOKEN": "s3p_intern",
    "S3PYPI_LOCAL_TOKEN": "s3p_local",
    "S3PYPI_PLAIN_TOKEN": "s3p_plain",
}


@pytest.fixture
def _configured(config_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four repositories, each with a token in the environment."""
    config_file.write_text(CONFIG, encoding="utf-8")
    for variable, token in TOKENS.items():
        monkeypatch.setenv(variable, token)


@pytest.mark.usefixtures("_configured")
@pytest.mark.parametrize(
    ("service", "token"),
    [
        pytest.param("https://pypi.acme.com/simple/", "s3p_acme", id="pip: the index"),
        pytest.param("https://pypi.acme.com/simple", "s3p_acme", id="poetry: no slash"),
        pytest.param("https://pypi.acme.com", "s3p_acme", id="uv: scheme and host"),
        pytest.param("https://alice@pypi.acme.com/simple/", "s3p_acme", id="pdm: userinfo"),
        pytest.param("https://pypi.acme.com/simple//demo/", "s3p_acme", id="pipenv: two slashes"),
        pytest.param(
            "https://pypi.acme.com/simple/demo/demo-1.0-py3-none-any.whl#sha256=00",
            "s3p_acme",
            id="poetry: a file",
        ),
        pytest.param("https://pypi.acme.com:443/simple/", "s3p_acme", id="the port of https"),
        pytest.param("https://PyPI.acme.com./simple/", "s3p_acme", id="capitals and a dot"),
        pytest.param("https://intern.acme.com:8443/simple/", "s3p_intern", id="another port"),
        pytest.param("http://127.0.0.1:8080/simple/", "s3p_local", id="http on this machine"),
    ],
)
def test_a_configured_repository_gets_its_token(service: str, token: str) -> None:
    assert answer(service) == ("__token__", token)


@pytest.mark.usefixtures("_configured")
@pytest.mark.parametrize(
    "service",
    [
        "https://pypi.acme.com.evil.example/simple/",
        "https://pypi.acme.com-evil.example/simple/",
        "https://evilpypi.acme.com/simple/",
        "https://evil.example/pypi.acme.com/simple/",
        "https://evil.example/?https://pypi.acme.com/simple/",
        "https://evil.example/#https://pypi.acme.com/simple/",
        "https://evil.example#@pypi.acme.com/",
        "https://evil.example?@pypi.acme.com/",
        "https://evil.example/@pypi.acme.com/",
        "https://pypi.acme.com@evil.example/simple/",
        "https://pypi.acme.com:443@evil.example/simple/",
        "https://pypi.acme.com:x@evil.example/",
        "https://a@evil.example@pypi.acme.com/",
        "https://evil.example\\@pypi.acme.com/",
        "https://evil.example\\.pypi.acme.com/",
        "https:\\\\pypi.acme.com/",
        "https://pypi.acme.com\\.evil.example/",
        "https://pypi.acme.com%2eevil.example/",
        "https://pypi.acme.com%00.evil.example/",
        "https://pypi.acme.com%2f.evil.example/",
        "https://evil.example%2f@pypi.acme.com/",
        "https://pypi%2eacme%2ecom/",
        "https://pypi.acme.com\t.evil.example/",
        "https://pypi.acme.com\n.evil.example/",
        "https://pypi.acme.com .evil.example/",
        "https://pypi.acme.com\x00/",
        " https://pypi.acme.com/simple/",
        "https://pypi.acme.com/simple/\n",
        "\x1bhttps://pypi.acme.com/",
        "https://pypi\u3002acme\u3002com/",
        "https://\uff50ypi.acme.com/",
        "https://p\u0443pi.acme.com/",
        "https://pypi.acme.com\u2044.evil.example/",
        "https://pypi.acme.com\u00ad/",
        "https://xn--pypi-acme.com/",
        "https://pypi.acme.co/",
        "https://pypi.acme.comm/",
        "https://acme.com/simple/",
        "https://sub.pypi.acme.com/",
        "https://pypi.acme.com../",
        "https://.pypi.acme.com/",
        "https://pypi.acme.com:444/simple/",
        "https://pypi.acme.com:80/simple/",
        "https://pypi.acme.com:8443/simple/",
        "https://pypi.acme.com:/simple/",
        "https://pypi.acme.com:0443/simple/",
        "https://pypi.acme.com:443:80/",
        "https://pypi.acme.com:65979/",
        "https://pypi.acme.com:\uff14\uff14\uff13/",
        "https://intern.acme.com/simple/",
        "http://pypi.acme.com/simple/",
        "http://pypi.acme.com:443/simple/",
        "http://plain.acme.com/simple/",
        "https://plain.acme.com/simple/",
        "https://127.0.0.1:8080/simple/",
        "http://127.0.0.1/simple/",
        "http://127.0.0.1.:8080/simple/",
        "http://127.1:8080/simple/",
        "http://2130706433:8080/simple/",
        "http://0x7f000001:8080/simple/",
        "http://localhost:8080/simple/",
        "http://[::ffff:127.0.0.1]:8080/simple/",
        "https://[pypi.acme.com]/",
        "https:pypi.acme.com/simple/",
        "https:///pypi.acme.com/simple/",
        "git+https://pypi.acme.com/simple/",
        "ssh://pypi.acme.com/simple/",
        "ws://pypi.acme.com/",
        "//pypi.acme.com/simple/",
        "pypi.acme.com",
        "pypi.acme.com:443",
        "127.0.0.1:8080",
        "acme",
        "s3pypi-keyring:pypi.acme.com",
        "python-poetry-check",
        "poetry-repository-acme",
        "https://pypi.org/simple/",
        "",
    ],
)
def test_what_only_looks_like_a_repository_gets_nothing(
    service: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(service) is None
    assert answer(service, "alice") is None
    assert backend().get_password(service, "alice") is None
    assert capsys.readouterr() == ("", "")


WORDS = (
    "https:// http:// HTTPS: pypi.acme.com 127.0.0.1 evil.example localhost :443 :8080 /simple/ // %2e xn-- "
    "\\ [ ] \uff0f \u3002 : / @ ? # . % ; & = 0"
)
PIECES = st.lists(st.sampled_from(WORDS.split(" ")) | st.characters(), max_size=12).map("".join)
ALLOWED = {("https", "pypi.acme.com", 443), ("http", "127.0.0.1", 8080)}
LOCAL_AND_ACME = (
    '[repositories.a]\nurl = "https://pypi.acme.com/"\n[repositories.b]\nurl = "http://127.0.0.1:8080/"'
)


@pytest.fixture(scope="module")
def two_repositories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with two repositories and a token for each."""
    path = tmp_path_factory.mktemp("config") / "config.toml"
    path.write_text(LOCAL_AND_ACME, encoding="utf-8")
    return {"S3PYPI_CONFIG": str(path), "S3PYPI_A_TOKEN": "s3p_a", "S3PYPI_B_TOKEN": "s3p_b"}


@given(service=PIECES | PIECES.map("https://pypi.acme.com{}".format) | PIECES.map("https://{}".format))
@example(service="https://pypi.acme.com/")
def test_no_foreign_origin_is_ever_answered(service: str, two_repositories: dict[str, str]) -> None:
    if _look_up(service, None, two_repositories) is not None:
        for parsed in (urlsplit(service), parse_url(service)):
            host, port = (parsed.hostname or "").removesuffix("."), parsed.port or 443
            assert (parsed.scheme, host, port) in ALLOWED


@pytest.mark.usefixtures("_configured")
def test_a_token_goes_with_the_user_name_that_was_asked_for() -> None:
    assert answer("https://pypi.acme.com/simple/", "alice") == ("alice", "s3p_acme")
    assert answer("https://pypi.acme.com/simple/", "") == ("__token__", "s3p_acme")
    assert backend().get_password("https://pypi.acme.com/simple/", "alice") == "s3p_acme"


def test_the_general_token_is_for_the_only_repository(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3PYPI_TOKEN", " s3p_general\n")
    config_file.write_text('[repositories.acme]\nurl = "https://pypi.acme.com/"', encoding="utf-8")
    assert answer("https://pypi.acme.com/") == ("__token__", "s3p_general")
    assert answer("https://other.acme.com/") is None


def test_the_general_token_is_for_none_of_two_repositories(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3PYPI_TOKEN", "s3p_general")
    config_file.write_text(LOCAL_AND_ACME, encoding="utf-8")
    assert answer("https://pypi.acme.com/") is None
    assert answer("http://127.0.0.1:8080/") is None


def test_the_general_token_is_for_the_address_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("S3PYPI_TOKEN", "s3p_general")
    monkeypatch.setenv("S3PYPI_URL", "https://PyPI.acme.com/simple/")
    assert answer("https://pypi.acme.com/simple/") == ("__token__", "s3p_general")
    assert answer("http://pypi.acme.com/simple/") is None
    assert answer("https://acme.com/") is None


def test_the_address_in_the_environment_takes_the_general_token_from_the_only_repository(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_file.write_text('[repositories.acme]\nurl = "https://pypi.acme.com/"', encoding="utf-8")
    monkeypatch.setenv("S3PYPI_TOKEN", "s3p_general")
    monkeypatch.setenv("S3PYPI_URL", "nonsense")
    assert answer("https://pypi.acme.com/") is None


def test_the_token_of_a_repository_wins_over_the_general_one(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_file.write_text('[repositories.acme]\nurl = "https://pypi.acme.com/"', encoding="utf-8")
    monkeypatch.setenv("S3PYPI_TOKEN", "s3p_general")
    monkeypatch.setenv("S3PYPI_ACME_TOKEN", "s3p_own")
    assert answer("https://pypi.acme.com/") == ("__token__", "s3p_own")


def test_an_empty_token_is_no_token(config_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config_file.write_text('[repositories.acme]\nurl = "https://pypi.acme.com/"', encoding="utf-8")
    monkeypatch.setenv("S3PYPI_ACME_TOKEN", " ")
    assert answer("https://pypi.acme.com/") is None


def test_a_broken_configuration_is_one_line_on_standard_error(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config_file.write_text("[pypi.acme.com", encoding="utf-8")
    assert answer("https://pypi.acme.com/") is None
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"s3pypi-keyring: {config_file}: is not TOML")
    assert err.count("\n") == 1


def test_a_broken_configuration_does_not_disturb_other_services(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config_file.write_text("[pypi.acme.com", encoding="utf-8")
    assert answer("https://pypi.org/") is None
    assert capsys.readouterr() == ("", "")


def test_a_configuration_that_is_not_there_does_not_disturb_anyone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("S3PYPI_CONFIG", str(tmp_path / "missing.toml"))
    assert answer("https://pypi.acme.com/") is None
    assert capsys.readouterr() == ("", "")


def test_an_accident_is_one_line_on_standard_error_and_no_exception(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config_file.write_text(f"x = {'[' * 100_000} # pypi.acme.com", encoding="utf-8")
    assert answer("https://pypi.acme.com/") is None
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "s3pypi-keyring: looking up credentials failed (RecursionError); run: s3pypi-keyring status\n"
    )


@pytest.mark.parametrize("stream", [None, io.TextIOWrapper(io.BytesIO())], ids=["none", "closed"])
def test_a_look_up_without_standard_error_is_answered(
    stream: io.TextIOWrapper | None, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_file.write_text("[pypi.acme.com", encoding="utf-8")
    if stream is not None:
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    assert answer("https://pypi.acme.com/") is None


def test_it_stores_nothing_and_leaves_that_to_the_next_backend() -> None:
    ours = backend()
    with pytest.raises(PasswordSetError, match="s3pypi-keyring login") as setting:
        ours.set_password("a service", "alice", "secret")
    with pytest.raises(PasswordDeleteError, match="s3pypi-keyring logout") as deleting:
        ours.delete_password("a service", "alice")
    assert isinstance(setting.value, NotImplementedError)
    assert isinstance(deleting.value, NotImplementedError)
