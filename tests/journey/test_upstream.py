"""One index address for private and public projects, with the clients that people use."""

from __future__ import annotations

import base64
import contextlib
import http.client
import re
import shutil
import time
import uuid
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.builders import build_wheel
from tests.journey.environments import make_environment, serving
from tests.journey.public_index import public_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.journey.environments import Environment
    from tests.journey.public_index import PublicIndex

    Install = Callable[["Clients", "Project", int], str]

# They are one file, so that one worker runs them all: they share environments that take long to make.
pytestmark = [pytest.mark.loopback, pytest.mark.slow]

REFRESHED_AFTER = 2.5  # seconds, with --refresh 1
NONE: Mapping[str, str] = MappingProxyType({})


class Project(NamedTuple):
    """What a client is to install, and the folder where it does."""

    folder: Path
    name: str

    @property
    def site(self) -> Path:
        return self.folder / "site"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def forget_all_but_the_cache(self) -> None:
        for path in {*self.folder.iterdir()} - {self.cache}:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


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
    """A repository with an upstream: at another port of its own host, which tempts most, or elsewhere."""
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

    def run(
        self,
        tool: Environment,
        project: Project,
        *command: str,
        code: int,
        variables: Mapping[str, str] = NONE,
    ) -> str:
        """Run a tool in the project's folder, with the repository's variables, and its keyring on PATH."""
        # pip takes this for a wish to keep nothing, whatever its value.
        kept = {n: v for n, v in self.repository.variables.items() if n != "PIP_NO_CACHE_DIR"}
        environment = replace(self.repository, folder=project.folder, variables=kept)
        return environment.run(str(tool.programs / command[0]), *command[1:], code=code, **variables)


@pytest.fixture
def clients(repository: Environment, uv: Environment, poetry: Environment, public: PublicIndex) -> Clients:
    public.asked.clear()
    return Clients(repository, uv, poetry)


def pip_with_credentials_in_the_url(clients: Clients, project: Project, code: int) -> str:
    return _pip(clients, project, clients.url(f"local:{clients.token}@"), code)


def pip_with_a_keyring(clients: Clients, project: Project, code: int) -> str:
    return _pip(clients, project, clients.url(), code, {"PIP_KEYRING_PROVIDER": "import"})


def _pip(clients: Clients, project: Project, url: str, code: int, variables: Mapping[str, str] = NONE) -> str:
    options = ("--no-input", "--index-url", url, "--target", str(project.site))
    command = ("pip", "install", *options, project.name)
    own = {**variables, "PIP_CACHE_DIR": str(project.cache)}
    return clients.run(clients.repository, project, *command, code=code, variables=own)


def uv_with_credentials_in_the_url(clients: Clients, project: Project, code: int) -> str:
    return _uv(clients, project, clients.url(f"local:{clients.token}@"), code)


def uv_with_a_keyring(clients: Clients, project: Project, code: int) -> str:
    return _uv(clients, project, clients.url("local@"), code, variables={"UV_KEYRING_PROVIDER": "subprocess"})


def uv_that_asks_each_time(clients: Clients, project: Project, code: int) -> str:
    url = clients.url(f"local:{clients.token}@")
    return _uv(clients, project, url, code, 'cache-control = { api = "no-cache" }')


def _uv(
    clients: Clients,
    project: Project,
    url: str,
    code: int,
    setting: str = "",
    variables: Mapping[str, str] = NONE,
) -> str:
    text = f'[[index]]\nurl = "{url}"\ndefault = true\n{setting}\n'
    (project.folder / "uv.toml").write_text(text, encoding="utf-8")
    options = ("--config-file", "uv.toml", "--python", str(clients.uv.programs / "python"))
    command = ("uv", "pip", "install", *options, "--target", str(project.site), project.name)
    own = {**variables, "UV_CACHE_DIR": str(project.cache)}
    return clients.run(clients.uv, project, *command, code=code, variables=own)


