"""Credentials in the hands of uv and of a .netrc, and taking all of them away again."""

from __future__ import annotations

import netrc
import shlex
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_core.origin import Origin
from s3pypi_keyring.netrc_file import with_entry, without_entry
from s3pypi_keyring.tools import Netrc, ToolError, Uv, netrc_path
from tests.edge.sts_double import ALICE, DEVELOPER
from tests.keyring.conftest import PASSWORD, TOKEN, Answers, Run, answer
from tests.keyring.identities import Acme, acme, use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket

ACME = Origin("https", "pypi.acme.com", 443)
ENTRY = f"machine pypi.acme.com login __token__ password {TOKEN}\n"
OTHERS = """\
# mine, machine pypi.acme.com
machine other.acme.com
    login me
    password "machine pypi.acme.com"
macdef init
machine pypi.acme.com login in a macro

default login anonymous password me
"""


@pytest.mark.parametrize(
    "before",
    [
        "",
        OTHERS,
        ENTRY + OTHERS,
        OTHERS.replace("default", "machine PyPI.acme.com login x password y\ndefault"),
    ],
    ids=["no file", "others", "again", "in between"],
)
def test_an_entry_replaces_those_for_its_host_and_no_others(before: str) -> None:
    after = with_entry(before, "pypi.acme.com", "__token__", TOKEN)
    assert after == ENTRY + (OTHERS if before else "")
    assert without_entry(after, "pypi.acme.com") == (OTHERS if before else "")


@pytest.mark.parametrize("text", ["machine", "machine pypi.acme.com login", "machine pypi.acme.com"])
def test_a_file_that_breaks_off_is_no_trouble(text: str) -> None:
    assert without_entry(text, "pypi.acme.com") == (text if text == "machine" else "")


@pytest.mark.parametrize(
    "password", ["", "two words", 'quo"te', "back\\slash", "#comment", PASSWORD], ids=repr
)
def test_what_readers_of_netrc_disagree_about_is_refused(password: str, tmp_path: Path) -> None:
    if password == 'quo"te':
        password = '"quote'
    with pytest.raises(ToolError, match="cannot stand in a"):
        Netrc(tmp_path / "netrc").write(ACME, "alice", password)
    assert not (tmp_path / "netrc").exists()


