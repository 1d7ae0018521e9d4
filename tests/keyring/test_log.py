from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from s3pypi_keyring.log import note
from tests.keyring.conftest import answer

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://pypi.acme.com/simple/"


@pytest.fixture
def log(tmp_path: Path, config_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    config_file.write_text(f'[repositories.acme]\nurl = "{URL}"\n', encoding="utf-8")
    path = tmp_path / "log"
    monkeypatch.setenv("S3PYPI_LOG", str(path))
    monkeypatch.setenv("S3PYPI_TOKEN", "s3p_secret")
    return path


def lines(log: Path) -> list[str]:
    """Without time and process."""
    return [line.split(" ", 2)[2] for line in log.read_text(encoding="utf-8").splitlines()]


def test_every_look_up_is_a_line_that_tells_no_secret(
    log: Path, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(URL)
    answer("https://me:hunter2@pypi.acme.com/simple/?key=hunter2#hunter2")
    answer("https://me:hunter2@pypi.org/simple/")
    answer("hunter2@pypi.org")
    answer("a\nservice")
    monkeypatch.delenv("S3PYPI_TOKEN")
    answer("pypi.acme.com")
    config_file.write_text("[pypi.acme.com", encoding="utf-8")
    answer(URL)
    assert lines(log)[:6] == [
        f"{URL}: S3PYPI_TOKEN",
        f"{URL}: S3PYPI_TOKEN",
        "https://pypi.org/simple/: not ours",
        "a service with a user name: not ours",
        "a?service: not ours",
        "pypi.acme.com: not configured",
    ]
    assert "is not TOML" in lines(log)[6]
    assert not {"s3p_secret", "hunter2"} & set(log.read_text(encoding="utf-8").split())
    assert "hunter2" not in log.read_text(encoding="utf-8")


def test_nobody_else_may_read_it(log: Path) -> None:
    answer(URL)
    assert log.stat().st_mode & 0o777 == 0o600
    log.chmod(0o644)
    answer(URL)
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("log")
def test_a_log_that_cannot_be_written_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in ("/no/such/folder/log", str(tmp_path), str(pipe), "/dev/null", "/dev/stdout", "\0"):
        note(path, URL, "found")
    monkeypatch.setenv("S3PYPI_LOG", str(tmp_path))
    assert answer(URL) == ("__token__", "s3p_secret")
    assert capfd.readouterr() == ("", "")


NOTE = "import sys; from s3pypi_keyring.log import note; note(sys.argv[1], 'a service', 'found')"


@pytest.mark.parametrize(
    ("shell", "kept"),
    [('exec "$@" >"$LOG"', 0), ('exec "$@" <&- >&-', 1), ('exec "$@" >/dev/null', 1)],
    ids=["a file", "closed", "another"],
)
def test_standard_output_stays_the_clients(shell: str, kept: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = ["/bin/sh", "-c", shell, "sh", sys.executable, "-c", NOTE, str(log)]
    subprocess.run(command, env={**os.environ, "LOG": str(log)}, check=True, timeout=60)
    assert len(lines(log)) == kept
