from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.config.config import Repository, config_paths, read_config
from s3pypi_keyring.__main__ import parser
from s3pypi_keyring.login import log_in
from tests.keyring.conftest import PASSWORD, TOKEN, Answers, Run, answer, backend

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.loopback

KEPT_IN = "keyrings.alt.file.PlaintextKeyring"


@pytest.fixture
def configured(repository: Answers, config_file: Path) -> Answers:
    """The repository, configured under the name acme."""
    config_file.write_text(f'[repositories.acme]\nurl = "{repository.url}"\n', encoding="utf-8")
    return repository


def test_a_token_from_standard_input_is_checked_stored_and_given_to_clients(
    configured: Answers, run: Run
) -> None:
    outcome = run("login", "acme", "--password-stdin", stdin=f"{TOKEN}\r\n")
    assert outcome == (0, f"logged in to {configured.url} as __token__; stored in {KEPT_IN}\n", "")
    assert configured.seen == ["", f"__token__:{TOKEN}"]
    assert answer(configured.url) == ("__token__", TOKEN)
    assert answer(configured.url, "alice") == ("alice", TOKEN)


def test_white_space_around_a_token_is_not_part_of_it(configured: Answers, run: Run) -> None:
    assert run("login", "acme", "--password-stdin", stdin=f" {TOKEN}\t\n").code == 0
    assert answer(configured.url) == ("__token__", TOKEN)


