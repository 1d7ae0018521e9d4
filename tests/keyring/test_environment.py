"""Credentials from variables, which are for one repository each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from s3pypi_keyring.environment import Login
from tests.keyring.conftest import answer

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://pypi.acme.com/simple/"


@pytest.fixture(autouse=True)
def _acme(config_file: Path) -> None:
    config_file.write_text(
        f'[repositories.acme]\nurl = "{URL}"\n[repositories.other]\nurl = "https://other.acme.com/"\n',
        encoding="utf-8",
    )


@pytest.mark.parametrize("stem", ["S3PYPI_ACME", "S3PYPI"])
def test_a_password_belongs_to_the_user_beside_it(stem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3PYPI_URL", URL)
    monkeypatch.setenv(f"{stem}_USERNAME", "alice")
    monkeypatch.setenv(f"{stem}_PASSWORD", "p:ss wörd")
    assert answer(URL) == ("alice", "p:ss wörd")
    assert answer(URL, "alice") == ("alice", "p:ss wörd")
    assert answer(URL, "bob") is None
    assert answer("https://other.acme.com/") is None


def test_what_is_sent_is_not_shown_by_accident() -> None:
    assert repr(Login("alice", "hunter2")) == "<Login>"


def test_a_token_among_the_passwords_goes_with_any_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3PYPI_ACME_PASSWORD", "s3p_k3v9_secret")
    assert answer(URL, "bob") == ("bob", "s3p_k3v9_secret")


def test_a_token_in_a_file_is_read_without_the_white_space_around_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text(" s3p_k3v9_secret\r\n", encoding="utf-8")
    monkeypatch.setenv("S3PYPI_ACME_TOKEN_FILE", str(file))
    assert answer(URL) == ("__token__", "s3p_k3v9_secret")
    monkeypatch.setenv("S3PYPI_ACME_TOKEN", "s3p_own")
    assert answer(URL) == ("__token__", "s3p_own")


def test_a_pipe_that_nobody_writes_to_ends_within_ten_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "token"
    os.mkfifo(pipe)
    monkeypatch.setattr("s3pypi_keyring.lookup.PATIENCE", 0.05)
    monkeypatch.setenv("S3PYPI_ACME_TOKEN_FILE", str(pipe))
    assert answer(URL) is None
    assert capsys.readouterr().err == (
        "s3pypi-keyring: no credentials were found within 9.5 s; run: s3pypi-keyring status\n"
    ).replace("9.5", "0.05")
    pipe.write_text("s3p_late", encoding="utf-8")  # lets the thread end


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        (
            "S3PYPI_ACME_PASSWORD",
            "hunter2",
            "is set, but not whose password it is; export S3PYPI_ACME_USERNAME=NAME",
        ),
        ("S3PYPI_ACME_TOKEN", "s3p_hunter2\ns3p_hunter2", "holds more than one line"),
        (
            "S3PYPI_ACME_TOKEN_FILE",
            "/no/such/file",
            "names /no/such/file, which cannot be read (No such file",
        ),
        ("S3PYPI_ACME_TOKEN_FILE", "/dev/null", "names /dev/null, which is empty"),
    ],
    ids=["no user", "two lines", "no file", "an empty file"],
)
def test_a_variable_that_cannot_be_used_is_one_line_without_the_secret(
    variable: str, value: str, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, value)
    assert answer(URL) is None
    out, err = capsys.readouterr()
    assert out == ""
    assert f"s3pypi-keyring: {variable} {line}" in err
    assert err.count("\n") == 1
    assert "hunter2" not in err


def test_a_file_that_is_no_text_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "token"
    file.write_bytes(b"\xff\xfe")
    monkeypatch.setenv("S3PYPI_ACME_TOKEN_FILE", str(file))
    assert answer(URL) is None
    assert "cannot be read (it is not text)" in capsys.readouterr().err
