from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s3pypi_core.config.config import Repository, read_config
from s3pypi_core.config.snippets import CLIENTS, snippet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.keyring.conftest import Run

URL = "https://pypi.acme.com/simple/"


def test_an_address_becomes_a_section(run: Run, config_file: Path) -> None:
    outcome = run("add", "https://pypi.acme.com/simple", "--auth", "aws", "--name", "acme")
    assert outcome == (0, f"added [repositories.acme] to {config_file}\n", "")
    assert read_config({"S3PYPI_CONFIG": str(config_file)}).repositories == (
        Repository("acme", url=URL, auth="aws"),
    )


def test_without_a_name_it_is_called_after_its_host_and_who_logs_in_is_told_how(
    run: Run, config_file: Path
) -> None:
    outcome = run("add", URL)
    assert outcome.out == f"added [repositories.pypi-acme-com] to {config_file}\n"
    assert outcome.err == "next: s3pypi-keyring login pypi-acme-com\n"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        pytest.param(URL, "is configured already, as 'acme'", id="there"),
        pytest.param("acme", "'acme' is not an address", id="a name"),
        pytest.param("https://alice:secret@pypi.acme.com/", "not the address of a repo", id="user"),
        pytest.param("http://eu.acme.com/simple/", "over the network in clear", id="clear"),
    ],
)
def test_what_cannot_be_added_changes_nothing(url: str, sentence: str, run: Run, config_file: Path) -> None:
    run("add", URL, "--name", "acme")
    before = config_file.read_bytes()
    outcome = run("add", url)
    assert (outcome.code, outcome.out) == (2, "")
    assert sentence in outcome.err
    assert "secret" not in outcome.err
    assert config_file.read_bytes() == before


@pytest.mark.parametrize("text", ["acme", URL])
def test_a_repository_is_removed_by_its_name_or_its_address(text: str, run: Run, config_file: Path) -> None:
    run("add", URL, "--name", "acme")
    outcome = run("remove", text)
    assert outcome.out == f"removed [repositories.acme] from {config_file}\n"
    assert outcome.err == f"to forget its credentials too: s3pypi-keyring logout {URL}\n"
    assert config_file.read_bytes() == b""


def test_so_is_one_that_has_no_address(run: Run, config_file: Path) -> None:
    config_file.write_text('[repositories.acme]\nbucket = "acme-pypi"\n', encoding="utf-8")
    assert run("remove", "acme") == (0, f"removed [repositories.acme] from {config_file}\n", "")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("acme", "no repository is called 'acme'", id="name"),
        pytest.param(URL, "is not there", id="address"),
    ],
)
def test_what_is_not_configured_cannot_be_removed(
    text: str, sentence: str, run: Run, config_file: Path
) -> None:
    assert config_file.read_bytes() == b""
    outcome = run("remove", text)
    assert outcome.code != 0
    assert sentence in outcome.err


@pytest.mark.parametrize("client", [client for client in CLIENTS if client != "twine"])
def test_a_snippet_is_for_the_only_repository_unless_another_is_named(
    client: str, run: Run, config_file: Path
) -> None:
    assert config_file.read_bytes() == b""
    assert run("snippet", client, URL).out == snippet(client, URL)
    run("add", URL)
    assert run("snippet", client).out == snippet(client, URL)
    run("add", "https://eu.acme.com/simple/", "--name", "eu")
    assert run("snippet", client, "eu").out == snippet(client, "https://eu.acme.com/simple/")
    outcome = run("snippet", client)
    assert (outcome.code, outcome.out) == (2, "")
    assert "configured: pypi-acme-com, eu" in outcome.err


def test_the_snippet_of_what_uploads_names_the_bucket_of_the_section(run: Run, config_file: Path) -> None:
    outcome = run("snippet", "twine", URL)
    assert (outcome.code, outcome.out) == (2, "")
    assert f"the bucket that uploads for {URL} go to is not known" in outcome.err
    section = f'[repositories.acme]\nurl = "{URL}"\nbucket = "acme-pypi"\nregion = "eu-central-1"\n'
    config_file.write_text(section, encoding="utf-8")
    assert "repository = s3://acme-pypi\nregion = eu-central-1\n" in run("snippet", "twine").out


@pytest.mark.usefixtures("config_file")
def test_a_snippet_for_nothing_is_a_question(run: Run) -> None:
    assert "configured: none" in run("snippet", "pip").err
