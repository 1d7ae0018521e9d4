from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
import threading
from pathlib import Path

import pytest

from s3pypi_core.errors import RepositoryError
from s3pypi_edge.tokens import token_id
from s3pypi_serve import data_folder
from s3pypi_serve.data_folder import NotOurs, open_data_folder


def refuse(path: Path, sentence: str, kind: type[RepositoryError] = RepositoryError) -> None:
    with pytest.raises(kind, match=sentence), open_data_folder(path):
        raise AssertionError("it was opened")  # pragma: no cover  # what must not happen


def test_a_new_folder_gets_secrets_that_only_its_owner_can_read(tmp_path: Path) -> None:
    with open_data_folder(tmp_path / "a" / "b") as folder:
        assert folder.path == tmp_path / "a" / "b"
        assert token_id(folder.token) == "local"
        assert all(folder.keys)
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700
    marker = tmp_path / "a" / "b" / "s3pypi-serve.json"
    assert stat.S_IMODE(marker.stat().st_mode) == 0o600


def test_secrets_are_kept_and_every_folder_has_its_own(tmp_path: Path) -> None:
    with open_data_folder(tmp_path / "one") as first:
        pass
    with open_data_folder(tmp_path / "one") as again, open_data_folder(tmp_path / "two") as other:
        assert (again.keys, again.token) == (first.keys, first.token)
        assert not {*other.keys, other.token} & {*first.keys, first.token}


def test_an_empty_folder_that_is_there_will_do(tmp_path: Path) -> None:
    with open_data_folder(tmp_path) as folder:
        assert folder.path == tmp_path


def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_data_folder(Path("data")) as folder:
        assert folder.environment == tmp_path / "data" / "environment"


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("chapter 1")
    refuse(tmp_path, "is not a data folder of s3pypi-serve: it is not empty", NotOurs)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param("{", "s3pypi-serve.json is damaged", id="not JSON"),
        pytest.param("[]", "s3pypi-serve.json is damaged", id="a list"),
        pytest.param('{"version": 1}', "s3pypi-serve.json is damaged", id="no keys"),
        pytest.param('{"version": 2}', "s3pypi-serve.json was written by another version", id="version 2"),
    ],
)
def test_a_marker_that_cannot_be_used_is_refused(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "s3pypi-serve.json").write_text(content)
    refuse(tmp_path, sentence, NotOurs)


def test_a_folder_is_used_by_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folder, "_LOCKED_WITHIN", 0.2)
    with open_data_folder(tmp_path):
        refuse(tmp_path, "is in use by another s3pypi-serve")
    with open_data_folder(tmp_path):
        pass


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refuse(tmp_path / "file", "cannot be used: File exists")
    refuse(tmp_path / "file" / "below", "cannot be used: Not a directory")


def test_without_a_path_the_folder_is_temporary() -> None:
    with open_data_folder(None) as folder:
        assert json.loads((folder.path / "s3pypi-serve.json").read_text())["version"] == 1
    assert not folder.path.exists()


def test_a_folder_that_is_given_up_within_seconds_is_waited_for(tmp_path: Path) -> None:
    with contextlib.ExitStack() as first:
        first.enter_context(open_data_folder(tmp_path))
        timer = threading.Timer(0.5, first.close)
        timer.start()
        with open_data_folder(tmp_path) as second:
            assert second.path == tmp_path
        timer.join()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        pytest.param("co,mma", "takes a comma in its name for the end of it", id="comma"),
        pytest.param("d\udcffx", "its name is not text in this locale", id="undecodable"),
    ],
)
def test_a_name_that_the_s3_server_cannot_use_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    refuse(tmp_path / name, sentence)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o775, 0o757], ids=["group", "everybody"])
def test_a_folder_in_which_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(mode)
    refuse(tmp_path / "data", "other users can write in it\nchmod go-w ")
    assert list((tmp_path / "data").iterdir()) == []


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    refuse(tmp_path, "it belongs to another user")


def test_a_current_directory_that_is_gone_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    refuse(Path("data"), "data cannot be found: the current directory has been removed")
    monkeypatch.chdir(tmp_path)


def test_temporary_folders_of_programs_that_were_killed_are_removed_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with open_data_folder(tmp_path / "s3pypi-serve-killed"):
        pass
    (tmp_path / "s3pypi-serve-thesis").mkdir()
    with (
        open_data_folder(tmp_path / "s3pypi-serve-running") as running,
        open_data_folder(None) as ours,
    ):
        assert {*tmp_path.iterdir()} == {running.path, ours.path, tmp_path / "s3pypi-serve-thesis"}
