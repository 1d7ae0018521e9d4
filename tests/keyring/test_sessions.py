"""AWS credentials to a session, through the keyring, against a real repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.edge.sts_double import ALICE, DEVELOPER, MALLORY
from tests.keyring.conftest import answer
from tests.keyring.identities import Acme, acme, use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket

pytestmark = pytest.mark.loopback


@pytest.fixture
def repository(
    s3_bucket: S3Bucket, aws: str, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Acme]:
    """A repository that is configured for AWS identities."""
    with acme(s3_bucket, aws, monkeypatch) as here:
        config_file.write_text(f'[repositories.acme]\nurl = "{here.url}"\nauth = "aws"\n', encoding="utf-8")
        yield here


def cached(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "s3pypi").glob("session-*"))


def test_aws_credentials_become_a_session_once(
    repository: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    use(ALICE.credentials, monkeypatch)
    first = answer(repository.url)
    assert first is not None
    assert first[0] == "__token__"
    assert first[1].startswith("s3ps_")
    assert answer(repository.url, "alice") == ("alice", first[1])
    assert repository.mints == 1
    (file,) = cached(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert ALICE.credentials.access_key not in file.name
    assert ALICE.credentials.secret_key not in file.read_text(encoding="utf-8")
    assert capfd.readouterr() == ("", "")


def test_another_identity_gets_another_session_at_once(
    repository: Acme, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(ALICE.credentials, monkeypatch)
    mine = answer(repository.url)
    use(MALLORY.credentials, monkeypatch)
    assert answer(repository.url) is None
    assert "does not let in the AWS credentials of access key ASIAMMM" in capsys.readouterr().err
    use(ALICE.credentials, monkeypatch)
    assert answer(repository.url) == mine


def test_a_session_with_less_than_half_an_hour_left_is_replaced(
    repository: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(ALICE.credentials, monkeypatch)
    answer(repository.url)
    (file,) = cached(tmp_path)
    entry = json.loads(file.read_text(encoding="utf-8"))
    for left, mints in ((1790, 2), (1900, 2)):
        entry["session"]["expires"] = time.time() + left
        file.write_text(json.dumps(entry), encoding="utf-8")
        assert answer(repository.url) is not None
        assert repository.mints == mints


def test_a_failure_is_said_once_and_not_tried_again_for_half_a_minute(
    repository: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(MALLORY.credentials, monkeypatch)
    for _ in range(3):
        assert answer(repository.url) is None
    assert repository.mints == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.endswith("s3pypi-admin principal add ARN\n")
    (file,) = cached(tmp_path)
    entry = json.loads(file.read_text(encoding="utf-8"))
    entry["failure"]["process"] = 1
    file.write_text(json.dumps(entry), encoding="utf-8")
    assert answer(repository.url) is None
    assert capsys.readouterr().err == err
    entry["failure"]["at"] -= 31
    file.write_text(json.dumps(entry), encoding="utf-8")
    assert answer(repository.url) is None
    assert json.loads(file.read_text(encoding="utf-8"))["failure"]["process"] == os.getpid()


def test_who_mends_the_aws_credentials_need_not_wait(
    repository: Acme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(repository.url) is None
    assert (
        "there are no AWS credentials here (profile default); run: aws configure" in capsys.readouterr().err
    )
    file = tmp_path / "home" / ".aws" / "credentials"
    file.parent.mkdir(parents=True)
    write_profile(file, "default")
    assert answer(repository.url) is not None


def write_profile(file: Path, name: str) -> None:
    keys = ALICE.credentials
    text = (
        f"[{name}]\naws_access_key_id = {keys.access_key}\naws_secret_access_key = {keys.secret_key}\n"
        f"aws_session_token = {keys.session_token}\n"
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_twenty_threads_get_one_session(repository: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    use(ALICE.credentials, monkeypatch)
    barrier, answers = threading.Barrier(20), list[object]()

    def ask() -> None:
        barrier.wait()
        answers.append(answer(repository.url))

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert None not in answers
    assert len(set(answers)) == 1
    assert repository.mints == 1


ASK = """
import sys
from s3pypi_keyring.backend import S3PyPIKeyring
print(S3PyPIKeyring().get_password(*sys.argv[1:]))
"""


@pytest.mark.slow
def test_twenty_processes_get_one_session(repository: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    use(ALICE.credentials, monkeypatch)
    command = [sys.executable, "-c", ASK, repository.url, "alice"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) for _ in range(20)]
    answers = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert len(set(answers)) == 1
    assert answers[0].startswith("s3ps_")
    assert repository.mints == 1


def test_a_revoked_principal_gets_a_line_to_act_on(
    repository: Acme, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(ALICE.credentials, monkeypatch)
    repository.admin("principal", "remove", DEVELOPER)
    assert answer(repository.url) is None
    assert "have an administrator run: s3pypi-admin principal add ARN" in capsys.readouterr().err
