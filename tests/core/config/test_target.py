from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from s3pypi_core.config.config import Config, Repository
from s3pypi_core.config.pypirc import UnreadablePypirc
from s3pypi_core.config.target import Target, find_target
from s3pypi_core.errors import RepositoryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

ACME = Repository("acme", "https://pypi.acme.com/simple/", "acme-pypi", "eu-central-1", "acme")
LAB = Repository("lab", bucket="lab-pypi", endpoint_url="http://127.0.0.1:9000")
READERS_ONLY = Repository("other", "https://pypi.example.com/simple/")
PYPIRC = """\
[distutils]
index-servers = pypi old

[pypi]
username = __token__
password = 100%secret

[old]
repository = s3://old-pypi
region = us-west-2
profile = old
endpoint_url = https://s3.example.com
"""


def find(
    tmp_path: Path,
    *repositories: Repository,
    repository: str | None = None,
    address: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Target:
    """Call ``find_target`` with what a command has."""
    return find_target(
        repository=repository,
        address=address,
        config=Config(tmp_path / "config.toml", repositories),
        environ=environ or {},
        pypirc=tmp_path / ".pypirc",
    )


def test_a_name_means_its_section(tmp_path: Path) -> None:
    target = find(tmp_path, ACME, LAB, repository="acme")
    assert target == Target("acme-pypi", "eu-central-1", "acme", None, "https://pypi.acme.com/simple/")


def test_the_distribution_of_a_section_comes_along(tmp_path: Path) -> None:
    served = Repository("acme", bucket="acme-pypi", distribution="E2EXAMPLE1ABCD")
    assert find(tmp_path, served).distribution == "E2EXAMPLE1ABCD"


def test_an_address_needs_no_configuration(tmp_path: Path) -> None:
    assert find(tmp_path, ACME, address="s3://other-pypi/") == Target("other-pypi")


def test_a_name_and_an_address_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'acme' and s3://other-pypi are two places"):
        find(tmp_path, ACME, repository="acme", address="s3://other-pypi")


@pytest.mark.parametrize(
    ("environ", "bucket"),
    [
        ({"TWINE_REPOSITORY": "lab"}, "lab-pypi"),
        ({"TWINE_REPOSITORY_URL": "s3://env-pypi"}, "env-pypi"),
        ({"TWINE_REPOSITORY": "lab", "TWINE_REPOSITORY_URL": "s3://env-pypi"}, "env-pypi"),
    ],
    ids=["name", "address", "both"],
)
def test_the_environment_speaks_when_no_option_does(
    tmp_path: Path, environ: dict[str, str], bucket: str
) -> None:
    assert find(tmp_path, ACME, LAB, environ=environ).bucket == bucket
    assert find(tmp_path, ACME, LAB, repository="acme", environ=environ).bucket == "acme-pypi"


def test_the_only_repository_with_a_bucket_is_meant(tmp_path: Path) -> None:
    assert find(tmp_path, ACME, READERS_ONLY).bucket == "acme-pypi"


def test_a_section_of_pypirc_is_found_by_its_name(tmp_path: Path) -> None:
    (tmp_path / ".pypirc").write_text(PYPIRC)
    expected = Target("old-pypi", "us-west-2", "old", "https://s3.example.com")
    assert find(tmp_path, ACME, repository="old") == expected
    assert find(tmp_path) == expected


def test_config_toml_wins_over_pypirc(tmp_path: Path) -> None:
    (tmp_path / ".pypirc").write_text("[acme]\nrepository = s3://old-pypi\n")
    assert find(tmp_path, ACME).bucket == "acme-pypi"


@pytest.mark.parametrize(
    "address",
    [
        "https://upload.pypi.org/legacy/",
        "s3://bucket/prefix",
        "s3://",
        "s3://UPPER",
        "s3://s3://acme-pypi",
        "s3://acme..pypi",
        "s3://192.168.5.4",
        f"s3://{'x' * 64}",
        "s3://bucket?x",
        "acme-pypi",
        "s3://x\n",
    ],
)
def test_an_address_that_is_no_bucket_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(UsageError, match="not the address of a bucket"):
        find(tmp_path, address=address)


@pytest.mark.parametrize(
    ("repositories", "name", "said"),
    [
        ((), None, "s3://BUCKET"),
        ((READERS_ONLY,), "other", "s3://BUCKET"),
        ((ACME, LAB), None, "acme, lab"),
        ((ACME, LAB), "labb", "acme, lab"),
    ],
    ids=["nothing", "no bucket", "two", "misspelt"],
)
def test_what_is_not_clear_is_asked_with_what_there_is(
    tmp_path: Path, repositories: tuple[Repository, ...], name: str | None, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        find(tmp_path, *repositories, repository=name)


def test_options_override_the_section() -> None:
    target = Target("acme-pypi", "eu-central-1", "acme", None, "https://pypi.acme.com/simple/")
    overridden = target.override(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    assert overridden == Target("acme-pypi", "us-east-1", "acme", "http://127.0.0.1:1", target.url)
    assert target.override() == target


def test_it_says_where_it_is_and_how_it_is_reached() -> None:
    assert str(Target("acme-pypi")) == "s3://acme-pypi"
    target = Target("acme-pypi", "eu-central-1", "acme", "http://user:secret@127.0.0.1:1")
    assert str(target) == ("s3://acme-pypi (region eu-central-1, profile acme, endpoint http://127.0.0.1:1)")


def write_pypirc(tmp_path: Path, *lines: str, address: str = "s3://acme-pypi/") -> None:
    """Write a .pypirc with one section, acme."""
    (tmp_path / ".pypirc").write_text("\n".join(["[acme]", f"repository = {address}", *lines, ""]))


def test_the_files_complete_each_other(tmp_path: Path) -> None:
    write_pypirc(tmp_path, "region = us-west-2", "profile = old", "endpoint_url = https://s3.example.com")
    ours = Repository("acme", "https://pypi.acme.com/simple/", region="eu-central-1", profile="acme")
    expected = Target("acme-pypi", "eu-central-1", "acme", "https://s3.example.com", ours.url)
    assert find(tmp_path, ours) == expected


def test_what_pypirc_says_of_another_bucket_does_not_count(tmp_path: Path) -> None:
    write_pypirc(tmp_path, "region = us-west-2", address="s3://old-pypi")
    assert find(tmp_path, Repository("acme", bucket="acme-pypi")) == Target("acme-pypi")


def test_a_section_with_a_wrong_address_is_in_nobodys_way_but_its_own(tmp_path: Path) -> None:
    write_pypirc(tmp_path, address="s3://bucket/prefix")
    assert find(tmp_path, LAB, repository="lab").bucket == "lab-pypi"
    with pytest.raises(RepositoryError, match=r"\[acme\] in .*\.pypirc: 's3://bucket/prefix' is not"):
        find(tmp_path, LAB, repository="acme")


def _not_utf8(path: Path) -> None:
    path.write_bytes(b"[a]\npassword = \xff")


@pytest.mark.parametrize("make", [_not_utf8, os.mkdir, os.mkfifo], ids=["not UTF-8", "a folder", "a pipe"])
def test_a_broken_pypirc_is_in_the_way_only_where_it_is_needed(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / ".pypirc")
    assert find(tmp_path, ACME, LAB, repository="lab").bucket == "lab-pypi"
    assert find(tmp_path, address="s3://acme-pypi").bucket == "acme-pypi"
    for repositories, name in [((ACME,), None), ((READERS_ONLY,), "other"), ((ACME,), "old")]:
        with pytest.raises(UnreadablePypirc, match=r"\.pypirc cannot be read"):
            find(tmp_path, *repositories, repository=name)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"AWS_DEFAULT_REGION": "us-east-1"}, "us-east-1"),
        ({"AWS_REGION": "us-east-2", "AWS_DEFAULT_REGION": "us-east-1"}, "us-east-2"),
        ({"AWS_REGION": ""}, "eu-central-1"),
    ],
    ids=["AWS_DEFAULT_REGION", "AWS_REGION", "empty"],
)
def test_the_environment_says_the_region(tmp_path: Path, environ: dict[str, str], expected: str) -> None:
    assert find(tmp_path, ACME, environ=environ).region == expected


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"AWS_ENDPOINT_URL": "http://all"}, "http://all"),
        ({"AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_S3": "http://s3"}, "http://s3"),
        ({"AWS_ENDPOINT_URL": "http://all", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, LAB.endpoint_url),
    ],
    ids=["of all services", "of S3", "to be ignored"],
)
def test_the_environment_says_the_endpoint(tmp_path: Path, environ: dict[str, str], expected: str) -> None:
    assert find(tmp_path, LAB, environ=environ).endpoint_url == expected


