"""``twine s3-upload``, as twine itself runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from s3pypi_twine.options import WITHOUT_EFFECT
from s3pypi_twine.plugin import main
from tests.builders import build_sdist, build_wheel
from tests.repositories import assert_whole
from tests.twine.uploads import build_with_readme

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``twine`` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "twine", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def flat(output: str) -> str:
    """What twine prints, without the line breaks and the padding that it makes."""
    return " ".join(output.split())


@pytest.mark.loopback
def test_it_uploads(repository: S3Bucket, tmp_path: Path) -> None:
    files = [str(build_sdist(tmp_path)), str(build_wheel(tmp_path))]
    done = run("s3-upload", "-r", "acme", *files)
    assert (done.returncode, done.stderr) == (0, "")
    assert "pip install --index-url https://pypi.acme.com/simple/ demo==1.0" in done.stdout
    assert_whole(repository, "demo")


@pytest.mark.loopback
def test_an_error_is_reported_as_twine_does(repository: S3Bucket, tmp_path: Path) -> None:
    bad = build_with_readme(tmp_path, "`x <y")
    done = run("--no-color", "s3-upload", str(bad))
    assert done.returncode == 1
    assert done.stdout.startswith("ERROR ")
    assert "UploadFailed: " in flat(done.stdout)
    assert "--no-check" in flat(done.stdout)
    assert "Traceback" not in done.stderr
    assert_whole(repository)


def test_a_missing_section_is_reported_as_twine_does(tmp_path: Path) -> None:
    done = run("--no-color", "s3-upload", "-r", "nobody", str(build_wheel(tmp_path)))
    assert done.returncode == 1
    assert "InvalidConfiguration: no repository named 'nobody' has a bucket" in flat(done.stdout)


@pytest.mark.parametrize("arguments", [["--help"], ["s3-upload", "--help"]], ids=["of twine", "of its own"])
def test_help_names_it(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 0
    assert "s3-upload" in done.stdout


def test_a_wrong_option_ends_with_2() -> None:
    done = run("s3-upload", "--no-such-option")
    assert done.returncode == 2
    assert "usage: twine s3-upload" in done.stderr


@pytest.mark.loopback
def test_a_document_stays_one_when_something_goes_wrong(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = build_wheel(tmp_path)
    assert main(["--json", str(wheel)]) == 0
    assert json.loads(capsys.readouterr().out)["files"][0]["result"] == "new"

    assert main(["--json", str(tmp_path / "none.whl")]) == 1
    out, err = capsys.readouterr()
    assert "none.whl" in json.loads(out)["errors"][0]["message"]
    assert err.startswith("error: ")
    assert_whole(repository, "demo")


def test_twine_s_own_upload_ends_in_a_traceback_at_the_address_of_a_bucket(tmp_path: Path) -> None:
    pypirc = tmp_path / "pypirc"
    pypirc.write_text("[distutils]\nindex-servers = acme\n[acme]\nrepository = s3://acme-pypi\n")
    done = run(
        *("upload", "-r", "acme", "--config-file", str(pypirc), "--non-interactive", "-u", "x", "-p", "y"),
        str(build_wheel(tmp_path)),
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "InvalidSchema: No connection adapters were found for 's3://acme-pypi'" in done.stderr


def test_every_option_of_twine_upload_is_an_option_of_ours() -> None:
    theirs, ours = (run(command, "--help").stdout for command in ("upload", "s3-upload"))
    options = {word.rstrip(",].") for word in theirs.split() if word.startswith("--")}
    assert len(options) > 15
    assert {option for option in options if option not in ours} == set()
    assert {option.flags[-1] for option in WITHOUT_EFFECT} < options
