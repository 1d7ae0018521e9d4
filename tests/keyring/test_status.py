from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from keyring import core

from tests.edge.sts_double import ALICE, DEVELOPER
from tests.keyring.conftest import PASSWORD, TOKEN, Answers, Run, answer
from tests.keyring.identities import acme, use

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket

CHAINER = "keyring.backends.chainer.ChainerBackend"
NULL = "keyring.backends.null.Keyring"
MEND = "run: aws configure, or set AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
INSTALL = "run: pipx install keyring && pipx inject keyring s3twine"


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let keyring choose its backend in each test, as it does in each process; an empty PATH."""
    monkeypatch.setattr(core, "_keyring_backend", None)
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def command(path: Path, script: str, interpreter: str = "/bin/sh") -> None:
    path.write_text(f"#!{interpreter}\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def found(out: str, name: str) -> str:
    """What the line called ``name`` says."""
    (line,) = [line for line in out.splitlines() if line.startswith(f"{name}: ")]
    return line.removeprefix(f"{name}: ")


def about_repositories(out: str) -> list[str]:
    lines = out.splitlines()
    return lines[[line.startswith("configuration: ") for line in lines].index(True) + 1 :]


def test_a_machine_without_repositories_says_so_much(run: Run, config_file: Path) -> None:
    outcome = run("status")
    assert (outcome.code, outcome.err) == (0, "")
    assert found(outcome.out, "keyring") == f"{CHAINER}, which asks s3pypi-keyring"
    assert found(outcome.out, "configuration") == str(config_file)
    (last,) = about_repositories(outcome.out)
    assert last.startswith("no repository is configured; run: s3pypi-keyring login https://")


def test_without_a_keyring_on_path_the_command_to_install_one_is_given(run: Run) -> None:
    line = f"none, so uv and pip's subprocess provider find nothing; {INSTALL}"
    assert found(run("status").out, "keyring on PATH") == line


@pytest.mark.parametrize(
    ("script", "line"),
    [
        (f"exec {sys.executable} -m keyring", "{}, which has s3pypi-keyring"),
        (
            "echo keyring.backends.fail.Keyring",
            "{}, which lacks s3pypi-keyring; put another one first on PATH, or ",
        ),
    ],
    ids=["ours", "one without a plugin"],
)
def test_the_keyring_that_shadows_others_is_pointed_out(
    script: str, line: str, run: Run, programs: Path
) -> None:
    command(programs / "keyring", f'{script} "$@"')
    assert found(run("status").out, "keyring on PATH").startswith(line.format(programs / "keyring"))


def test_a_keyring_that_cannot_run_is_pointed_out(run: Run, programs: Path) -> None:
    command(programs / "keyring", "", interpreter="/no/such/interpreter")
    line = f"{programs / 'keyring'}, which cannot be run (FileNotFoundError); {INSTALL}"
    assert found(run("status").out, "keyring on PATH") == line


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("PIP_KEYRING_PROVIDER", "import", "import"),
        ("PIP_KEYRING_PROVIDER", "disabled", "disabled: pip asks no keyring; run: export {}=subprocess"),
        ("UV_KEYRING_PROVIDER", "subprocess", "subprocess"),
        ("UV_KEYRING_PROVIDER", "disabled", "disabled: uv asks no keyring; run: export {}=subprocess"),
    ],
)
def test_what_clients_are_told_is_shown(
    variable: str, value: str, line: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(run("status").out, variable).endswith(f"; run: export {variable}=subprocess")
    monkeypatch.setenv(variable, value)
    assert found(run("status").out, variable) == line.format(variable)


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


def test_sections_that_differ_over_one_host_are_pointed_out(
    run: Run, config_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config_file.write_text(
        '[repositories.one]\nurl = "http://127.0.0.1:9/one/"\n'
        '[repositories.other]\nurl = "https://other.acme.com/"\n'
        '[repositories.two]\nurl = "http://127.0.0.1:9/one/"\nauth = "aws"\n'
        '[repositories.publisher]\nbucket = "acme"\n',
        encoding="utf-8",
    )
    line = (
        "[repositories.one] and [repositories.two] are about the same host, and the first counts; "
        "if that is not meant, run: s3pypi-keyring remove two\n"
    )
    assert run("status").err == f"warning: {line}"
    monkeypatch.setenv("S3PYPI_ONE_TOKEN", TOKEN)
    assert answer("http://127.0.0.1:9/one/") == ("__token__", TOKEN)
    assert capsys.readouterr() == ("", f"s3pypi-keyring: {line}")


def test_sections_that_say_the_same_of_one_host_are_fine(
    config_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    section = 'url = "https://pypi.acme.com/"\n'
    config_file.write_text(f"[repositories.one]\n{section}[repositories.two]\n{section}", encoding="utf-8")
    monkeypatch.setenv("S3PYPI_ONE_TOKEN", TOKEN)
    assert answer("https://pypi.acme.com/") == ("__token__", TOKEN)
    assert capsys.readouterr() == ("", "")


@pytest.mark.loopback
def test_every_repository_has_its_source_and_what_it_answers(
    run: Run, config_file: Path, repository: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_file.write_text(
        f'[repositories.acme]\nurl = "{repository.url}"\n'
        '[repositories.other]\nurl = "https://other.acme.com/"\n'
        '[repositories.cloud]\nurl = "https://cloud.acme.com/"\nauth = "aws"\n'
        '[repositories.plain]\nurl = "http://plain.acme.com/"\n'
        '[repositories.publisher]\nbucket = "acme"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("S3PYPI_ACME_TOKEN", TOKEN)
    monkeypatch.setenv("S3PYPI_PLAIN_TOKEN", TOKEN)
    mend = "run: s3pypi-keyring remove plain, then: s3pypi-keyring add https://plain.acme.com/"
    outcome = run("status")
    assert outcome.code == 0
    assert about_repositories(outcome.out) == [
        f"acme: {repository.url}",
        "  credentials: S3PYPI_ACME_TOKEN",
        "  answers: 401 without credentials, 200 with",
        "other: https://other.acme.com/",
        "  credentials: none; run: s3pypi-keyring login other, or set S3PYPI_OTHER_TOKEN",
        "cloud: https://cloud.acme.com/",
        f"  credentials: none: there are no AWS credentials here (profile default); {MEND}",
        "plain: http://plain.acme.com/",
        f"  credentials: never sent over http; {mend}",
        "publisher: no url, so it is never asked for",
    ]


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("refusals", "stranger", "code", "line"),
    [
        (1, 401, 1, "it refuses these credentials; run: unset S3PYPI_TOKEN, or set it anew"),
        (0, 200, 0, "it lets in or turns away strangers with 200; if http://127.0.0.1:"),
    ],
    ids=["refused", "no repository"],
)
def test_what_is_wrong_with_a_repository_ends_with_the_command_that_mends_it(
    refusals: int,
    stranger: int,
    code: int,
    line: str,
    run: Run,
    config_file: Path,
    repository: Answers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config_file.write_text(f'[repositories.acme]\nurl = "{repository.url}"\n', encoding="utf-8")
    monkeypatch.setenv("S3PYPI_TOKEN", TOKEN)
    repository.refusals, repository.stranger = refusals, stranger
    outcome = run("status")
    assert outcome.code == code
    assert about_repositories(outcome.out)[-1].startswith(f"  {line}")


@pytest.mark.loopback
def test_a_repository_that_cannot_be_reached_is_a_line(
    run: Run, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_file.write_text('[repositories.acme]\nurl = "http://127.0.0.1:9/"\n', encoding="utf-8")
    monkeypatch.setenv("S3PYPI_TOKEN", TOKEN)
    last = about_repositories(run("status").out)[-1]
    assert (
        last
        == "  http://127.0.0.1:9/ cannot be reached (ConnectionError); try again later, or check the address"
    )


@pytest.mark.loopback
def test_an_aws_identity_is_shown_with_the_end_of_its_session(
    run: Run,
    config_file: Path,
    s3_bucket: S3Bucket,
    aws: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with acme(s3_bucket, aws, monkeypatch) as here:
        config_file.write_text(f'[repositories.acme]\nurl = "{here.url}"\nauth = "aws"\n', encoding="utf-8")
        use(ALICE.credentials, monkeypatch)
        capsys.readouterr()
        outcome = run("status", "--json")
        (repository,) = json.loads(outcome.out)["repositories"]
        assert repository["identity"] == DEVELOPER
        assert repository["source"] == f"new session of access key {ALICE.credentials.access_key}"
        assert repository["expires"].endswith("Z")
        assert (repository["without"], repository["with_credentials"]) == (401, 200)
        assert repository["problems"] == []
        assert "s3ps_" not in outcome.out
        cached = f"cached session of access key {ALICE.credentials.access_key}, {DEVELOPER}, until "
        assert f"  credentials: {cached}" in run("status").out


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("prefix", "token", "lines"),
    [
        (
            "me:hunter2@",
            TOKEN,
            ["  credentials: S3PYPI_TOKEN", "  answers: 401 without credentials, 200 with"],
        ),
        ("", "", ["  credentials: none; set S3PYPI_TOKEN"]),
    ],
    ids=["a token", "no token"],
)
def test_the_address_in_the_environment_has_its_source(
    prefix: str,
    token: str,
    lines: list[str],
    run: Run,
    repository: Answers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = repository.url.removesuffix("/simple/")
    monkeypatch.setenv("S3PYPI_URL", repository.url.replace("//", f"//{prefix}"))
    monkeypatch.setenv("S3PYPI_TOKEN", token)
    outcome = run("status")
    assert about_repositories(outcome.out) == [f"S3PYPI_URL: {address}", *lines]
    assert "hunter2" not in outcome.out
    assert TOKEN not in outcome.out


def test_an_address_in_the_environment_that_is_none_is_pointed_out(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3PYPI_URL", "pypi.acme.com")
    last = (
        "S3PYPI_URL: not an http or https address; S3PYPI_TOKEN goes nowhere; "
        "run: export S3PYPI_URL=https://pypi.example.com/simple/ (with your address)"
    )
    assert run("status").out.splitlines()[-1] == last
    (named,) = json.loads(run("status", "--json").out)["environment"]
    assert (named["url"], named["problems"]) == (None, [last.removeprefix("S3PYPI_URL: ")])


@pytest.mark.loopback
def test_an_address_in_the_environment_that_refuses_us_counts(
    run: Run, repository: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3PYPI_URL", repository.url)
    monkeypatch.setenv("S3PYPI_TOKEN", "s3p_old")
    outcome = run("status", "--json")
    assert outcome.code == 1
    (named,) = json.loads(outcome.out)["environment"]
    assert (named["url"], named["with_credentials"]) == (repository.url.removesuffix("/simple/"), 401)
    assert named["problems"] == ["it refuses these credentials; run: unset S3PYPI_TOKEN, or set it anew"]


def test_an_address_in_the_environment_that_is_in_clear_is_pointed_out(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3PYPI_URL", "http://plain.acme.com/")
    mend = "run: export S3PYPI_URL=https://plain.acme.com/simple/"
    assert run("status").out.splitlines()[-1] == f"  credentials: never sent over http; {mend}"


@pytest.mark.loopback
def test_what_was_stored_and_is_refused_is_logged_in_to_again(
    run: Run, repository: Answers, config_file: Path
) -> None:
    config_file.write_text(f'[repositories.acme]\nurl = "{repository.url}"\n', encoding="utf-8")
    run("login", "acme", "--password-stdin", stdin=TOKEN)
    repository.refusals = 1
    mend = "run: s3pypi-keyring logout acme, then: s3pypi-keyring login acme"
    assert run("status").out.splitlines()[-1] == f"  it refuses these credentials; {mend}"


def test_a_keyring_that_nobody_chose_and_that_lacks_us_wants_installing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "_keyring_backend", core.load_keyring(NULL))
    chosen = f"{NULL}, which does not ask s3pypi-keyring; {INSTALL}"
    assert found(run("status").out, "keyring") == chosen


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
    assert outcome.out.splitlines()[-2] == f"  credentials: {line}"
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
    chosen = f"PYTHON_KEYRING_BACKEND={NULL} chooses it; run: unset PYTHON_KEYRING_BACKEND"
    assert found(outcome.out, "keyring") == f"{NULL}, which does not ask s3pypi-keyring; {chosen}"


def test_a_backend_that_does_not_exist_is_pointed_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Keyring")
    outcome = run("status")
    assert outcome.code == 1
    assert outcome.out.startswith("keyring: cannot be used (ModuleNotFoundError); ")


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
    assert f"; run: sed -i.bak /default-keyring/d {file}\n" in outcome.out


def test_a_broken_configuration_is_an_error(run: Run, config_file: Path) -> None:
    config_file.write_text("[broken", encoding="utf-8")
    outcome = run("status")
    assert outcome.code == 1
    assert outcome.err.startswith(f"error: {config_file}: is not TOML")
