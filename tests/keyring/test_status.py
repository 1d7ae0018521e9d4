from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from keyring import core

from tests.keyring.conftest import PASSWORD, TOKEN, Answers, Run

if TYPE_CHECKING:
    from pathlib import Path

CHAINER = "keyring.backends.chainer.ChainerBackend"
NULL = "keyring.backends.null.Keyring"
MEND = "run: aws configure, or set AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


@pytest.fixture(autouse=True)
def _keyring_decides_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let keyring choose its backend in each test, as it does in each process."""
    monkeypatch.setattr(core, "_keyring_backend", None)


def test_a_machine_without_repositories_says_so_much(run: Run, config_file: Path) -> None:
    outcome = run("status")
    assert (outcome.code, outcome.err) == (0, "")
    *first, last = outcome.out.splitlines()
    assert first == [f"keyring: {CHAINER}, which asks s3pypi-keyring", f"configuration: {config_file}"]
    assert last.startswith("no repository is configured; run: s3pypi-keyring login https://")


@pytest.mark.parametrize(
    "configured",
    ["", '[repositories.a]\nurl = "https://a/"\n[repositories.b]\nurl = "https://b/"\n'],
    ids=["nothing", "two"],
)
def test_a_token_that_goes_nowhere_is_pointed_out(
    configured: str, run: Run, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_file.write_text(configured, encoding="utf-8")
    monkeypatch.setenv("S3PYPI_TOKEN", TOKEN)
    last = "S3PYPI_TOKEN: not used; set S3PYPI_URL to the address that it is for"
    assert run("status").out.splitlines()[-1] == last


def test_a_misspelt_setting_is_pointed_out(run: Run, config_file: Path) -> None:
    config_file.write_text('[repositories.acme]\nulr = "https://pypi.acme.com/"\n', encoding="utf-8")
    assert run("status").err.startswith("warning: 'ulr' of [repositories.acme] in ")


def test_every_repository_has_its_source(
    run: Run, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_file.write_text(
        '[repositories.acme]\nurl = "https://pypi.acme.com/"\n'
        '[repositories.other]\nurl = "https://other.acme.com/"\n'
        '[repositories.cloud]\nurl = "https://cloud.acme.com/"\nauth = "aws"\n'
        '[repositories.plain]\nurl = "http://plain.acme.com/"\n'
        '[repositories.publisher]\nbucket = "acme"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("S3PYPI_ACME_TOKEN", TOKEN)
    monkeypatch.setenv("S3PYPI_PLAIN_TOKEN", TOKEN)
    outcome = run("status")
    assert outcome.code == 0
    assert outcome.out.splitlines()[2:] == [
        "acme: https://pypi.acme.com/",
        "  credentials: S3PYPI_ACME_TOKEN",
        "other: https://other.acme.com/",
        "  credentials: none; run: s3pypi-keyring login other, or set S3PYPI_OTHER_TOKEN",
        "cloud: https://cloud.acme.com/",
        f"  credentials: none: there are no AWS credentials here (profile default); {MEND}",
        "plain: http://plain.acme.com/",
        "  credentials: never sent over http; use an https address",
        "publisher: no url, so it is never asked for",
    ]


@pytest.mark.parametrize(
    ("url", "token", "line"),
    [
        ("https://me:hunter2@pypi.acme.com/", TOKEN, "https://pypi.acme.com; credentials: S3PYPI_TOKEN"),
        ("http://127.0.0.1:8080/", "", "http://127.0.0.1:8080; credentials: none; set S3PYPI_TOKEN"),
        ("pypi.acme.com", TOKEN, "not an http or https address; S3PYPI_TOKEN goes nowhere"),
    ],
    ids=["a token", "no token", "no address"],
)
def test_the_address_in_the_environment_has_its_source(
    url: str, token: str, line: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3PYPI_URL", url)
    monkeypatch.setenv("S3PYPI_TOKEN", token)
    outcome = run("status")
    assert outcome.out.splitlines()[-1] == f"S3PYPI_URL: {line}"
    assert "hunter2" not in outcome.out
    assert TOKEN not in outcome.out


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("username", "secret", "line"),
    [
        ("any", TOKEN, "stored in keyrings.alt.file.PlaintextKeyring"),
        ("alice", PASSWORD, "stored in keyrings.alt.file.PlaintextKeyring, user alice"),
    ],
    ids=["token", "password"],
)
def test_what_was_stored_is_shown_without_the_secret(
    username: str, secret: str, line: str, run: Run, repository: Answers, config_file: Path
) -> None:
    config_file.write_text(f'[repositories.acme]\nurl = "{repository.url}"\n', encoding="utf-8")
    run("login", "acme", "--username", username, "--password-stdin", stdin=secret)
    outcome = run("status")
    assert outcome.out.splitlines()[-1] == f"  credentials: {line}"
    assert secret not in outcome.out


def test_a_store_that_fails_is_shown_where_it_matters(run: Run, config_file: Path, tmp_path: Path) -> None:
    config_file.write_text('[repositories.acme]\nurl = "https://pypi.acme.com/"\n', encoding="utf-8")
    kept = tmp_path / "home" / ".local" / "share" / "python_keyring" / "keyring_pass.cfg"
    kept.parent.mkdir(parents=True)
    kept.write_text("damaged", encoding="utf-8")
    outcome = run("status")
    assert outcome.code == 0
    assert "  credentials: none: the keyring of the operating system failed (" in outcome.out


def test_a_backend_that_the_environment_chooses_is_pointed_out(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", NULL)
    outcome = run("status")
    assert outcome.code == 1
    assert outcome.out.splitlines()[:2] == [
        f"keyring: {NULL}, which does not ask s3pypi-keyring",
        f"  PYTHON_KEYRING_BACKEND={NULL} chooses it; run: unset PYTHON_KEYRING_BACKEND",
    ]


def test_a_backend_that_does_not_exist_is_pointed_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Keyring")
    outcome = run("status")
    assert outcome.code == 1
    assert outcome.out.startswith("keyring: cannot be used (ModuleNotFoundError)\n")


def test_our_backend_alone_is_fine(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "s3pypi_keyring.backend.S3PyPIKeyring")
    outcome = run("status")
    assert outcome.code == 0
    assert outcome.out.startswith(
        "keyring: s3pypi_keyring.backend.S3PyPIKeyring, which asks s3pypi-keyring\n"
    )


def test_a_backend_that_keyrings_own_file_chooses_is_pointed_out(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "home" / ".config" / "python_keyring" / "keyringrc.cfg"
    file.parent.mkdir(parents=True)
    file.write_text(f"[backend]\ndefault-keyring={NULL}\n", encoding="utf-8")
    outcome = run("status")
    assert outcome.code == 1
    assert f"  remove `default-keyring` from {file}\n" in outcome.out


def test_a_broken_configuration_is_an_error(run: Run, config_file: Path) -> None:
    config_file.write_text("[broken", encoding="utf-8")
    outcome = run("status")
    assert outcome.code == 1
    assert outcome.err.startswith(f"error: {config_file}: is not TOML")
