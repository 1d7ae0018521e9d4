from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3pypi_core.config.config import (
    Config,
    ConfigError,
    Repository,
    config_paths,
    config_warnings,
    read_config,
    token_variable,
    write_repository,
)
from s3pypi_core.config.config_file import parse_config
from s3pypi_core.config.config_paths import cache_folder
from s3pypi_core.origin import Origin

FULL = """
[repositories.acme]
url = "https://pypi.acme.com/simple/"
bucket = "acme-pypi"
region = "eu-central-1"
profile = "acme"
endpoint_url = "http://127.0.0.1:9000"
auth = "aws"
distribution = "E2EXAMPLE1ABCD"
allow_bare_host = true
colour = "blue"

[repositories.other]
bucket = "other"
"""
ACME = Repository(
    name="acme",
    url="https://pypi.acme.com/simple/",
    bucket="acme-pypi",
    region="eu-central-1",
    profile="acme",
    endpoint_url="http://127.0.0.1:9000",
    auth="aws",
    distribution="E2EXAMPLE1ABCD",
    allow_bare_host=True,
)


@pytest.fixture
def user_file() -> Path:
    """The user's own file, in a folder that is there."""
    path = config_paths({})[0]
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def site_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file for everyone on the machine, in a folder that is there."""
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "site"))
    path = config_paths({})[1]
    path.parent.mkdir(parents=True)
    return path


def test_every_setting_of_a_section_is_read_and_settings_of_later_versions_are_left_alone(
    user_file: Path,
) -> None:
    user_file.write_text(FULL, encoding="utf-8")
    assert read_config({}) == Config(user_file, (ACME, Repository("other", bucket="other")))


def test_no_file_is_no_repositories(tmp_path: Path) -> None:
    assert read_config({}) == Config(tmp_path / "home" / ".config" / "s3pypi" / "config.toml")


def test_an_empty_file_is_no_repositories(user_file: Path) -> None:
    user_file.touch()
    assert read_config({}).repositories == ()


def test_the_current_directory_is_never_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text(FULL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert read_config({}).repositories == ()


def test_a_section_of_the_users_file_wins_over_the_same_one_of_the_site(
    user_file: Path, site_file: Path
) -> None:
    site_file.write_text(FULL, encoding="utf-8")
    user_file.write_text('[repositories.acme]\nbucket = "mine"\n', encoding="utf-8")
    assert read_config({}).repositories == (
        Repository("acme", bucket="mine"),
        Repository("other", bucket="other"),
    )


def test_the_file_that_the_environment_names_is_the_only_one(tmp_path: Path, user_file: Path) -> None:
    user_file.write_text(FULL, encoding="utf-8")
    named = tmp_path / "named.toml"
    named.write_text("[repositories.mine]\n", encoding="utf-8")
    assert read_config({"S3PYPI_CONFIG": str(named)}) == Config(named, (Repository("mine"),))


@pytest.mark.parametrize("home", ["/home/alice", "", "relative"])
@pytest.mark.parametrize("user", [None, "", "/config", "relative"])
@pytest.mark.parametrize("sites", [None, "", "/site", "/one:/two", "relative:/two"])
def test_the_folders_are_those_of_platformdirs(
    home: str, user: str | None, sites: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", home)
    for name, value in (("XDG_CONFIG_HOME", user), ("XDG_CONFIG_DIRS", sites)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    assert config_paths({}) == (
        platformdirs.user_config_path("s3pypi", appauthor=False) / "config.toml",
        platformdirs.site_config_path("s3pypi", appauthor=False) / "config.toml",
    )


@pytest.mark.parametrize("home", ["/home/alice", "", "relative"])
@pytest.mark.parametrize("cache", [None, "", "/cache", "relative"])
def test_the_cache_is_where_platformdirs_says(
    home: str, cache: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", home)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if cache is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
    assert cache_folder() == platformdirs.user_cache_path("s3pypi", appauthor=False)


def test_an_empty_variable_names_no_file() -> None:
    assert config_paths({"S3PYPI_CONFIG": ""}) == config_paths({})


def test_a_repository_is_found_by_its_name() -> None:
    config = Config(Path("config.toml"), (ACME,))
    assert config.named("acme") is ACME
    assert config.named("acm") is None


def test_a_repository_has_an_origin_where_it_has_an_address() -> None:
    assert ACME.origin == Origin("https", "pypi.acme.com", 443)
    assert Repository("other").origin is None


def test_a_byte_order_mark_is_ignored(user_file: Path) -> None:
    user_file.write_bytes(b"\xef\xbb\xbf" + FULL.encode())
    assert read_config({}).named("acme") == ACME


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("[repositories", "is not TOML", id="not TOML"),
        pytest.param("repositories = 1", "`repositories` is not a table", id="not a table"),
        pytest.param("repositories = [1]", "`repositories` is not a table", id="a list"),
        pytest.param('[repositories]\nacme = "x"', "[repositories.acme] in", id="not a section"),
        pytest.param('[repositories.""]', "[repositories.] in", id="no name"),
        pytest.param("[repositories.acme]\nbucket = 1", "bucket must be text", id="a number"),
        pytest.param('[repositories.acme]\nbucket = ""', "bucket is empty", id="empty"),
        pytest.param(
            '[repositories.acme]\nbucket = "s3://acme"', "bucket = 's3://acme' names no", id="address"
        ),
        pytest.param('[repositories.acme]\nregion = "é\\u0007"', "region must be text", id="a bell"),
        pytest.param('[repositories.acme]\nregion = "a\\nb"', "region must be text", id="two lines"),
        pytest.param(
            '[repositories.acme]\ndistribution = "d1.cloudfront.net"',
            "is not the id of a CloudFront distribution",
            id="no distribution",
        ),
        pytest.param(
            '[repositories.acme]\nallow_bare_host = "no"', "is neither true nor false", id="not a switch"
        ),
        pytest.param('[repositories.acme]\nauth = "magic"', "auth = 'magic' is unknown", id="unknown auth"),
        pytest.param('[repositories.acme]\nurl = "s3://acme"', "url is not an http", id="not http"),
        pytest.param('[repositories.acme]\nurl = "pypi.acme.com"', "url is not an http", id="bare host"),
        pytest.param('[repositories.acme]\nurl = "https://a b/"', "url is not an http", id="a space"),
        pytest.param(
            '[repositories.acme]\nurl = "https://alice:hunter2@x/"', "url is not an http", id="userinfo"
        ),
        pytest.param(
            "[repositories.acme-eu]\n[repositories.acme_EU]",
            "[repositories.acme_EU] in",
            id="one variable for two",
        ),
    ],
)
def test_what_cannot_be_used_is_an_error_that_names_the_file(
    text: str, problem: str, user_file: Path
) -> None:
    user_file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_config({})
    assert str(user_file) in caught.value.message
    assert problem in caught.value.message
    assert caught.value.hint
    assert "hunter2" not in str(caught.value)


def test_what_this_version_does_not_know_is_a_warning(user_file: Path, site_file: Path) -> None:
    user_file.write_text(f"version = 2\n[repository.x]\n{FULL}", encoding="utf-8")
    site_file.write_text('[repositories.site]\nbukket = "acme"\n', encoding="utf-8")
    assert [warning.partition(" is not known to this version")[0] for warning in config_warnings({})] == [
        f"'version' in {user_file}",
        f"'repository' in {user_file}",
        f"'colour' of [repositories.acme] in {user_file}",
        f"'bukket' of [repositories.site] in {site_file}",
    ]


def test_what_is_known_and_what_is_not_there_is_no_warning(user_file: Path) -> None:
    assert config_warnings({}) == []
    user_file.write_text('[repositories.acme]\nbucket = "acme"\n', encoding="utf-8")
    assert config_warnings({}) == []


def test_a_file_that_is_not_utf8_is_an_error(user_file: Path) -> None:
    user_file.write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigError, match="is not TOML"):
        read_config({})


def test_names_of_two_files_may_not_share_a_variable_either(user_file: Path, site_file: Path) -> None:
    user_file.write_text("[repositories.acme-eu]", encoding="utf-8")
    site_file.write_text("[repositories.acme_eu]", encoding="utf-8")
    with pytest.raises(ConfigError, match="S3PYPI_ACME_EU_TOKEN would be the token of both"):
        read_config({})


def test_a_missing_file_that_the_environment_names_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        read_config({"S3PYPI_CONFIG": str(tmp_path / "missing.toml")})


def test_a_folder_in_place_of_the_file_is_an_error(user_file: Path) -> None:
    user_file.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config({})


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("acme", "S3PYPI_ACME_TOKEN"),
        ("acme-eu", "S3PYPI_ACME_EU_TOKEN"),
        ("Acme.2", "S3PYPI_ACME_2_TOKEN"),
        ("straße", "S3PYPI_STRA_E_TOKEN"),
    ],
)
def test_a_token_variable_is_the_name_in_capitals(name: str, variable: str) -> None:
    assert token_variable(name) == variable


LINE = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.isprintable)


@given(name=st.text(st.characters(codec="utf-8"), min_size=1), profile=LINE)
def test_a_section_reads_back_as_it_was_written(name: str, profile: str) -> None:
    repository = Repository(name, profile=profile)
    assert parse_config(Path("config.toml"), repository.to_toml().encode()) == (repository,)


@pytest.mark.parametrize("before", ["", "# mine\n", "# mine", FULL.replace(".acme", ".first")])
def test_writing_appends_and_leaves_what_was_there(before: str, user_file: Path) -> None:
    user_file.write_text(before, encoding="utf-8")
    user_file.chmod(0o640)
    write_repository(user_file, ACME)
    assert user_file.read_text(encoding="utf-8").startswith(before)
    assert read_config({}).named("acme") == ACME
    assert user_file.stat().st_mode & 0o777 == 0o640
    assert list(user_file.parent.iterdir()) == [user_file]


def test_writing_makes_the_file_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "config.toml"
    write_repository(path, ACME)
    assert read_config({"S3PYPI_CONFIG": str(path)}).repositories == (ACME,)


def test_writing_through_a_link_keeps_the_link(tmp_path: Path, user_file: Path) -> None:
    user_file.symlink_to(tmp_path / "dotfiles.toml")
    write_repository(user_file, ACME)
    assert user_file.is_symlink()
    assert read_config({}).repositories == (ACME,)


@pytest.mark.parametrize(
    ("before", "problem"),
    [
        (FULL, "is there already"),
        ("[repositories.ACME]", r"cannot stand beside \[repositories.ACME\]"),
        ("[broken", "is not TOML"),
        ("repositories = {}", "is not TOML"),
    ],
    ids=["taken", "variable taken", "broken", "closed table"],
)
def test_what_cannot_be_appended_changes_nothing(before: str, problem: str, user_file: Path) -> None:
    user_file.write_text(before, encoding="utf-8")
    with pytest.raises(ConfigError, match=problem):
        write_repository(user_file, ACME)
    assert user_file.read_text(encoding="utf-8") == before


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be written"):
        write_repository(tmp_path / "file" / "config.toml", ACME)