@pytest.mark.parametrize(
    "variable", ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"]
)
def test_a_profile_of_the_configuration_does_not_silence_credentials_of_the_environment(
    tmp_path: Path, variable: str
) -> None:
    target = find(tmp_path, ACME, environ={variable: "of-the-environment"})
    assert target.profile is None
    assert target.override(profile="option").profile == "option"


def _region_of(client: S3Client) -> object:
    return client.meta.region_name


def _endpoint_of(client: S3Client) -> object:
    return client.meta.endpoint_url


def _profile_of(client: S3Client) -> object:
    """The access key of each profile is its name."""
    return vars(client)["_request_signer"]._credentials.access_key


def write_aws_files(tmp_path: Path, default: Mapping[str, str]) -> None:
    """Write the AWS configuration: ``default`` for everybody, and a profile named after each place."""
    (tmp_path / "aws").write_text("\n".join(["[default]", *(f"{k} = {v}" for k, v in default.items())]))
    keys = {"default": "boto3", **{place: place for place in PLACES}}
    (tmp_path / "credentials").write_text(
        "".join(
            f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = secret\n"
            for name, key in keys.items()
        )
    )


# From strongest to weakest: every setting is looked for here, and the first that has it wins.
PLACES = ("option", "environment", "config-toml", "pypirc", "boto3")


