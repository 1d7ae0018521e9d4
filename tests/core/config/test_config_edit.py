"""What changes one section of a configuration file, and leaves the rest as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3pypi_core.config.config import (
    ConfigError,
    Repository,
    find_section,
    remove_repository,
    write_distribution,
    write_repository,
)
from s3pypi_core.config.config_edit import with_distribution, without_section
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
OLD = """\
# mine
[repositories.first]
distribution = "E1FIRST"

[repositories.acme.colours]
distribution = "E1COLOUR"

# about acme
[ repositories . "acme" ]  # [ours]
url = "https://pypi.acme.com/simple/"
  'distribution' = 'E2OLD' # of the spring

[repositories.last]
distribution = "E3LAST"
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
def test_a_section_that_is_written_in_another_way_is_left_to_a_person(body: str) -> None:
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


def test_an_earlier_distribution_is_replaced_and_nothing_else() -> None:
    after = with_distribution(PATH, OLD.encode(), "acme", "E2NEW")
    assert after.decode() == OLD.replace("'E2OLD'", '"E2NEW"')


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            '[repositories.acme]\nbucket = "acme"\n[repositories.b]\ndistribution = "E1BBB"\n',
            '[repositories.acme]\ndistribution = "E2NEW"\nbucket = "acme"\n'
            '[repositories.b]\ndistribution = "E1BBB"\n',
            id="another one below",
        ),
        pytest.param(
            '[repositories.acme]\nbucket = "acme"',
            '[repositories.acme]\ndistribution = "E2NEW"\nbucket = "acme"',
            id="no end of line",
        ),
        pytest.param("[repositories.acme]", '[repositories.acme]\ndistribution = "E2NEW"\n', id="empty"),
        pytest.param(
            '\ufeff[repositories.acme]\r\nbucket = "acme"\r\n',
            '\ufeff[repositories.acme]\r\ndistribution = "E2NEW"\r\nbucket = "acme"\r\n',
            id="of Windows",
        ),
    ],
)
def test_a_first_distribution_stands_below_the_header(before: str, after: str) -> None:
    assert with_distribution(PATH, before.encode(), "acme", "E2NEW").decode() == after


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param('[repositories.b]\nbucket = "bbb"\n', id="another section"),
        pytest.param('repositories = {acme = {bucket = "acme"}}\n', id="inline"),
        pytest.param('[repositories]\nacme.bucket = "acme"\n', id="table"),
        pytest.param('[repositories.acme]\nx = """\ndistribution = "E1"\n"""\n', id="lines"),
    ],
)
def test_a_distribution_of_a_section_that_is_written_in_another_way_is_left_to_a_person(body: str) -> None:
    parse_config(PATH, body.encode())
    with pytest.raises(ConfigError, match=r"\[repositories.acme\] .* section of its own") as refused:
        with_distribution(PATH, body.encode(), "acme", "E2NEW")
    assert refused.value.hint == 'write distribution = "E2NEW" there with an editor'


def test_it_is_written_where_the_section_is_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "site"))
    user, site = (tmp_path / name / "s3pypi" / "config.toml" for name in ("user", "site"))
    for path, section in ((user, "mine"), (site, "acme")):
        path.parent.mkdir(parents=True)
        path.write_text(f'[repositories.{section}]\nbucket = "acme"\n')
    found = find_section({}, "acme")
    assert found
    assert found[0] == site
    write_distribution(found[0], "acme", "E2NEW")
    assert find_section({}, "acme") == (site, parse_config(site, site.read_bytes())[0])
    assert site.read_text() == '[repositories.acme]\ndistribution = "E2NEW"\nbucket = "acme"\n'
    assert find_section({"S3PYPI_CONFIG": str(tmp_path / "none.toml")}, "acme") is None
