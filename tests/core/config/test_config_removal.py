from __future__ import annotations

from pathlib import Path

import pytest

from s3pypi_core.config.config import ConfigError, Repository, remove_repository, write_repository
from s3pypi_core.config.config_edit import without_section
from s3pypi_core.config.config_file import parse_config

PATH = Path("config.toml")
FULL = """\
# mine
[repositories.first]
profile = "a"  # [not a section]

# about acme
[repositories."acme"]
url = "https://pypi.acme.com/simple/"
colour = "blue"

[repositories.acme.colours]
sky = "blue"

# about the last
[repositories.last]
profile = "c"

[repositories.arrays]
colours = [
  ["red"],
]
"""


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("first", FULL.replace('[repositories.first]\nprofile = "a"  # [not a section]\n\n', "")),
        (
            "acme",
            FULL.replace(
                '[repositories."acme"]\nurl = "https://pypi.acme.com/simple/"\ncolour = "blue"\n\n'
                '[repositories.acme.colours]\nsky = "blue"\n\n',
                "",
            ),
        ),
        ("last", FULL.replace('[repositories.last]\nprofile = "c"\n\n', "")),
    ],
)
def test_the_rest_stays_as_it_was_written(name: str, left: str) -> None:
    assert without_section(PATH, FULL.encode(), name) == left.encode()


@pytest.mark.parametrize("name", ["acme", "a.b", "ac me", 'a"b', "é", "["])
def test_what_was_added_can_be_removed(name: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FULL.replace("acme", "other"), encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    write_repository(path, Repository(name, url="https://pypi.acme.com/simple/"))
    remove_repository(path, name)
    assert path.read_text(encoding="utf-8") == f"{before}\n"


@pytest.mark.parametrize(
    "body",
    [
        "repositories = {acme = {}, other = {}}\n",
        "[repositories]\nacme = {}\n",
        '[repositories.acme]\nx = """\n[a]\n"""\n',
    ],
    ids=["inline", "table", "lines"],
)
def test_what_is_written_in_another_way_is_left_to_a_person(body: str) -> None:
    assert parse_config(PATH, body.encode())
    with pytest.raises(ConfigError, match=r"\[repositories.acme\] .* section of its own") as refused:
        without_section(PATH, body.encode(), "acme")
    assert refused.value.hint == "remove it with an editor"


def test_what_is_not_there_cannot_be_removed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not there"):
        remove_repository(tmp_path / "config.toml", "acme")


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FULL, encoding="utf-8")

    def refuse(*_arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ConfigError, match="cannot be written"):
        remove_repository(path, "acme")
    assert path.read_text(encoding="utf-8") == FULL
