from __future__ import annotations

from pathlib import Path

import pytest

from s3pypi_core.config.config import ConfigError, find_section, write_distribution
from s3pypi_core.config.config_edit import with_distribution
from s3pypi_core.config.config_file import parse_config

PATH = Path("config.toml")
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


def test_the_distribution_of_before_is_replaced_and_nothing_else() -> None:
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
def test_where_there_was_none_it_stands_below_the_header(before: str, after: str) -> None:
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
def test_what_is_written_in_another_way_is_left_to_a_person(body: str) -> None:
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
