from __future__ import annotations

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from argparse import Namespace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from s3pypi_admin.__main__ import main, parser
from s3pypi_admin.arguments import EPILOG
from s3pypi_core.repository import create_repository
from tests.admin.console import put_users, stored_body, stored_users

if TYPE_CHECKING:
    from s3pypi_core.aws.s3_bucket import S3Bucket

HEAVY = ("boto3", "botocore", "twine", "passlib", "rich", "keyring", "requests")
COMMANDS = [
    [],
    ["user"],
    ["user", "add"],
    ["user", "set"],
    ["user", "passwd"],
    ["user", "remove"],
    ["user", "list"],
    ["token"],
    ["token", "create"],
    ["token", "revoke"],
    ["token", "list"],
    ["principal"],
    ["principal", "add"],
    ["principal", "remove"],
    ["principal", "list"],
    ["session"],
    ["session", "revoke"],
    ["key"],
    ["key", "rotate"],
    ["key", "list"],
]

PROJECT = Path(__file__).parents[2]
ADMIN = [sys.executable, "-m", "s3pypi_admin"]


@pytest.fixture
def repository(s3_bucket: S3Bucket) -> S3Bucket:
    """A repository that nobody may read yet, on a real S3 server."""
    create_repository(s3_bucket)
    return s3_bucket


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import json, sys, s3pypi_admin.__main__ as program\n"
        "try: program.main(['--help'])\n"
        "except SystemExit: print(json.dumps([*sys.modules]), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "s3pypi-admin user add" in done.stdout
    assert not {module.partition(".")[0] for module in json.loads(done.stderr)} & set(HEAVY)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert not ended.value.code
    assert "--endpoint-url" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="no command"),
        pytest.param(["user"], id="half a command"),
        pytest.param(["user", "add"], id="no name"),
        pytest.param(["user", "set", "alice"], id="nothing to set"),
        pytest.param(["user", "add", "alice", "--password=secret"], id="a password as an argument"),
        pytest.param(["user", "add", "alice", "--password", "--password-stdin"], id="two passwords"),
        pytest.param(["principal", "add"], id="no ARN"),
        pytest.param(["session", "revoke"], id="nobody to revoke"),
        pytest.param(["--bucket", "", "user", "list"], id="an empty bucket"),
        pytest.param(["user", "list", "-r", ""], id="an empty name"),
        pytest.param(["user", "list", "--region", ""], id="an empty region"),
    ],
)
def test_a_command_line_that_makes_no_sense_ends_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param("-r acme --region r --profile p --endpoint-url u user list", id="before"),
        pytest.param("user list -r acme --region r --profile p --endpoint-url u", id="after"),
        pytest.param("-r acme user --region r --profile p list --endpoint-url u", id="in between"),
        pytest.param("-r other --region r user list -r acme --profile p --endpoint-url u", id="the last one"),
    ],
)
def test_options_stand_before_or_after_the_command(arguments: str) -> None:
    expected = {"repository": "acme", "region": "r", "profile": "p", "endpoint_url": "u", "bucket": None}
    assert parser().parse_args(arguments.split()) == Namespace(subject="user", verb="list", **expected)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["-r", "acme", "--bucket", "acme", "user", "list"], "two places", id="two places"),
        pytest.param(["--bucket", "s3://b", "user", "list"], "not the name of a bucket", id="an address"),
        pytest.param(["-r", "acme", "user", "list"], "no repository named 'acme'", id="unknown"),
        pytest.param(["user", "list"], "hint: ", id="none"),
    ],
)
def test_where_to_must_be_clear(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.loopback
def test_access_is_given_and_taken_away_on_a_real_server(
    repository: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[repositories.acme]\nbucket = "{repository.name}"\n', encoding="utf-8")
    monkeypatch.setenv("S3PYPI_CONFIG", str(config))
    assert main(["-r", "acme", "user", "add", "ci"]) == 0
    assert "s3pypi-admin token create ci --repository acme\n" in capsys.readouterr().err
    assert main(["token", "create", "ci", "--bucket", repository.name]) == 0
    token = capsys.readouterr().out.strip()
    assert main(["user", "list"]) == 0
    assert capsys.readouterr().out == "ci\tno\t1\t*\n"
    assert main(["token", "revoke", token]) == 0
    assert main(["user", "remove", "ci"]) == 0
    assert not stored_users(repository).users


@pytest.mark.parametrize("document", ["README.md", "docs/access.md"])
def test_the_commands_of_the_documents_are_commands(document: str) -> None:
    text = (PROJECT / document).read_text(encoding="utf-8")
    shown = re.findall(r"^\$ s3pypi-admin (.*)$", text, re.MULTILINE)
    assert shown
    for arguments in shown:
        assert parser().parse_args(shlex.split(arguments)).verb


def test_the_examples_of_the_help_are_commands() -> None:
    shown = re.findall(r"s3pypi-admin ((?:[^ )\n<]+ ?)+)", EPILOG)
    assert len(shown) > 5
    for arguments in shown:
        assert parser().parse_args(shlex.split(arguments)).verb


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert not ended.value.code
    assert capsys.readouterr().out == f"s3pypi-admin {version('s3twine')}\n"


@pytest.mark.loopback
def test_a_token_that_cannot_be_shown_is_said_to_be_there(repository: S3Bucket) -> None:
    assert main(["--bucket", repository.name, "user", "add", "ci"]) == 0
    command = [*ADMIN, "--bucket", repository.name, "token", "create", "ci"]
    with Path("/dev/full").open("wb") as full, subprocess.Popen(["true"], stdin=subprocess.PIPE) as gone:
        gone.wait()
        for out in (full, gone.stdin):
            done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
            token = [*stored_users(repository).tokens][-1]
            assert done.returncode == 1
            assert done.stderr.splitlines() == [
                f"error: the token {token} was made but could not be shown",
                f"hint: revoke it: s3pypi-admin token revoke {token} --bucket {repository.name}",
            ]


@pytest.mark.loopback
def test_a_misspelt_setting_is_pointed_out(
    repository: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text("[repository.acme]\n", encoding="utf-8")
    monkeypatch.setenv("S3PYPI_CONFIG", str(tmp_path / "config.toml"))
    assert main(["--bucket", repository.name, "user", "list"]) == 0
    assert capsys.readouterr().err.count("warning: 'repository' in ") == 1


@pytest.mark.loopback
def test_what_cannot_be_done_is_said_and_ends_with_1(
    repository: S3Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    put_users(repository, b"not JSON")
    assert main(["--bucket", repository.name, "user", "add", "alice"]) == 1
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("error: config/users.json in the bucket ")
    assert "\nhint: " in err
    assert stored_body(repository) == b"not JSON"


@pytest.mark.loopback
@pytest.mark.usefixtures("aws")
def test_a_bucket_that_is_not_there_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--bucket", "never-made", "user", "add", "alice"]) == 1
    assert "there is no bucket named 'never-made'" in capsys.readouterr().err


@pytest.mark.loopback
def test_a_password_comes_from_standard_input_of_the_program(repository: S3Bucket) -> None:
    subprocess.run(
        [*ADMIN, "--bucket", repository.name, "user", "add", "alice", "--password-stdin"],
        input="tr0ub4dor é\n",
        text=True,
        encoding="utf-8",
        check=True,
    )
    password = stored_users(repository).users["alice"].password
    assert password is not None
    assert password.verify("tr0ub4dor é")


@pytest.mark.loopback
def test_a_password_is_typed_on_a_terminal_that_does_not_show_it(repository: S3Bucket) -> None:
    terminal, end = pty.openpty()
    command = [*ADMIN, "--bucket", repository.name, "user", "add", "alice", "--password"]
    shown = ""
    with subprocess.Popen(
        command, stdin=end, stdout=subprocess.DEVNULL, stderr=end, start_new_session=True
    ) as program:
        os.close(end)
        for prompt in ("New password: ", "The same again: "):
            while not shown.endswith(prompt):
                shown += os.read(terminal, 1024).decode()
            os.write(terminal, b"tr0ub4dor\n")
    assert program.returncode == 0
    shown += os.read(terminal, 1024).decode()
    os.close(terminal)
    assert "tr0ub4dor" not in shown
    password = stored_users(repository).users["alice"].password
    assert password is not None
    assert password.verify("tr0ub4dor")


@pytest.mark.loopback
def test_where_there_is_no_terminal_no_password_is_asked_for(repository: S3Bucket) -> None:
    done = subprocess.run(
        [*ADMIN, "--bucket", repository.name, "user", "add", "alice", "--password"],
        input="never read\n",
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    assert done.returncode == 1
    assert "--password-stdin" in done.stderr
    assert not stored_body(repository)


@pytest.mark.loopback
def test_programs_at_once_lose_nothing(repository: S3Bucket) -> None:
    names = [f"user-{number}" for number in range(4)]
    running = [
        subprocess.Popen(
            [*ADMIN, "--bucket", repository.name, "user", "add", name], stderr=subprocess.DEVNULL
        )
        for name in names
    ]
    assert [process.wait(60) for process in running] == [0] * len(names)
    assert sorted(stored_users(repository).users) == names
