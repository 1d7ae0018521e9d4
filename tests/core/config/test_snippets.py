from __future__ import annotations

import configparser
import re
import subprocess
from pathlib import Path

import pytest

from s3pypi_core.config.config_file import parse_config
from s3pypi_core.config.snippets import CLIENTS, SHELL, Part, parts, snippet, source_name
from s3pypi_core.config.target import Target
from s3pypi_core.errors import UsageError

URL = "https://pypi.acme.com/simple/"
TARGET = Target("acme-pypi", region="eu-central-1")
CLIENTS_PAGE = Path(__file__).resolve().parents[2] / "docs" / "clients.md"


def test_a_snippet_names_each_place_and_its_lines() -> None:
    assert snippet("pip", URL) == (
        "# shell\n"
        "pipx install keyring && pipx inject keyring s3twine\n"
        "pip config set global.index-url https://pypi.acme.com/simple/\n"
        "pip config set global.keyring-provider subprocess\n"
    )


def test_a_client_that_nobody_knows_is_a_sentence() -> None:
    with pytest.raises(UsageError) as refused:
        snippet("conda", URL)
    assert str(refused.value) == (
        "there is no snippet for 'conda'\n"
        "there is one for: pip, uv, poetry, pdm, pipenv, hatch, tox, docker, twine"
    )


@pytest.mark.parametrize("client", CLIENTS)
def test_files_are_what_their_names_say(client: str) -> None:
    for place, lines in parts(client, URL, TARGET):
        if place.endswith((".toml", "Pipfile")):
            assert parse_config(Path(place), lines.encode()) == ()  # it is TOML, and not our own
        elif place.endswith((".ini", ".pypirc")):
            configparser.ConfigParser().read_string(lines)
        else:
            assert place in {SHELL, "Dockerfile"}


@pytest.mark.parametrize("client", CLIENTS)
def test_nothing_is_left_to_fill_in(client: str) -> None:
    lines = snippet(client, URL, TARGET)
    assert not re.search(r"\b(BUCKET|ACCOUNT|NAME|URL|HOST|REGION)\b|<[a-z]+>|\.\.\.", lines)
    assert (URL in lines) != ("s3://acme-pypi\n" in lines)


def test_what_uploads_needs_a_bucket_and_gets_all_that_is_known_of_it() -> None:
    with pytest.raises(UsageError, match=f"the bucket that uploads for {URL} go to is not known"):
        parts("twine", URL)
    target = Target("acme-pypi", "eu-central-1", "ops", "https://me:secret@s3.example.com")
    (_, section, _) = parts("twine", URL, target)
    assert section.lines == (
        "[pypi-acme-com]\nrepository = s3://acme-pypi\nregion = eu-central-1\nprofile = ops\n"
        "endpoint_url = https://s3.example.com\n"
    )


@pytest.mark.parametrize("client", CLIENTS)
def test_every_line_for_a_shell_is_one(client: str) -> None:
    for place, lines in parts(client, URL, TARGET):
        if place == SHELL:
            subprocess.run(["sh", "-n", "-c", lines], check=True)


@pytest.mark.parametrize("client", CLIENTS)
def test_no_user_name_is_in_any_address(client: str) -> None:
    assert "@" not in snippet(client, URL, TARGET)


@pytest.mark.parametrize("client", CLIENTS)
def test_the_document_shows_the_same_lines(client: str) -> None:
    section = CLIENTS_PAGE.read_text(encoding="utf-8").split(f"\n## {client}\n")[1].split("\n## ")[0]
    for part in parts(client, URL, TARGET):
        assert block(part) in section


def block(part: Part) -> str:
    """How the document shows it."""
    kinds = {".toml": "toml", "Pipfile": "toml", ".ini": "ini", ".pypirc": "ini", "Dockerfile": "dockerfile"}
    (kind,) = [kind for end, kind in kinds.items() if part.place.endswith(end)] or ["sh"]
    where = "In a shell" if part.place == SHELL else f"In `{part.place}`"
    return f"{where}:\n\n```{kind}\n{part.lines}```\n"


@pytest.mark.parametrize("url", [URL, "http://127.0.0.1:8080/simple/"])
def test_the_name_of_a_source_is_one_of_a_section_too(url: str) -> None:
    assert parse_config(Path("config.toml"), f"[repositories.{source_name(url)}]".encode())