def test_a_password_belongs_to_one_user_name(configured: Answers, run: Run) -> None:
    outcome = run("login", "acme", "--username", "alice", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert outcome.code == 0
    assert answer(configured.url) == ("alice", PASSWORD)
    assert answer(configured.url, "alice") == ("alice", PASSWORD)
    assert answer(configured.url, "bob") is None
    assert backend().get_password(configured.url, "alice") == PASSWORD
    assert backend().get_password(configured.url, "bob") is None


def test_what_was_stored_is_for_configured_repositories_only(
    configured: Answers, run: Run, config_file: Path
) -> None:
    run("login", "acme", "--password-stdin", stdin=TOKEN)
    config_file.write_text(f"# was {configured.url}", encoding="utf-8")
    assert answer(configured.url) is None


def test_a_repository_that_uses_aws_is_not_answered_from_the_store(
    configured: Answers, run: Run, config_file: Path
) -> None:
    run("login", "acme", "--password-stdin", stdin=TOKEN)
    with config_file.open("a", encoding="utf-8") as file:
        file.write('auth = "aws"\n')
    assert answer(configured.url) is None
    outcome = run("login", "acme", "--password-stdin", stdin=TOKEN)
    assert outcome.code == 2
    assert "takes its credentials from AWS" in outcome.err


def test_people_are_asked_at_the_terminal(
    configured: Answers, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: PASSWORD)
    outcome = run("login", "acme", stdin="alice\n")
    assert outcome.out == f"logged in to {configured.url} as alice; stored in {KEPT_IN}\n"
    assert outcome.err == "User name: "


def test_a_token_needs_no_user_name_at_the_terminal(
    configured: Answers, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: TOKEN)
    assert run("login", "acme").err == ""
    assert answer(configured.url) == ("__token__", TOKEN)


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("stdin", ["", "\n"], ids=["nothing", "an empty line"])
def test_an_empty_password_is_no_password(stdin: str, run: Run) -> None:
    outcome = run("login", "acme", "--password-stdin", stdin=stdin)
    assert outcome == (1, "", "error: no password or token was given; nothing was done\n")


@pytest.mark.usefixtures("configured")
def test_a_password_on_standard_input_needs_a_user_name(run: Run) -> None:
    outcome = run("login", "acme", "--password-stdin", stdin=PASSWORD)
    assert outcome.code == 2
    assert "--username NAME" in outcome.err


@pytest.mark.parametrize("username", ["", "a:b", "\udce4", "bell\a"], ids=repr)
def test_a_user_name_that_basic_cannot_carry_is_refused(username: str, configured: Answers, run: Run) -> None:
    outcome = run("login", "acme", "--username", username, "--password-stdin", stdin=PASSWORD)
    assert outcome.code == 2
    assert f"{username!r} cannot be a user name" in outcome.err
    assert not configured.seen


@pytest.mark.usefixtures("configured")
def test_no_user_name_at_the_terminal_is_no_log_in(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: PASSWORD)
    assert run("login", "acme", stdin="\n").code == 2


def test_refused_credentials_are_not_stored(configured: Answers, run: Run) -> None:
    outcome = run("login", "acme", "--username", "alice", "--password-stdin", stdin="wrong\n")
    assert outcome.code == 1
    assert outcome.err.startswith(f"error: {configured.url} refuses these credentials; nothing was stored\n")
    assert "wrong" not in outcome.err
    assert answer(configured.url) is None


def test_what_is_no_repository_is_neither_sent_nor_stored_anything(
    repository: Answers, run: Run, config_file: Path
) -> None:
    repository.stranger = 200
    outcome = run("login", repository.url, "--password-stdin", stdin=TOKEN)
    assert outcome.code == 1
    assert outcome.err.startswith(f"error: {repository.url} does not ask for credentials")
    assert repository.seen == [""]
    assert not config_file.read_bytes()
    assert answer(repository.url) is None


def test_a_repository_in_trouble_stores_nothing(configured: Answers, run: Run) -> None:
    configured.status = 503
    outcome = run("login", "acme", "--password-stdin", stdin=TOKEN)
    assert outcome.code == 1
    assert "answered 503" in outcome.err
    assert answer(configured.url) is None


def test_a_fresh_token_is_waited_for(
    configured: Answers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configured.refusals = 2
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: TOKEN)
    args = parser().parse_args(["login", "acme"])
    assert log_in(args, os.environ, clock=lambda: 0.0, sleep=lambda _: None) == 0
    assert "a new token takes up to a minute" in capsys.readouterr().err
    assert len(configured.seen) == 4


def test_a_new_address_is_added_to_the_configuration(
    repository: Answers, run: Run, config_file: Path
) -> None:
    outcome = run("login", repository.url.rstrip("/"), "--password-stdin", stdin=TOKEN)
    port = repository.url.split(":")[2].split("/")[0]
    assert outcome.code == 0
    assert outcome.err == f"added [repositories.127-0-0-1-{port}] to {config_file}\n"
    assert read_config(os.environ).repositories == (
        Repository(f"127-0-0-1-{port}", url=repository.url, auth="stored"),
    )
    assert answer(repository.url) == ("__token__", TOKEN)


def test_a_new_address_makes_the_users_own_file(repository: Answers, run: Run) -> None:
    assert run("login", repository.url, "--password-stdin", stdin=TOKEN).code == 0
    assert config_paths({})[0].exists()
    assert answer(repository.url) == ("__token__", TOKEN)


def test_the_address_of_a_configured_repository_adds_nothing(
    configured: Answers, run: Run, config_file: Path
) -> None:
    before = config_file.read_text(encoding="utf-8")
    outcome = run("login", f"{configured.url}demo/", "--password-stdin", stdin=TOKEN)
    assert outcome.err == ""
    assert config_file.read_text(encoding="utf-8") == before


def test_a_name_that_is_taken_gets_a_number(repository: Answers, run: Run, config_file: Path) -> None:
    port = repository.url.split(":")[2].split("/")[0]
    config_file.write_text(
        f"[repositories.127-0-0-1-{port}]\n[repositories.127-0-0-1-{port}-2]\n", encoding="utf-8"
    )
    outcome = run("login", repository.url, "--password-stdin", stdin=TOKEN)
    assert f"[repositories.127-0-0-1-{port}-3]" in outcome.err


def test_a_variable_that_wins_over_what_was_stored_is_pointed_out(
    configured: Answers, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3PYPI_TOKEN", "s3p_from_the_environment")
    outcome = run("login", "acme", "--password-stdin", stdin=TOKEN)
    assert outcome.err == "S3PYPI_TOKEN is set, and wins over what was stored now\n"
    assert answer(configured.url) == ("__token__", "s3p_from_the_environment")


@pytest.mark.usefixtures("config_file")
@pytest.mark.parametrize(
    ("subject", "sentence"),
    [
        ("other", "no repository is called 'other'"),
        ("publisher", "the repository 'publisher' has no address"),
        ("plain", "http://plain.acme.com/ would send credentials over the network in clear"),
        ("http://pypi.acme.com/simple/", "in clear"),
        ("s3://acme", "this is not the address of a repository"),
        ("https://alice:hunter2@pypi.acme.com/", "this is not the address of a repository"),
        ("https://pypi.acme.com/?x=1", "this is not the address of a repository"),
    ],
)
@pytest.mark.parametrize("command", ["login", "logout"])
def test_what_cannot_be_logged_in_to_is_a_sentence(
    command: str, subject: str, sentence: str, run: Run, config_file: Path
) -> None:
    config_file.write_text(
        '[repositories.publisher]\nbucket = "acme"\n[repositories.plain]\nurl = "http://plain.acme.com/"\n',
        encoding="utf-8",
    )
    outcome = run(command, subject)
    assert outcome.code == 2
    assert outcome.out == ""
    assert sentence in outcome.err
    assert "hunter2" not in outcome.err


def test_logging_out_forgets(configured: Answers, run: Run) -> None:
    run("login", "acme", "--password-stdin", stdin=TOKEN)
    assert run("logout", "acme") == (0, f"logged out of {configured.url}\n", "")
    assert answer(configured.url) is None
    assert run("logout", configured.url) == (0, f"nothing was stored for {configured.url}\n", "")


def test_a_store_that_fails_is_one_line_on_standard_error_for_clients(
    configured: Answers, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("login", "acme", "--password-stdin", stdin=TOKEN)
    (kept,) = (tmp_path / "home").rglob("keyring_pass.cfg")
    kept.write_text("damaged", encoding="utf-8")
    assert answer(configured.url) is None
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("s3pypi-keyring: the keyring of the operating system failed (keyrings.alt.file.")
    assert err.count("\n") == 1
