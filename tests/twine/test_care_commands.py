"""What the commands that look and withdraw have in common, on the embedded server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from s3pypi_twine.__main__ import main
from tests.builders import build_wheel
from tests.repositories import assert_whole, publish, record_of
from tests.twine.cares import document, said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket


pytestmark = pytest.mark.loopback


@pytest.mark.usefixtures("filled")
def test_a_release_is_no_project(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["list"], ["prune", "--keep", "1"], ["status"]):
        rest = ["archived"] if command == ["status"] else []
        _, err = said(capsys, command[0], *command[1:], "demo==1.0", *rest, code=2)
        assert "demo==1.0 is a release" in err


def test_looking_asks_for_one_object_whatever_the_bucket_holds(asked: Callable[..., list[str]]) -> None:
    for option in ([], ["--json"]):
        assert asked("list", *option) == ["GET index.json"]
        assert asked("list", "demo", *option) == ["GET demo/index.json"]
        assert asked("show", "demo", *option) == ["GET demo/index.json"]
        assert asked("show", "demo==1.0", *option) == ["GET demo/index.json"]


def test_each_command_is_one_change_of_the_record_and_again_it_changes_nothing(
    filled: S3Bucket, tmp_path: Path, asked: Callable[..., list[str]]
) -> None:
    publish(filled, *[build_wheel(tmp_path, version=f"3.0.dev{build}") for build in range(3)])
    change = ["PUT demo/index.json", "PUT demo/index.html"]
    for command in (
        ["yank", "demo==1.0", "--reason", "broken"],
        ["unyank", "demo==1.0"],
        ["status", "demo", "deprecated", "--reason", "old"],
        ["status", "demo", "quarantined"],
        ["status", "demo", "active"],
        ["delete", "demo==2.0", "--yes"],
        ["undelete", "demo==2.0"],
        ["prune", "demo", "--keep", "1", "--yes"],
    ):
        assert [line for line in asked(*command) if line.startswith("PUT")] == change, command
        assert {line.partition(" ")[0] for line in asked(*command)} <= {"GET", "HEAD"}, command
    # The newest of all, and the newest final release.
    assert record_of(filled, "demo").versions == ["2.0", "3.0.dev2"]
    assert_whole(filled, "demo", "other")


@pytest.mark.usefixtures("filled")
def test_what_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    for command, message in (
        (["show", "demo==9.9"], "demo has no release 9.9"),
        (["show", "demos"], "there is no project named demos"),
        (["delete", "demo==9.9", "--yes"], "demo has no release 9.9"),
        (["yank", "nowhere==1.0"], "there is no project named nowhere"),
    ):
        assert message in said(capsys, *command, code=1)[1]
        told = document(capsys, *command, code=1)
        assert told["errors"][0]["message"].startswith(message)


def test_without_a_terminal_yes_is_needed(filled: S3Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["delete", "demo==1.0"], ["delete", "demo", "--all"], ["prune", "demo", "--keep", "1"]):
        out, err = said(capsys, *command, code=2)
        assert out == ""
        assert "give --yes" in err
    assert_whole(filled, "demo", "other")


@pytest.mark.parametrize(
    "arguments",
    [
        ["prune", "demo"],
        ["prune", "demo", "--keep", "-1"],
        ["prune", "demo", "--older-than", "90"],
        ["prune", "demo", "--keep", "1", "--older-than", "9d"],
        ["status", "demo", "closed"],
        ["yank", "demo==1.0", "--reason", ""],
        ["yank", "demo==1.0", "--reason", "\udcff"],
        ["yank", "demo==1.0", "--reason", "\x1b[2J"],
        ["status", "demo", "archived", "--reason", "moved\nerror: gone"],
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage:")


def test_where_it_goes_is_told_to_who_wants_to_hear(
    filled: S3Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
        config.write('regoin = "eu-central-1"\n')
    _, err = said(capsys, "list", "--verbose")
    assert "warning: 'regoin'" in err
    assert f"the repository is s3://{filled.name}" in err


@pytest.mark.parametrize("option", [[], ["--json"]], ids=["for people", "for scripts"])
def test_an_interrupted_command_says_how_it_is_finished(
    filled: S3Bucket, option: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_bucket: S3Bucket, _key: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("signal.signal", lambda _number, _action: None)  # the tests go on
    monkeypatch.setattr(type(filled), "delete", interrupt)
    out, err = said(capsys, "delete", "demo==1.0", "--yes", *option, code=130)
    assert err == "interrupted\nhint: run the same command again: it finishes what is left to do\n"
    assert [error["message"] for error in json.loads(out or "{}").get("errors", [])] == ["interrupted"] * len(
        option
    )
