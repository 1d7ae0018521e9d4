"""Each command of these pages is run here, or is marked as needing AWS and held against what it calls."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

import tests.pages
from s3pypi_admin.arguments import parser as admin_parser
from s3pypi_core.aws.s3_bucket import S3Bucket
from s3pypi_core.memory_bucket import MemoryBucket
from s3pypi_core.repository import create_repository
from s3pypi_deploy.arguments import parser as deploy_parser
from s3pypi_deploy.settings import Settings
from s3pypi_keyring.__main__ import parser as keyring_parser
from s3pypi_twine.__main__ import parser as twine_parser
from tests.builders import build_wheel
from tests.deploy.aws_cli import NotACommand, check
from tests.indexes import index_of
from tests.pages import DOCS, Command, commands, mentioned
from tests.repositories import publish

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PAGES = ("deploying.md", "costs.md", "migrating.md")
EVERYTHING = [command for page in PAGES for command in commands(page)]
PARSERS: Mapping[str, Callable[[], argparse.ArgumentParser]] = {
    "s3pypi-admin": admin_parser,
    "s3pypi-deploy": deploy_parser,
    "s3pypi-keyring": keyring_parser,
    "s3twine": twine_parser,
}
MODULES = {
    "pip": "pip",
    "s3pypi-admin": "s3pypi_admin",
    "s3pypi-deploy": "s3pypi_deploy",
    "s3twine": "s3pypi_twine",
}


def hold_against_its_program(line: str) -> None:
    """Check a command that needs AWS, and each that stands in ``$(...)``."""
    for inner in re.findall(r"\$\((.*)\)", line):
        hold_against_its_program(inner)
    if line.startswith("export "):
        return
    program, *words = shlex.split(line)
    if program == "aws":
        check(line)
    elif program == "pip":
        pip = [sys.executable, "-m", "pip", words[0], "--help"]
        told = subprocess.run(pip, check=True, capture_output=True, text=True)
        assert all(re.search(rf"{word}\b", told.stdout) for word in words[1:] if word.startswith("--"))
    else:
        options = PARSERS[program]().parse_args(words)
        if program == "s3pypi-deploy" and "no_domain" in options:
            Settings.parse(options)


@pytest.mark.parametrize("command", [one for one in EVERYTHING if one.needs_aws], ids=str)
def test_what_needs_aws_is_what_its_program_takes(command: Command) -> None:
    hold_against_its_program(command.line)


@pytest.mark.parametrize("line", [line for page in PAGES for line in mentioned(page, "aws")])
def test_so_is_what_stands_in_the_text(line: str) -> None:
    if len(line.split()) > 3:  # and not a name, such as `aws cloudformation deploy`
        check(line)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("aws s4 list-buckets", "no service: s4", id="service"),
        pytest.param("aws s3api delete-all --bucket b", "s3api has no delete-all", id="operation"),
        pytest.param("aws s3api head-bucket --bucket b --all", "does not take", id="option"),
        pytest.param("aws s3api head-object --bucket b", "needs .*--key", id="missing"),
    ],
)
def test_what_aws_does_not_know_is_found(line: str, said: str) -> None:
    with pytest.raises(NotACommand, match=said):
        check(line)


@pytest.mark.parametrize(
    "block", ["```\n$ s3twine list\n```", "```console\n$ s3twine list\ns3twine show a\n```"]
)
def test_a_block_that_may_hide_a_command_is_found(
    block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page.md").write_text(f"{block}\n")
    monkeypatch.setattr(tests.pages, "DOCS", tmp_path)
    with pytest.raises(ValueError, match="each after a"):
        commands("page.md")


@pytest.mark.parametrize("page", ["deploying.md", "migrating.md"])
def test_the_mark_is_explained_where_it_stands(page: str) -> None:
    assert re.search(r"\b(is|are) marked `# needs AWS`", (DOCS / page).read_text(encoding="utf-8"))


def test_nothing_is_marked_that_asks_nobody() -> None:
    alone = re.compile(r"s3pypi-deploy (config|export|doctor(?! --probe))")
    assert not [command for command in EVERYTHING if command.needs_aws and alone.match(command.line)]


@dataclass(frozen=True)
class Terminal:
    """A terminal of somebody who has a repository on this machine, and other people's indexes beside it."""

    folder: Path
    environment: str
    stand_ins: Mapping[str, str]

    def type(self, line: str) -> subprocess.CompletedProcess[str]:
        """Type a line, with what is on this machine in place of what is not."""
        for there, here in self.stand_ins.items():
            line = line.replace(there, here)
        script = f". {shlex.quote(self.environment)}\n{line}"
        environ = {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "AWS_CONFIG_FILE": str(self.folder / "aws"),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.folder / "wheel"),
            "PIP_NO_DEPS": "1",
            "PIP_TARGET": str(self.folder / "site"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        return subprocess.run(
            ["sh", "-ec", script],
            cwd=self.folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def programs(folder: Path) -> None:
    """Put the programs of this tree into a folder, by the names that people type."""
    folder.mkdir()
    for name, module in MODULES.items():
        (folder / name).write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
        (folder / name).chmod(0o755)


def old_index(folder: Path) -> MemoryBucket:
    """An index as others have it, with two projects."""
    bucket = MemoryBucket("old")
    create_repository(bucket)
    publish(bucket, build_wheel(folder, "demo", "1.0"), build_wheel(folder, "demo-tools", "1.0"))
    return bucket


def fill_as_s3pypi_does(terminal: Terminal, endpoint: str) -> None:
    """Make the buckets of the page, without a prefix and with one, and the profile that may read it."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    keys = [terminal.type(f'printf %s "${name}"').stdout for name in names]
    lines = [f"{name.lower()} = {value}" for name, value in zip(names, keys, strict=True)]
    (terminal.folder / "aws").write_text("\n".join(["[profile legacy]", *lines]))
    wheel = build_wheel(terminal.folder, "acme-lib", "1.0")
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in zip(names, keys, strict=True):
            patch.setenv(variable, value)
        for name, prefix in (("old-pypi", ""), ("old-shared", "team-a/")):
            old = S3Bucket.open(name, endpoint_url=endpoint, region="us-east-1")
            old.make()
            page = f'<a href="{wheel.name}">{wheel.name}</a>'.encode()
            for key, body in (("index.html", page), (wheel.name, wheel.read_bytes())):
                old.client.put_object(Bucket=name, Key=f"{prefix}acme-lib/{key}", Body=body)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("terminal")
    programs(folder / "bin")
    serve = [sys.executable, "-m", "s3pypi_serve", "--port", "0", "--json"]
    with ExitStack() as running:
        process = running.enter_context(subprocess.Popen(serve, stdout=subprocess.PIPE, text=True))
        running.callback(process.terminate)
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        index = running.enter_context(index_of(old_index(folder / "old")))
        others = "pypi.old.acme.com/simple devpi.acme.com/team/prod/+simple localhost:8080/simple"
        artifactory = "https://alice@acme.jfrog.io/artifactory/api/pypi/pypi-local/simple/"
        addresses = [f"{scheme}://{other}/" for other in others.split() for scheme in ("https", "http")]
        stand_ins = dict.fromkeys([*addresses, artifactory], index)
        there = Terminal(folder, ready["environment"], {**stand_ins, "/srv/packages": str(folder / "old")})
        fill_as_s3pypi_does(there, ready["s3_endpoint"])
        yield there


@pytest.fixture(scope="module")
def wheelhouse(terminal: Terminal) -> None:
    """Where pip finds this project."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    where = ["--outdir", str(terminal.folder / "wheel"), str(DOCS.parent)]
    subprocess.run([*build, *where], check=True, capture_output=True)


def check_pip(_terminal: Terminal, ran: subprocess.CompletedProcess[str]) -> None:
    assert "Successfully installed s3twine" in ran.stdout
    assert "does not provide the extra" not in ran.stdout + ran.stderr


def check_import(_terminal: Terminal, ran: subprocess.CompletedProcess[str]) -> None:
    assert re.search(r"[0-9]+ taken, [0-9]+ already there, 0 refused, 0 failed", ran.stdout)
    assert "0 taken, 0 already there" not in ran.stdout


def check_config(terminal: Terminal, ran: subprocess.CompletedProcess[str]) -> None:
    assert terminal.type('echo "$S3PYPI_URL"').stdout.strip() in ran.stdout


def check_doctor(_terminal: Terminal, ran: subprocess.CompletedProcess[str]) -> None:
    verdicts = [line.split("\t")[0] for line in ran.stdout.splitlines()]
    assert set(verdicts) <= {"ok", "skipped"}
    assert verdicts.count("ok") >= 5


def check_export(terminal: Terminal, ran: subprocess.CompletedProcess[str]) -> None:
    assert "acme/deploy.sh" in ran.stdout.splitlines()
    assert (terminal.folder / "acme" / "deploy.sh").exists()


CHECKS = {
    "pip install": check_pip,
    "s3twine import": check_import,
    "s3pypi-deploy config": check_config,
    "s3pypi-deploy doctor": check_doctor,
    "s3pypi-deploy export": check_export,
}


@pytest.mark.slow
@pytest.mark.loopback
@pytest.mark.usefixtures("wheelhouse")
@pytest.mark.parametrize("command", [one for one in EVERYTHING if not one.needs_aws], ids=str)
def test_every_other_command_runs(command: Command, terminal: Terminal) -> None:
    judge = CHECKS[" ".join(command.line.split()[:2])]
    ran = terminal.type(command.line)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    judge(terminal, ran)