@given(password=st.from_regex(r"[!$-\[\]-~][!-\[\]-~]{0,40}", fullmatch=True))
def test_what_is_written_is_what_the_standard_library_reads(
    password: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("netrc") / "netrc"
    Netrc(path).write(ACME, "alice", password)
    assert netrc.netrc(path).authenticators("pypi.acme.com") == ("alice", "", password)


def test_a_netrc_stays_a_link_and_becomes_its_owners_alone(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles", tmp_path / "netrc"
    real.write_text(OTHERS, encoding="utf-8")
    link.symlink_to(real)
    tool = Netrc(link)
    tool.require()
    assert tool.write(ACME, "__token__", TOKEN) == str(link)
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == ENTRY + OTHERS
    assert real.stat().st_mode & 0o777 == 0o600
    assert tool.delete(ACME)
    assert not tool.delete(ACME)
    assert real.read_text(encoding="utf-8") == OTHERS


def test_a_netrc_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="Is a directory"):
        Netrc(tmp_path).require()
    (tmp_path / "bytes").write_bytes(b"\xff")
    with pytest.raises(ToolError, match="it is not text"):
        Netrc(tmp_path / "bytes").require()
    with pytest.raises(ToolError, match="No such file or directory"):
        Netrc(tmp_path / "no folder" / "netrc").write(ACME, "alice", "secret")
    with pytest.raises(ToolError, match="Is a directory"):
        Netrc(tmp_path)._replace(ENTRY)
    assert list(tmp_path.iterdir()) == [tmp_path / "bytes"]
    assert list(tmp_path.parent.glob(f"{tmp_path.name}-*")) == []


def test_the_netrc_is_the_one_that_clients_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert netrc_path({"NETRC": "/etc/netrc"}).as_posix() == "/etc/netrc"
    assert netrc_path({}) == home / ".netrc"
    (home / "_netrc").touch()
    assert netrc_path({}) == home / ".netrc"
    monkeypatch.setattr(sys, "platform", "win32")
    assert netrc_path({}) == home / "_netrc"


# What uv does, as far as it is used: one file, an entry by service and user name.
UV = """
import json, os, pathlib, sys
store = pathlib.Path(os.environ["HOME"], "uv", "credentials.toml")
assert sys.argv[1:3] == ["--no-config", "auth"]
command, service, options = sys.argv[3], sys.argv[4], sys.argv[5:]
store.parent.mkdir(parents=True, exist_ok=True)
entries = store.read_text().splitlines() if store.exists() else []
if command == "dir":
    print(store.parent)
elif command == "login":
    assert options[0] == "--username" and options[2:] == ["--password", "-"]
    password = sys.stdin.read()
    if password == "refused":
        sys.exit(2)
    store.write_text(f'username = "{options[1]}"\\n# {service} {password}\\n')
else:
    if f'username = "{options[1]}"' not in entries:
        sys.exit("error: No matching entry found")
    store.unlink()
"""


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A uv on PATH; the file that it keeps credentials in."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "uv.py").write_text(UV, encoding="utf-8")
    program = folder / "uv"
    program.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {folder / "uv.py"} "$@"\n', encoding="utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return tmp_path / "home" / "uv" / "credentials.toml"


@pytest.fixture
def configured(repository: Answers, config_file: Path) -> Answers:
    config_file.write_text(f'[repositories.acme]\nurl = "{repository.url}"\n', encoding="utf-8")
    return repository


@pytest.mark.loopback
@pytest.mark.parametrize(("user", "secret"), [("__token__", TOKEN), ("alice", PASSWORD)])
def test_uv_is_given_credentials_and_forgets_them_again(
    user: str, secret: str, configured: Answers, run: Run, uv: Path
) -> None:
    outcome = run("login", "--tool", "uv", "--username", user, "--password-stdin", stdin=secret)
    where = "uv's store (uv auth dir says where)"
    assert outcome == (0, f"logged in to {configured.url} as {user}; stored in {where}\n", "")
    service = configured.url.removesuffix("simple/")
    assert uv.read_text(encoding="utf-8") == f'username = "{user}"\n# {service} {secret}\n'
    assert answer(configured.url) is None
    assert run("logout").out == f"logged out of {configured.url}\n"
    assert run("logout", "acme").out == f"nothing was stored for {configured.url}\n"


@pytest.mark.parametrize(
    ("entry", "whose"),
    [
        ("machine pypi.acme.com login __token__ password pypi-x", "ours"),
        ("machine pypi.acme.com\n  user me\n  password s3ps_session", "ours"),
        ('machine "pypi.acme.com" login me password "s3p_token"', "ours"),
        ("machine pypi.acme.com login me account s3p_x password mine", "mine"),
        ("machine pypi.acme.com password mine", "mine"),
        ("machine pypi.acme.com login me", "mine"),
    ],
)
def test_logging_out_takes_nothing_away_that_somebody_else_wrote(
    entry: str, whose: str, run: Run, config_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "netrc"
    path.write_text(f"{entry}\n{OTHERS}", encoding="utf-8")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("NETRC", str(path))
    config_file.write_text('[repositories.acme]\nurl = "https://pypi.acme.com/"\n', encoding="utf-8")
    outcome = run("logout", "acme")
    assert outcome.code == 0
    assert path.read_text(encoding="utf-8") == (OTHERS if whose == "ours" else f"{entry}\n{OTHERS}")
    kept = f"{path} still has a password for pypi.acme.com; if it is to go, remove it there\n"
    assert outcome.err == ("" if whose == "ours" else kept)


@pytest.mark.loopback
def test_a_netrc_is_given_credentials_and_loses_them_again(
    configured: Answers, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    outcome = run("login", "acme", "--tool", "netrc", "--password-stdin", stdin=TOKEN)
    assert outcome.out.endswith(f"stored in {tmp_path / 'netrc'}\n")
    found = netrc.netrc(tmp_path / "netrc").authenticators("127.0.0.1")
    assert found == ("__token__", "", TOKEN)
    assert run("logout", "--all").out == f"logged out of {configured.url}\n"
    assert (tmp_path / "netrc").read_text(encoding="utf-8") == ""


def test_a_tool_that_is_not_there_or_does_not_work_is_a_sentence(
    run: Run, config_file: Path, monkeypatch: pytest.MonkeyPatch, uv: Path, tmp_path: Path
) -> None:
    with pytest.raises(ToolError, match="uv auth login failed"):
        Uv(str(tmp_path / "bin" / "uv")).write(ACME, "alice", "refused")
    assert not uv.exists()
    with pytest.raises(ToolError, match="uv cannot be run"):
        Uv("/no/such/uv").delete(ACME)
    monkeypatch.setenv("PATH", "")
    config_file.write_text('[repositories.acme]\nurl = "https://pypi.acme.com/"\n', encoding="utf-8")
    assert run("login", "--tool", "uv").err.startswith("error: there is no uv on PATH")


@pytest.fixture
def identities(
    s3_bucket: S3Bucket,
    aws: str,
    config_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Acme]:
    with acme(s3_bucket, aws, monkeypatch) as here:
        config_file.write_text(f'[repositories.acme]\nurl = "{here.url}"\nauth = "aws"\n', encoding="utf-8")
        use(ALICE.credentials, monkeypatch)
        capsys.readouterr()
        yield here


@pytest.mark.loopback
def test_logging_in_with_an_aws_identity_makes_a_session_that_clients_find(
    identities: Acme, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = run("login", "acme")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(f"logged in to {identities.url} as {DEVELOPER}, until ")
    assert outcome.out.endswith("; stored in the cache\n")
    session = run("token", "acme").out.strip()
    assert answer(identities.url) == ("__token__", session)
    assert identities.mints == 1
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    run("login", "--tool", "netrc")
    assert "s3ps_" in (tmp_path / "netrc").read_text(encoding="utf-8")
    assert run("logout").out == f"logged out of {identities.url}\n"
    assert identities.mints == 2
    assert answer(identities.url) is not None
    assert identities.mints == 3


@pytest.mark.loopback
def test_logging_out_of_everything_includes_what_is_configured_no_more(
    identities: Acme, run: Run, config_file: Path
) -> None:
    assert answer(identities.url)
    config_file.write_text("", encoding="utf-8")
    assert run("logout", "--all").out == f"logged out of {identities.url.removesuffix('/simple/')}\n"
    assert run("logout", "--all").out == ""
    assert "two different things" in run("logout", "acme", "--all").err


@pytest.mark.loopback
@pytest.mark.usefixtures("identities")
@pytest.mark.parametrize("options", [["--username", "alice"], ["--password-stdin"]])
def test_an_aws_identity_needs_no_password(options: list[str], run: Run) -> None:
    outcome = run("login", "acme", *options)
    assert outcome.code == 2
    assert "it needs no password or token\nhint: run: s3pypi-keyring login acme, or" in outcome.err


def test_a_code_that_nobody_can_be_asked_for_is_a_sentence(
    run: Run, config_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_file.write_text(
        '[repositories.acme]\nurl = "https://pypi.acme.com/"\nauth = "aws"\nprofile = "acme"\n',
        encoding="utf-8",
    )
    folder = tmp_path / "home" / ".aws"
    folder.mkdir(parents=True)
    (folder / "config").write_text(
        "[profile acme]\nrole_arn = arn:aws:iam::123456789012:role/Developer\nsource_profile = base\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/alice\nregion = eu-central-1\n"
        "[profile base]\naws_access_key_id = A\naws_secret_access_key = B\n",
        encoding="utf-8",
    )

    def no_terminal(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", no_terminal)
    outcome = run("login", "acme")
    assert outcome.code == 1
    assert outcome.err.startswith("error: there is nobody to ask for the MFA code")


def test_a_token_from_any_source_is_printed_alone(
    run: Run, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config_file.write_text('[repositories.acme]\nurl = "https://pypi.acme.com/"\n', encoding="utf-8")
    outcome = run("token", "acme")
    assert outcome == (
        1,
        "",
        "error: there are no credentials for 'acme'\nhint: run: s3pypi-keyring login acme\n",
    )
    monkeypatch.setenv("S3PYPI_ACME_TOKEN", TOKEN)
    assert run("token", "acme") == (0, f"{TOKEN}\n", "")


@pytest.mark.parametrize("command", ["login", "logout"])
def test_a_repository_is_named_where_there_are_several(command: str, run: Run, config_file: Path) -> None:
    config_file.write_text(
        '[repositories.a]\nurl = "https://a/"\n[repositories.b]\nurl = "https://b/"\n', encoding="utf-8"
    )
    outcome = run(command)
    assert outcome.code == 2
    assert outcome.err == (
        "error: which repository is meant is not clear\nhint: name it, or its address; configured: a, b\n"
    )
