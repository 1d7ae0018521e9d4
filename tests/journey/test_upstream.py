"""One index address for private and public projects, with the clients that people use."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.builders import build_wheel
from tests.journey.environments import make_environment, serving
from tests.journey.public_index import PublicIndex, public_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.journey.environments import Environment

# They are one file, so that one worker runs them all: they share environments that take long to make.
pytestmark = [pytest.mark.loopback, pytest.mark.slow]


class Project(NamedTuple):
    """Where a client installs to, and what it is to install there."""

    folder: Path
    name: str

    @property
    def site(self) -> Path:
        return self.folder / "site"


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublicIndex]:
    """The public index: one honest project, and two that bear names of ours."""
    folder = tmp_path_factory.mktemp("public")
    for name, version in [("public-lib", "1.0"), ("inhouse", "99.0"), ("acme-absent", "1.0")]:
        build_wheel(folder, name, version)
    with public_index(folder) as index:
        yield index


@pytest.fixture(scope="module", params=["127.0.0.1", "localhost"], ids=["same host", "another host"])
def repository(
    request: pytest.FixtureRequest,
    tools: Environment,
    public: PublicIndex,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Environment]:
    """A repository with an upstream: at another port of its own host, which is the hardest, or elsewhere."""
    dist = tmp_path_factory.mktemp("private")
    files = [
        build_wheel(dist, "acme-app", "1.0", requires=["public-lib", "inhouse"]),
        build_wheel(dist, "inhouse", "1.0"),
    ]
    with serving(tools, "--upstream", public.url(request.param), "--reserve", "acme-*") as served:
        served.run("s3twine", "upload", *map(str, files))
        yield served


@pytest.fixture(scope="module")
def uv(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return make_environment(tmp_path_factory.mktemp("uv"), "uv")


@pytest.fixture(scope="module")
def poetry(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    return make_environment(tmp_path_factory.mktemp("poetry"), "poetry", str(wheel))


class Clients(NamedTuple):
    """What the ways to install need."""

    repository: Environment
    uv: Environment
    poetry: Environment

    def url(self, userinfo: str = "") -> str:
        url = urlsplit(self.repository.variables["S3PYPI_URL"])
        return url._replace(netloc=f"{userinfo}{url.netloc}").geturl()

    @property
    def token(self) -> str:
        return self.repository.variables["S3PYPI_TOKEN"]

    def run(self, tool: Environment, project: Project, *command: str, code: int = 0, **variables: str) -> str:
        """Run a tool in the project's folder, with the repository's variables and the tool's programs."""
        environment = replace(self.repository, folder=project.folder)
        return environment.run(str(tool.programs / command[0]), *command[1:], code=code, **variables)


@pytest.fixture
def clients(repository: Environment, uv: Environment, poetry: Environment, public: PublicIndex) -> Clients:
    public.asked.clear()
    return Clients(repository, uv, poetry)


def pip_with_credentials_in_the_url(clients: Clients, project: Project, code: int = 0) -> str:
    options = ("--no-input", "--index-url", clients.url(f"local:{clients.token}@"))
    command = ("pip", "install", *options, "--target", str(project.site), project.name)
    return clients.run(clients.repository, project, *command, code=code)


def pip_with_a_keyring(clients: Clients, project: Project, code: int = 0) -> str:
    command = ("pip", "install", "--no-input", "--index-url", clients.url(), "--target", str(project.site))
    variables = {"PIP_KEYRING_PROVIDER": "import"}
    return clients.run(clients.repository, project, *command, project.name, code=code, **variables)


def uv_with_credentials_in_the_url(clients: Clients, project: Project, code: int = 0) -> str:
    return _uv(clients, project, clients.url(f"local:{clients.token}@"), code)


def uv_with_a_keyring(clients: Clients, project: Project, code: int = 0) -> str:
    return _uv(clients, project, clients.url("local@"), code, UV_KEYRING_PROVIDER="subprocess")


def _uv(clients: Clients, project: Project, url: str, code: int, **variables: str) -> str:
    command = ("uv", "pip", "install", "--no-config", "--no-cache", "--default-index", url)
    target = ("--python", str(clients.uv.programs / "python"), "--target", str(project.site))
    return clients.run(clients.uv, project, *command, *target, project.name, code=code, **variables)


def poetry_with_configured_credentials(clients: Clients, project: Project, code: int = 0) -> str:
    credentials = {
        "POETRY_HTTP_BASIC_ACME_USERNAME": "local",
        "POETRY_HTTP_BASIC_ACME_PASSWORD": clients.token,
    }
    return _poetry(
        clients, project, code, PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring", **credentials
    )


def poetry_with_a_keyring(clients: Clients, project: Project, code: int = 0) -> str:
    return _poetry(clients, project, code)


POETRY_PROJECT = """
[project]
name = "example"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["{name}"]

[tool.poetry]
package-mode = false

[[tool.poetry.source]]
name = "acme"
url = "{url}"
priority = "primary"
"""


def _poetry(clients: Clients, project: Project, code: int, **variables: str) -> str:
    text = POETRY_PROJECT.format(name=project.name, url=clients.url())
    (project.folder / "pyproject.toml").write_text(text, encoding="utf-8")
    variables |= {
        "POETRY_VIRTUALENVS_IN_PROJECT": "true",
        "POETRY_CACHE_DIR": str(project.folder / "cache"),
        "POETRY_CONFIG_DIR": str(project.folder / "config"),
    }
    said = clients.run(clients.poetry, project, "poetry", "--no-interaction", "lock", code=code, **variables)
    if code == 0:
        said += clients.run(clients.poetry, project, "poetry", "--no-interaction", "sync", **variables)
        (packages,) = (project.folder / ".venv" / "lib").glob("python3.*/site-packages")
        project.site.symlink_to(packages)
    return said


Install = Callable[[Clients, Project, int], str] if TYPE_CHECKING else None
each_client = pytest.mark.parametrize(
    "install",
    [
        pip_with_credentials_in_the_url,
        pip_with_a_keyring,
        uv_with_credentials_in_the_url,
        uv_with_a_keyring,
        poetry_with_configured_credentials,
        poetry_with_a_keyring,
    ],
    ids=lambda install: install.__name__.replace("_", " "),
)


@each_client
def test_a_private_project_installs_with_its_public_dependency(
    clients: Clients, public: PublicIndex, tmp_path: Path, install: Install
) -> None:
    project = Project(tmp_path, "acme-app")

    install(clients, project, 0)

    assert {path.stem for path in project.site.glob("*.py")} >= {"acme_app", "public_lib", "inhouse"}
    # The public project of that name has version 99.0.
    assert (project.site / "inhouse.py").read_text(encoding="utf-8") == "VERSION = '1.0'\n"
    assert {asked.path for asked in public.asked} == {
        "/simple/public-lib/",
        "/files/public_lib-1.0-py3-none-any.whl",
    }
    assert [
        asked for asked in public.asked if clients.token in str(asked) or "authorization" in asked.headers
    ] == []