@pytest.mark.parametrize("strongest", PLACES)
@pytest.mark.parametrize(
    ("setting", "variable", "value", "found"),
    [
        ("region", "AWS_DEFAULT_REGION", "{}-1", _region_of),
        ("endpoint_url", "AWS_ENDPOINT_URL_S3", "http://{}.example.com", _endpoint_of),
        ("profile", "AWS_PROFILE", "{}", _profile_of),
    ],
    ids=["region", "endpoint", "profile"],
)
def test_option_environment_config_toml_pypirc_boto3(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    variable: str,
    value: str,
    found: Callable[[S3Client], object],
    strongest: str,
) -> None:
    said = {place: value.format(place) for place in PLACES[PLACES.index(strongest) :]}
    default = {"region": "us-east-1"} | ({} if setting == "profile" else {setting: said["boto3"]})
    write_aws_files(tmp_path, default)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    if "environment" in said:
        monkeypatch.setenv(variable, said["environment"])
    write_pypirc(tmp_path, *([f"{setting} = {said['pypirc']}"] if "pypirc" in said else []))
    settings: Any = {setting: said["config-toml"]} if "config-toml" in said else {}
    options = {setting: said["option"]} if "option" in said else {}

    target = find(tmp_path, Repository("acme", **settings), environ=os.environ).override(**options)

    assert found(target.open().client) == said[strongest]


@pytest.mark.parametrize("strongest", PLACES[:4])
def test_the_bucket_too_is_looked_for_in_this_order(tmp_path: Path, strongest: str) -> None:
    said = {place: f"{place}-pypi" for place in PLACES[PLACES.index(strongest) :]}
    write_pypirc(tmp_path, address="s3://pypirc-pypi")
    environ = {"TWINE_REPOSITORY_URL": "s3://environment-pypi"} if "environment" in said else {}
    address = "s3://option-pypi" if "option" in said else None

    target = find(
        tmp_path, Repository("acme", bucket=said.get("config-toml")), address=address, environ=environ
    )

    assert target.bucket == said[strongest]


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        (None, "https://bob:hunter2@pypi.acme.com/"),
        (None, "s3://AKID:hunter2@acme-pypi"),
        (None, "s3://AKID:hun/ter2@acme-pypi"),
        (None, "bob:hunter2@acme-pypi"),
        ("https://bob:hunter2@pypi.acme.com/", None),
        ("https://bob:hunter2@pypi.acme.com/", "s3://AKID:hunter2@acme-pypi"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_without_its_password(
    tmp_path: Path, repository: str | None, address: str | None
) -> None:
    with pytest.raises(RepositoryError) as refused:
        find(tmp_path, ACME, repository=repository, address=address)
    assert "ter2" not in str(refused.value)


def test_an_address_of_pypirc_is_told_without_its_password(tmp_path: Path) -> None:
    (tmp_path / ".pypirc").write_text("[old]\nrepository = s3://AKID:hunter2@acme-pypi\n")
    with pytest.raises(RepositoryError) as refused:
        find(tmp_path, repository="old")
    assert "hunter2" not in str(refused.value)
