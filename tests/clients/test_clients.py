"""Each client, for real: with a token, with AWS credentials, and for who was revoked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s3pypi_core.repository import create_repository
from tests.builders import build_wheel
from tests.clients.bench import OURS
from tests.clients.client import check_barred, check_revoked, check_session, check_token
from tests.clients.installers import DOCKER, PIP, UV
from tests.clients.project_tools import PROJECT_TOOLS
from tests.clients.scene import open_scene
from tests.clients.yanked import INDEX, INSTALLERS, REASON, install, withdrawn
from tests.indexes import serving
from tests.journey.environments import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket
    from tests.clients.bench import Bench
    from tests.clients.client import Client
    from tests.clients.shop import Shop
    from tests.clients.yanked import Installer

# They are one file, so that one worker runs them all: they share a server and environments.
pytestmark = [
    pytest.mark.clients,
    pytest.mark.loopback,
    pytest.mark.slow,
]

CLIENTS = [*PIP, *UV, *PROJECT_TOOLS]


@pytest.mark.parametrize("client", [*CLIENTS, DOCKER], ids=str)
def test_a_client_installs_with_a_token(client: Client, bench: Bench, shop: Shop, tmp_path: Path) -> None:
    check_token(client, bench, shop, tmp_path)


@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_a_client_installs_with_aws_credentials(
    client: Client, bench: Bench, shop: Shop, tmp_path: Path
) -> None:
    check_session(client, bench, shop, tmp_path)


@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_a_client_says_what_is_wrong_for_a_revoked_user(
    client: Client, bench: Bench, shop: Shop, tmp_path: Path
) -> None:
    check_revoked(client, bench, shop, tmp_path)


@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_a_client_shows_why_there_is_no_session(
    client: Client, bench: Bench, shop: Shop, tmp_path: Path
) -> None:
    check_barred(client, bench, shop, tmp_path)


def test_twine_uploads(bench: Bench, shop: Shop, tmp_path: Path) -> None:
    path = bench.path(("twine", OURS), ("twine",))
    scene = replace(open_scene(tmp_path / "run", shop.url, [path], shop.publisher), bucket=shop.bucket)
    scene.write("twine", {})
    build_wheel(scene.project / "dist", "acme-new", "1.0")

    outcome = scene.run(scene.shell("twine"), [])

    assert outcome.code == 0, outcome.output
    assert "acme-new==1.0" in outcome.output


@pytest.mark.parametrize("client", CLIENTS, ids=str)
def test_the_document_says_what_was_run_here(client: Client) -> None:
    commands = ", ".join(f"`{line}`" for line in client.command.splitlines())
    page = (PROJECT / "docs" / "clients.md").read_text(encoding="utf-8")
    assert f"\n| {client} | {commands} | {client.lookups} |\n" in page


@pytest.mark.parametrize("form", INDEX)
@pytest.mark.parametrize("installer", INSTALLERS, ids=lambda installer: installer.name)
def test_a_yanked_release_is_passed_over_unless_it_is_pinned(
    bench: Bench, s3_bucket: S3Bucket, tmp_path: Path, installer: Installer, form: str
) -> None:
    create_repository(s3_bucket)
    programs = bench.environment(installer.name)
    with serving(withdrawn(s3_bucket, tmp_path)) as host:
        url = f"{host}/{form}/simple/"
        chosen, said = install(installer, programs, url, "demo", tmp_path / "any")
        assert (chosen, REASON in said) == ("1.0", False), said
        chosen, said = install(installer, programs, url, "demo==2.0", tmp_path / "pinned")
        assert (chosen, REASON in said) == ("2.0", True), said
