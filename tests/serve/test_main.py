"""What goes wrong before anything is started."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

import pytest

from s3pypi_serve.__main__ import main
from s3pypi_serve.data_folder import open_data_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        pytest.param(["--port", "70000"], "70000 is not a port: 0 to 65535", id="port"),
        pytest.param(["--port", "http"], "http is not a port: 0 to 65535", id="port name"),
        pytest.param(["--refresh", "x"], "x is not a number of seconds from 0 to 60", id="refresh text"),
        pytest.param(["--data", ""], "the name of the folder is empty", id="data"),
        pytest.param(["--bucket", "NO"], "'NO' cannot be: a bucket's name is 3 to 63 of a-z,", id="bucket"),
        pytest.param(["--refresh", "61"], "61 is not a number of seconds from 0 to 60", id="refresh"),
        pytest.param(["--refresh", "nan"], "nan is not a number of seconds from 0 to 60", id="refresh nan"),
        pytest.param(["--upstream", "http://pypi.org/simple/"], "the upstream is not https", id="upstream"),
        pytest.param(["--upstream", "pypi.org"], "is not the address of an index", id="upstream, no URL"),
        pytest.param(["--reserve", "a/b"], "'a/b' is not a project name", id="reserve"),
        pytest.param(["upload"], "unrecognized arguments: upload", id="no --"),
    ],
)
def test_an_option_that_cannot_be_used_is_a_usage_error(
    argv: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_a_missing_command_is_one_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--"]) == 2
    assert "there is no command after --" in capsys.readouterr().err


def test_without_the_extra_there_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main([]) == 1
    assert capsys.readouterr().err == (
        "error: the web server is not installed\nhint: pip install 's3twine[serve]'\n"
    )


@pytest.mark.loopback
def test_a_port_in_use_is_a_sentence_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["--port", str(port), "--data", str(tmp_path / "data")]) == 1
    assert f"port {port} on 127.0.0.1 cannot be used: Address already in use" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


@pytest.mark.loopback
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_upstream_that_is_the_repository_itself_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    argv = ["--port", port, "--upstream", f"http://{host}:{port}", "--data", str(tmp_path / "data")]
    assert main(argv) == 1
    assert "error: the upstream is this repository itself" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


@pytest.mark.loopback
def test_an_sts_that_is_none_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "sts.example.com/path")
    assert main(["--port", "0", "--data", str(tmp_path / "data")]) == 1
    assert capsys.readouterr().err == (
        "error: AWS_ENDPOINT_URL_STS is not the address of a service\n"
        "hint: write it like https://sts.us-east-1.amazonaws.com, or: unset AWS_ENDPOINT_URL_STS\n"
    )


@pytest.mark.loopback
def test_a_folder_that_is_not_ours_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("chapter 1")
    assert main(["--port", "0", "--data", str(tmp_path)]) == 1
    assert f"{tmp_path} is not a data folder of s3pypi-serve: it is not empty" in capsys.readouterr().err


def test_help_names_what_a_command_finds_in_its_environment(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "S3PYPI_URL" in capsys.readouterr().out


@pytest.mark.loopback
def test_a_file_in_the_folder_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_data_folder(tmp_path / "data") as folder:
        folder.log.mkdir()  # which not even root can write as a file
    assert main(["--port", "0", "--data", str(tmp_path / "data"), "--", "true"]) == 1
    assert f"{folder.log} cannot be used: Is a directory" in capsys.readouterr().err
