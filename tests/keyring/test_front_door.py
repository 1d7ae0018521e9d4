"""keyring itself, as pip and uv call it: another process, and the backend found by its entry point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://pypi.acme.com/simple/"
HEAVY = {"boto3", "botocore", "requests", "twine"}
SLOW = {"tomllib", "tomli", "platformdirs", "s3pypi_core.config.config", "s3pypi_keyring.sources"}


@pytest.fixture
def _acme(config_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One repository, and its token in the environment."""
    config_file.write_text(f'[repositories.acme]\nurl = "{URL}"\n', encoding="utf-8")
    monkeypatch.setenv("S3PYPI_TOKEN", "s3p_secret")


def python(*argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python without a terminal, as a job of CI has none."""
    return subprocess.run(
        [sys.executable, *argv],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        start_new_session=True,
    )


def keyring(*argv: str, stdin: str = "") -> tuple[int, str, str]:
    done = python("-m", "keyring", *argv, stdin=stdin)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.usefixtures("_acme")
def test_pip_asks_for_credentials_as_json() -> None:
    code, out, err = keyring("--mode=creds", "--output=json", "get", URL)
    assert (code, json.loads(out), err) == (0, {"username": "__token__", "password": "s3p_secret"}, "")


@pytest.mark.usefixtures("_acme")
def test_uv_asks_for_a_password_or_for_credentials_in_two_lines() -> None:
    assert keyring("get", URL, "alice") == (0, "s3p_secret\n", "")
    assert keyring("get", URL, "--mode", "creds") == (0, "__token__\ns3p_secret\n", "")


@pytest.mark.usefixtures("_acme")
def test_a_foreign_service_gets_nothing() -> None:
    assert keyring("get", "https://evil.example/simple/", "alice") == (1, "", "")


@pytest.mark.usefixtures("_acme")
def test_keyring_still_stores_and_forgets_for_everyone_else() -> None:
    assert keyring("set", "a service", "alice", stdin="secret") == (0, "", "")
    assert keyring("get", "a service", "alice") == (0, "secret\n", "")
    assert keyring("del", "a service", "alice") == (0, "", "")
    assert keyring("get", "a service", "alice") == (1, "", "")


def loaded_by(code: str) -> set[str]:
    """Run ``code`` in a Python of its own; return the modules that it loaded."""
    # Measuring coverage there would load modules of its own.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    script = f"{code}\nimport sys\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stderr.split())


def test_importing_the_backend_is_light() -> None:
    loaded = loaded_by("import s3pypi_keyring, s3pypi_keyring.backend")
    assert not loaded & {*HEAVY, *SLOW}


@pytest.mark.usefixtures("_acme")
@pytest.mark.parametrize("name", ["", "log"], ids=["no log", "a log"])
def test_a_foreign_service_loads_nothing_more(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    monkeypatch.setenv("S3PYPI_LOG", name and str(log))
    loaded = loaded_by(
        "from s3pypi_keyring.backend import S3PyPIKeyring\n"
        "assert S3PyPIKeyring().get_credential('https://pypi.org/simple/', None) is None"
    )
    assert not loaded & {*HEAVY, *SLOW}
    assert log.exists() == bool(name)


@pytest.mark.usefixtures("_acme")
def test_a_token_is_answered_without_anything_heavy() -> None:
    loaded = loaded_by(
        "from s3pypi_keyring.backend import S3PyPIKeyring\n"
        f"assert S3PyPIKeyring().get_password({URL!r}, 'alice') == 's3p_secret'"
    )
    assert not loaded & HEAVY


def test_an_identity_in_the_environment_needs_no_botocore(
    config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "http://127.0.0.1:9/simple/"
    config_file.write_text(f'[repositories.acme]\nurl = "{url}"\nauth = "aws"\n', encoding="utf-8")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "A" * 20)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    loaded = loaded_by(
        "from s3pypi_keyring.backend import S3PyPIKeyring\n"
        f"assert S3PyPIKeyring().get_credential({url!r}, None) is None"
    )
    assert "s3pypi_keyring.token_request" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("argv", [["--help"], ["login", "--help"], ["status", "--help"]])
def test_help_imports_nothing_heavy(argv: list[str]) -> None:
    loaded = loaded_by(
        "import contextlib\n"
        "from s3pypi_keyring.__main__ import main\n"
        f"with contextlib.suppress(SystemExit): main({argv!r})"
    )
    assert not loaded & {*HEAVY, "keyring"}


@pytest.mark.usefixtures("_acme")
def test_without_a_terminal_nobody_is_asked() -> None:
    done = python("-m", "s3pypi_keyring", "login", "acme", stdin="typed for all to see\n")
    assert done.returncode == 1
    assert "--password-stdin" in done.stderr
    assert "typed" not in done.stdout + done.stderr


@pytest.mark.usefixtures("_acme")
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_a_password_that_is_no_text_is_a_sentence_in_every_locale(
    locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    done = subprocess.run(
        [sys.executable, "-m", "s3pypi_keyring", "login", "acme", "--username", "a", "--password-stdin"],
        input=b"p\xe4ss\n",
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: what was given for the password or token is not text")


def test_the_package_is_a_program() -> None:
    done = python("-m", "s3pypi_keyring", "status")
    assert done.returncode == 0
    assert done.stdout.startswith("keyring: ")


def test_a_command_line_that_is_wrong_ends_with_2() -> None:
    assert python("-m", "s3pypi_keyring", "login").returncode == 2
    assert python("-m", "s3pypi_keyring").returncode == 2
