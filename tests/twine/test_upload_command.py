from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.bucket import RECORD_HEADERS
from s3pypi_core.command_line import run
from s3pypi_core.repository import create_repository
from s3pypi_core.upload import UploadInterrupted
from s3pypi_edge.keys import ROOT_RECORD, normalize, record_key
from s3pypi_twine.__main__ import main
from tests.builders import build_metadata, build_sdist, build_wheel
from tests.repositories import assert_whole, file_names
from tests.twine.uploads import build_with_readme

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket

WHEEL = "demo-1.0-py3-none-any.whl"


@pytest.mark.loopback
def test_a_release_is_uploaded_and_said_to_be_installable(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel, sdist = build_wheel(tmp_path), build_sdist(tmp_path)

    assert main(["upload", str(sdist), str(wheel)]) == 0

    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines() == [
        f"{wheel.name}  {wheel.stat().st_size} bytes  new",
        f"{sdist.name:{len(wheel.name)}}  {sdist.stat().st_size} bytes  new",
        "",
        "Installable now from https://pypi.acme.com/simple/:",
        "  pip install --index-url https://pypi.acme.com/simple/ demo==1.0",
    ]
    assert_whole(repository, "demo")


@pytest.mark.loopback
def test_the_same_upload_again_says_that_there_is_nothing_to_do(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = str(build_wheel(tmp_path))
    main(["upload", "-r", "acme", wheel])
    before = repository.get(record_key(normalize("demo")))
    capsys.readouterr()

    assert main(["upload", "-r", "acme", wheel]) == 0

    out = capsys.readouterr().out
    assert "already there" in out
    assert "Nothing to do" in out
    assert "pip install" in out
    assert repository.get(record_key(normalize("demo"))) == before


@pytest.mark.loopback
def test_another_file_under_a_taken_name_is_refused_or_skipped(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["upload", str(build_wheel(tmp_path))])
    before = repository.get(record_key(normalize("demo")))
    other = str(build_wheel(tmp_path / "other", files={"more.py": b""}))
    capsys.readouterr()

    assert main(["upload", other]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert WHEEL in err
    assert "hint: " in err

    assert main(["upload", "--skip-existing", other]) == 0
    assert "skipped" in capsys.readouterr().out
    assert repository.get(record_key(normalize("demo"))) == before


@pytest.mark.loopback
def test_a_dry_run_writes_nothing(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["upload", "--dry-run", str(build_wheel(tmp_path))]) == 0

    assert "would be uploaded" in capsys.readouterr().out
    assert_whole(repository)


@pytest.mark.loopback
def test_a_bucket_without_a_repository_needs_create(
    s3_bucket: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["upload", "--repository-url", f"s3://{s3_bucket.name}", str(build_wheel(tmp_path))]

    assert main(command) == 1
    assert "--create" in capsys.readouterr().err
    assert s3_bucket.get(ROOT_RECORD) is None

    assert main([*command, "--create"]) == 0
    assert f"s3://{s3_bucket.name}" in capsys.readouterr().out
    assert_whole(s3_bucket, "demo")


@pytest.mark.loopback
def test_a_dry_run_that_would_make_the_repository_says_so(
    s3_bucket: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"s3://{s3_bucket.name}"
    command = ["upload", "--repository-url", address, "--create", "--dry-run", str(build_wheel(tmp_path))]

    assert main(command) == 0
    out, err = capsys.readouterr()
    assert err == f"{address} holds no repository yet: would make one\n"
    assert "would be uploaded" in out
    assert s3_bucket.get(ROOT_RECORD) is None

    create_repository(s3_bucket)
    assert main(command) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "arguments",
    [["-r", ""], ["--repository-url", ""], ["--config-file", ""], [""]],
    ids=["name", "address", "configuration", "file"],
)
def test_what_is_empty_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["upload", *arguments, "x.whl"])
    assert ended.value.code == 2
    assert "is empty; give it a value, or leave it out" in capsys.readouterr().err


@pytest.mark.loopback
def test_a_misspelt_setting_is_pointed_out(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write('regoin = "eu-central-1"\n')
    assert main(["upload", "--dry-run", str(build_wheel(tmp_path))]) == 0
    assert capsys.readouterr().err.startswith("warning: 'regoin' of [repositories.acme] in ")
    assert_whole(repository)


def _not_a_wheel(folder: Path) -> Path:
    path = folder / WHEEL
    path.write_bytes(b"<html>no such page</html>")
    return path


def _truncated(folder: Path) -> Path:
    path = build_wheel(folder)
    path.write_bytes(path.read_bytes()[:-100])
    return path


def _no_sdist(folder: Path) -> Path:
    path = folder / "demo-1.0.tar.gz"
    path.write_bytes(b"\x1f\x8b nonsense")
    return path


def _directory(folder: Path) -> Path:
    path = folder / WHEEL
    path.mkdir()
    return path


BAD_FILES: dict[str, Callable[[Path], Path]] = {
    "not a wheel": _not_a_wheel,
    "truncated wheel": _truncated,
    "another project": lambda folder: build_wheel(folder, metadata=build_metadata("other")),
    "another version": lambda folder: build_wheel(folder, metadata=build_metadata("demo", "2.0")),
    "no sdist": _no_sdist,
    "missing": lambda folder: folder / WHEEL,
    "a directory": _directory,
}


@pytest.mark.loopback
@pytest.mark.parametrize("make", BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_file_that_is_no_distribution_is_answered_with_a_sentence(
    repository: S3Bucket,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path], Path],
) -> None:
    good = build_wheel(tmp_path / "good", "good")
    (tmp_path / "bad").mkdir()
    bad = make(tmp_path / "bad")

    assert main(["upload", str(good), str(bad)]) == 1

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert bad.name in err
    assert_whole(repository)


@pytest.mark.loopback
def test_all_bad_files_are_named_at_once(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["upload", str(tmp_path / "one.whl"), str(tmp_path / "two.whl")])

    err = capsys.readouterr().err
    assert "one.whl" in err
    assert "two.whl" in err
    assert_whole(repository)


@pytest.mark.loopback
def test_a_record_that_is_not_json_is_left_alone(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = record_key(normalize("demo"))
    repository.create(key, b"<html>", RECORD_HEADERS)

    assert main(["upload", str(build_wheel(tmp_path))]) == 1

    assert key in capsys.readouterr().err
    found = repository.get(key)
    assert found is not None
    assert found.body == b"<html>"


@pytest.mark.loopback
def test_a_failure_after_the_first_write_says_what_is_there_and_what_is_not(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = build_wheel(tmp_path / "other", files={"more.py": b""})
    key = f"packages/demo/{WHEEL}"
    repository.create(key, other.read_bytes(), RECORD_HEADERS)
    wheel, good = build_wheel(tmp_path), build_wheel(tmp_path, "good")

    assert main(["upload", str(wheel), str(good)]) == 1

    out, err = capsys.readouterr()
    assert re.search(f"^{good.name} .* new$", out, re.MULTILINE)
    assert re.search(f"^{WHEEL} .* failed$", out, re.MULTILINE)
    assert WHEEL in err
    assert file_names(repository, "good") == {good.name}


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("environ", "options", "said"),
    [
        ({}, ["--repository-url", "s3://no-such-bucket"], "no-such-bucket"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, [], "secret"),
        ({"AWS_ACCESS_KEY_ID": "AKNOBODY"}, [], "access key"),
        ({}, ["--profile", "nobody"], "nobody"),
    ],
    ids=["no such bucket", "wrong secret", "unknown key", "unknown profile"],
)
def test_what_aws_refuses_is_answered_with_a_sentence(
    repository: S3Bucket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environ: dict[str, str],
    options: list[str],
    said: str,
) -> None:
    wheel = str(build_wheel(tmp_path))
    with monkeypatch.context() as changed:
        for name, value in environ.items():
            changed.setenv(name, value)
        assert main(["upload", *options, wheel]) == 1

    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert_whole(repository)


@pytest.mark.loopback
@pytest.mark.slow
def test_an_endpoint_that_refuses_is_named(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        assert main(["upload", "--endpoint-url", endpoint, str(build_wheel(tmp_path))]) == 1

    assert endpoint in capsys.readouterr().err
    assert_whole(repository)


@pytest.mark.loopback
def test_a_pattern_uploads_all_that_it_matches_and_says_what_it_passes_over(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = build_wheel(tmp_path / "dist")
    (tmp_path / "dist" / f"{wheel.name}.asc").touch()

    assert main(["upload", f"{tmp_path}/dist/*"]) == 0

    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert f"{wheel.name}.asc" in err
    assert_whole(repository, "demo")


@pytest.mark.loopback
def test_json_is_all_that_is_on_standard_output(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = build_wheel(tmp_path)
    assert main(["upload", "--json", "--verbose", str(wheel)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [(entry["filename"], entry["result"]) for entry in document["files"]] == [(wheel.name, "new")]
    assert document["bucket"] == repository.name

    other = build_wheel(tmp_path / "other", files={"more.py": b""})
    assert main(["upload", "--json", str(other)]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["errors"][0]["message"] in err


@pytest.mark.loopback
def test_verbose_says_where_it_goes_and_a_line_a_file(
    repository: S3Bucket, aws: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = build_wheel(tmp_path)
    assert main(["upload", "--verbose", str(wheel)]) == 0
    assert capsys.readouterr().err.splitlines() == [
        f"1 file to s3://{repository.name} (region us-east-1, endpoint {aws})",
        f"{wheel.name} ({wheel.stat().st_size} bytes): new",
    ]


@pytest.mark.loopback
def test_a_section_of_a_pypirc_is_uploaded_to(
    s3_bucket: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    create_repository(s3_bucket)
    pypirc = tmp_path / "pypirc"
    command = ["upload", "-r", "acme", "--config-file", str(pypirc), str(build_wheel(tmp_path))]

    assert main(command) == 1
    assert str(pypirc) in capsys.readouterr().err

    pypirc.write_text(f"[acme]\nrepository = s3://{s3_bucket.name}\n")
    assert main(command) == 0
    assert_whole(s3_bucket, "demo")


@pytest.mark.loopback
def test_a_readme_with_errors_stops_everything_before_anything_is_sent(
    repository: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(build_with_readme(tmp_path, "`x <y")), str(build_wheel(tmp_path, "good"))]

    assert main(["upload", *files]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert WHEEL in err
    assert "--no-check" in err
    assert_whole(repository)

    assert main(["upload", "--no-check", *files]) == 0
    assert_whole(repository, "demo", "good")


def test_ctrl_c_says_what_is_visible_and_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise UploadInterrupted([normalize("a")], [normalize("b")])

    assert run(interrupted) == 130
    said = capsys.readouterr().err
    assert "visible now: a" in said
    assert "hint: run the same command again" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["upload"], "FILE"),
        ([], "COMMAND"),
    ],
    ids=["no files", "no command"],
)
def test_wrong_usage_ends_with_2(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_no_target_ends_with_2_and_says_how_to_name_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["upload", str(build_wheel(tmp_path))]) == 2
    assert "s3://BUCKET" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["upload", "--help"]])
def test_help_loads_neither_boto3_nor_twine(arguments: list[str]) -> None:
    code = (
        "import json, sys\nfrom s3pypi_twine.__main__ import main\n"
        f"try:\n    main({arguments})\nexcept SystemExit:\n    print(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert loaded.isdisjoint({"boto3", "botocore", "twine", "requests", "packaging", "rich"})


@pytest.mark.loopback
def test_a_small_upload_loads_neither_rich_s_console_nor_twine(repository: S3Bucket, tmp_path: Path) -> None:
    code = (
        "import json, sys\nfrom s3pypi_twine.__main__ import main\n"
        f"assert main(['upload', {str(build_wheel(tmp_path))!r}]) == 0\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert loaded.isdisjoint({"twine", "rich.console", "docutils"})
    assert_whole(repository, "demo")


def test_it_is_a_module_that_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "s3pypi_twine", "upload", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    assert "s3://BUCKET" in done.stdout


@pytest.mark.parametrize("how", ["option", "environment"])
def test_who_is_not_interactive_is_asked_nothing(
    tmp_path: Path,
    profile_with_mfa: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    how: str,
) -> None:
    if how == "environment":
        monkeypatch.setenv("TWINE_NON_INTERACTIVE", "1")
    option = ["--non-interactive"] * (how == "option")
    target = ["--repository-url", "s3://acme-pypi", "--profile", profile_with_mfa, "--region", "eu-central-1"]

    assert main(["upload", *option, *target, str(build_wheel(tmp_path))]) == 1
    assert "asks for an MFA code" in capsys.readouterr().err
