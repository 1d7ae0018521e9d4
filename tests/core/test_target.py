from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core.config import Config, Repository
from s3pypi_core.errors import UsageError
from s3pypi_core.pypirc import UnreadablePypirc
from s3pypi_core.target import Target, find_target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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


def test_an_address_needs_no_configuration_and_beats_a_name(tmp_path: Path) -> None:
    assert find(tmp_path, ACME, repository="acme", address="s3://other-pypi/") == Target("other-pypi")


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
    "content",
    [b"repository = s3://x-y-z", b"[a]\n[a]\npassword = hunter2", b"[a]\npassword = \xff"],
    ids=["no section", "section twice", "not UTF-8"],
)
def test_a_pypirc_that_cannot_be_read_is_named_without_what_it_holds(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".pypirc").write_bytes(content)
    with pytest.raises(UnreadablePypirc, match=r"\.pypirc cannot be read") as caught:
        find(tmp_path, repository="acme")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "https://upload.pypi.org/legacy/",
        "s3://bucket/prefix",
        "s3://",
        "s3://UPPER",
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