def poetry_with_configured_credentials(clients: Clients, project: Project, code: int) -> str:
    variables = {
        "POETRY_HTTP_BASIC_ACME_USERNAME": "local",
        "POETRY_HTTP_BASIC_ACME_PASSWORD": clients.token,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    return _poetry(clients, project, code, variables)


def poetry_with_a_keyring(clients: Clients, project: Project, code: int) -> str:
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


def _poetry(clients: Clients, project: Project, code: int, variables: Mapping[str, str] = NONE) -> str:
    text = POETRY_PROJECT.format(name=project.name, url=clients.url())
    (project.folder / "pyproject.toml").write_text(text, encoding="utf-8")
    own = {
        **variables,
        "POETRY_VIRTUALENVS_IN_PROJECT": "true",
        "POETRY_CACHE_DIR": str(project.cache),
        "POETRY_CONFIG_DIR": str(project.folder / "config"),
    }
    command = ("poetry", "--no-interaction")
    said = clients.run(clients.poetry, project, *command, "lock", code=code, variables=own)
    if code == 0:
        clients.run(clients.poetry, project, *command, "sync", code=0, variables=own)
        (packages,) = (project.folder / ".venv" / "lib").glob("python3.*/site-packages")
        project.site.symlink_to(packages)
    return said


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
    assert public.sees_no_credentials(clients.token)


@each_client
def test_a_reserved_name_that_is_absent_is_not_found_although_strangers_have_it(
    clients: Clients, public: PublicIndex, tmp_path: Path, install: Install
) -> None:
    said = install(clients, Project(tmp_path, "acme-absent"), 1)

    assert "acme-absent" in said
    assert public.asked == []


@each_client
def test_an_upstream_that_asks_for_credentials_gets_none(
    clients: Clients,
    public: PublicIndex,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    install: Install,
) -> None:
    monkeypatch.setattr(public, "is_closed", True)

    install(clients, Project(tmp_path, "public-lib"), 1)

    assert {asked.path for asked in public.asked} == {"/simple/public-lib/"}
    assert public.sees_no_credentials(clients.token)


@pytest.mark.parametrize(
    "install",
    [pip_with_credentials_in_the_url, uv_that_asks_each_time, poetry_with_configured_credentials],
    ids=lambda install: install.__name__.replace("_", " "),
)
def test_a_project_that_is_published_later_wins_from_then_on(
    clients: Clients, public: PublicIndex, tmp_path: Path, install: Install
) -> None:
    name = f"late-{uuid.uuid4().hex}"
    build_wheel(public.folder, name, "99.0")
    project = Project(tmp_path / "project", name)
    project.folder.mkdir()
    install(clients, project, 0)
    clients.repository.run("s3twine", "upload", str(build_wheel(tmp_path, name, "1.0")))
    project.forget_all_but_the_cache()
    public.asked.clear()

    install(clients, project, 0)

    (module,) = project.site.glob("late_*.py")
    assert module.read_text(encoding="utf-8") == "VERSION = '1.0'\n"
    assert public.asked == []


def test_the_public_index_would_have_noticed_credentials(public: PublicIndex) -> None:
    for headers in ({"Authorization": "Basic eDp5"}, {"X-Other": "s3p_secret"}):
        public.asked.clear()
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", public.port)) as connection:
            connection.request("GET", "/simple/none/", headers=headers)
            assert connection.getresponse().status == 404
        assert not public.sees_no_credentials("s3p_secret")


def test_a_user_who_may_not_see_a_name_is_not_sent_upstream_for_it(
    clients: Clients, public: PublicIndex, tmp_path: Path
) -> None:
    repository = clients.repository
    repository.run("s3pypi-admin", "user", "add", "guest", "--projects", "inhouse")
    created = repository.run("s3pypi-admin", "token", "create", "guest", "--expires", "1d")
    (token,) = re.findall(r"^s3p_\S+$", created, re.MULTILINE)
    time.sleep(REFRESHED_AFTER)
    url = clients.url(f"guest:{token}@")

    _pip(clients, Project(tmp_path, "inhouse"), url, 0)
    said = _pip(clients, Project(tmp_path, "public-lib"), url, 1)

    assert "No matching distribution found for public-lib" in said
    assert public.asked == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("public-lib/", 302),
        ("public-lib/public_lib-1.0-py3-none-any.whl", 404),
        ("public-lib/public_lib-1.0-py3-none-any.whl.metadata", 404),
        ("inhouse/", 200),
        ("inhouse/inhouse-99.0-py3-none-any.whl", 404),
        ("acme-absent/", 404),
        ("", 200),
    ],
)
def test_only_the_page_of_a_missing_project_is_a_redirect(clients: Clients, path: str, status: int) -> None:
    url = urlsplit(clients.url())
    encoded = base64.b64encode(f"local:{clients.token}".encode()).decode()
    with contextlib.closing(http.client.HTTPConnection(url.netloc, timeout=30)) as connection:
        connection.request("GET", f"{url.path}{path}", headers={"Authorization": f"Basic {encoded}"})
        answer = connection.getresponse()
        assert answer.status == status
        assert (answer.getheader("location") is not None) is (status == 302)
