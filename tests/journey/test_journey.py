"""The whole way, for real: built wheel, real pip, real keyring, real S3 protocol, real handler."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import time
import urllib.error
import urllib.request
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from s3pypi_deploy.edge_zip import build_zip, code_hash
from s3pypi_deploy.export import write_export
from s3pypi_deploy.templates import bucket_template
from tests.builders import build_sdist, build_wheel
from tests.deploy.places import NOW, TRIAL, settings
from tests.journey.environments import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journey.environments import Environment

# They are one file, so that one worker runs them all: they share environments that take long to make.
pytestmark = [pytest.mark.loopback, pytest.mark.slow]

JSON = "application/vnd.pypi.simple.v1+json"
REVOKED_AFTER = 2.5  # seconds, with --refresh 1


@pytest.fixture(scope="session")
def published(served: Environment, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The repository with two projects, one of which depends on the other."""
    dist = tmp_path_factory.mktemp("published")
    files = [
        build_wheel(dist, "acme-lib", "1.0"),
        build_sdist(dist, "acme-lib", "1.0"),
        build_wheel(dist, "acme-app", "1.0", requires=["acme-lib>=1.0"]),
    ]
    output = served.run("s3twine", "upload", *map(str, files))
    assert f"pip install --index-url {served.variables['S3PYPI_URL']} acme-app==1.0" in output
    again = served.run("s3twine", "upload", *map(str, files))
    assert "Nothing to do" in again
    return served


def get(url: str, credentials: str = "", accept: str = "*/*") -> tuple[int, str]:
    """Status and body of a GET."""
    request = urllib.request.Request(url, headers={"Accept": accept})  # noqa: S310  # the test's own address
    if credentials:
        encoded = base64.b64encode(credentials.encode()).decode()
        request.add_header("Authorization", f"Basic {encoded}")
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310  # likewise
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_pip_installs_with_a_keyring_that_it_imports(published: Environment, tmp_path: Path) -> None:
    published.run(
        *("pip", "install", "--no-input", "--index-url", published.variables["S3PYPI_URL"]),
        *("--target", str(tmp_path / "site"), "acme-app"),
        PIP_KEYRING_PROVIDER="import",
    )
    assert (tmp_path / "site" / "acme_lib.py").exists()


@pytest.mark.parametrize("options", [[], ["--no-input"], ["--no-binary", "acme-lib"]], ids=str)
def test_pip_installs_with_a_keyring_on_path(
    published: Environment, clean: Environment, tmp_path: Path, options: list[str]
) -> None:
    path = f"{published.programs}:{published.variables['PATH']}"
    client = published.with_variables(PATH=path, PIP_KEYRING_PROVIDER="subprocess")
    client.run(
        *(str(clean.programs / "pip"), "install", "--index-url", published.variables["S3PYPI_URL"], *options),
        *("--target", str(tmp_path / "site"), "acme-app"),
    )
    assert (tmp_path / "site" / "acme_lib.py").exists()


def test_a_stranger_is_asked_for_credentials(published: Environment) -> None:
    assert get(published.variables["S3PYPI_URL"])[0] == 401


def test_the_index_is_json_for_those_who_ask(published: Environment) -> None:
    url, token = published.variables["S3PYPI_URL"], published.variables["S3PYPI_TOKEN"]

    status, page = get(f"{url}acme-lib/", f"local:{token}", JSON)

    document: dict[str, Any] = json.loads(page)
    assert status == 200
    assert document["meta"] == {"api-version": "1.4"}
    assert [file["filename"] for file in document["files"]] == [
        "acme_lib-1.0-py3-none-any.whl",
        "acme_lib-1.0.tar.gz",
    ]


def test_who_is_removed_is_refused(published: Environment) -> None:
    url = f"{published.variables['S3PYPI_URL']}acme-lib/"
    published.run("s3pypi-admin", "user", "add", "guest", "--projects", "acme-*")
    created = published.run("s3pypi-admin", "token", "create", "guest", "--expires", "1d")
    (token,) = re.findall(r"^s3p_\S+$", created, re.MULTILINE)
    time.sleep(REVOKED_AFTER)
    assert get(url, f"guest:{token}")[0] == 200
    assert get(published.variables["S3PYPI_URL"], f"guest:{token}")[0] == 404

    published.run("s3pypi-admin", "token", "revoke", token.split("_")[1])
    time.sleep(REVOKED_AFTER)

    assert get(url, f"guest:{token}")[0] == 401


def test_a_password_works_until_its_user_is_removed(published: Environment) -> None:
    url = f"{published.variables['S3PYPI_URL']}acme-lib/"
    published.run("s3pypi-admin", "user", "add", "alice", "--password-stdin", stdin="a:pässword\n")
    time.sleep(REVOKED_AFTER)
    assert get(url, "alice:a:pässword")[0] == 200

    published.run("s3pypi-admin", "user", "remove", "alice")
    time.sleep(REVOKED_AFTER)

    assert get(url, "alice:a:pässword")[0] == 401


def test_who_logs_in_once_is_never_asked_again(published: Environment, tmp_path: Path) -> None:
    url, token = published.variables["S3PYPI_URL"], published.variables["S3PYPI_TOKEN"]
    names = {"HOME", "PATH", "PIP_CONFIG_FILE"}
    variables = {name: value for name, value in published.variables.items() if name in names}
    person = type(published)(published.folder, {**variables, "HOME": str(tmp_path)})

    person.run("s3pypi-keyring", "login", url, "--password-stdin", stdin=f"{token}\n")
    person.run(
        *("pip", "install", "--no-input", "--index-url", url, "--target", str(tmp_path / "site"), "acme-app"),
        PIP_KEYRING_PROVIDER="import",
    )
    assert (tmp_path / "site" / "acme_lib.py").exists()
    assert token not in person.run("s3pypi-keyring", "status")

    person.run("s3pypi-keyring", "logout", url)
    person.run(
        *("pip", "download", "--no-input", "--index-url", url, "acme-app"),
        PIP_KEYRING_PROVIDER="import",
        code=1,
    )


def test_one_command_each_uploads_and_installs_without_any_setting(
    tools: Environment, tmp_path: Path
) -> None:
    wheel = build_wheel(tmp_path, "acme-lib", "1.0")
    serve = ["python", "-m", "s3pypi_serve", "--data", str(tmp_path / "data"), "--port", "0", "--"]

    tools.run(*serve, "s3twine", "upload", str(wheel))
    install = f'pip install --target {tmp_path}/site --index-url "$S3PYPI_URL" acme-lib'
    tools.run(*serve, "sh", "-c", install)

    assert (tmp_path / "site" / "acme_lib.py").exists()


def test_everything_runs_from_the_wheel(tools: Environment) -> None:
    packages = ["edge", "core", "keyring", "twine", "admin", "deploy", "serve", "cloudformation"]
    code = "; ".join(f"import s3pypi_{name}; print(s3pypi_{name}.__file__)" for name in packages)
    for path in tools.run("python", "-c", code).split():
        assert path.startswith(str(tools.folder))


def test_the_function_has_the_same_zip_from_the_wheel_and_from_the_checkout(tools: Environment) -> None:
    config = {"bucket": "acme-pypi", "region": "eu-central-1", "realm": "Acme", "hosts": ["pypi.acme.com"]}
    code = "from s3pypi_deploy.edge_zip import build_zip, code_hash; "
    code += f"body = build_zip({config!r}); "
    code += "import hashlib; print(code_hash(body), hashlib.sha256(body).hexdigest())"
    body = build_zip(config)
    assert tools.run("python", "-c", code).split() == [code_hash(body), hashlib.sha256(body).hexdigest()]


def test_an_export_is_the_same_bytes_from_the_wheel_and_from_the_checkout(
    tools: Environment, tmp_path: Path
) -> None:
    wanted = (*TRIAL, "--bucket", "acme-wheels")
    said = tools.run("s3pypi-deploy", "export", str(tmp_path / "wheel"), *wanted)
    files = write_export(settings(*wanted), tmp_path / "checkout", NOW)
    names = [path.relative_to(tmp_path / "checkout") for path in files]
    assert {"cdn.yaml", "edge.zip", "deploy.sh"} <= {str(name) for name in names}
    assert said.splitlines() == [str(tmp_path / "wheel" / name) for name in names]
    for name, path in zip(names, files, strict=True):
        assert (tmp_path / "wheel" / name).read_bytes() == path.read_bytes(), name


def test_the_templates_are_in_the_wheel(tools: Environment) -> None:
    code = "from s3pypi_deploy import templates; print(templates.bucket_template('acme-wheels'), end='')"
    assert tools.run("python", "-c", code) == bucket_template("acme-wheels")


@pytest.mark.parametrize(
    "program", ["s3twine", "s3pypi-keyring", "s3pypi-admin", "s3pypi-deploy", "s3pypi-serve"]
)
def test_every_program_is_there_under_both_names(tools: Environment, program: str) -> None:
    module = {"s3twine": "s3pypi_twine"}.get(program, program.replace("-", "_"))
    assert program in tools.run(program, "--help")
    assert "usage:" in tools.run("python", "-m", module, "--help")


def test_the_wheel_holds_the_source_roots_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    roots = ("cloudformation", "edge", "src")
    packages = {folder.name for root in roots for folder in (PROJECT / root).glob("s3pypi_*")}
    assert tops - {f"{wheel.name.rsplit('-', 3)[0]}.dist-info"} == packages


def test_the_readme_opens_with_commands_that_work() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    first = re.findall(r"```console\n(.*?)```", readme, re.DOTALL)[0]
    assert first.split("\n") == ["$ make demo", "$ make test", ""]
    assert "\nmake test\n" in (PROJECT / ".ci" / "run").read_text(encoding="utf-8")

    shown = subprocess.run(["make", "demo"], cwd=PROJECT, capture_output=True, text=True, check=False)

    assert shown.returncode == 0, shown.stdout + shown.stderr
    (folder,) = set(re.findall(r"s3pypi-demo-\w+", shown.stdout))
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert folder not in running.stdout


@pytest.fixture(scope="session")
def yanked(served: Environment, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The repository with a project whose newest release is yanked."""
    dist = tmp_path_factory.mktemp("yanked")
    files = [build_wheel(dist, "acme-yank", version) for version in ("1.0", "1.1")]
    served.run("s3twine", "upload", *map(str, files))
    said = served.run("s3twine", "yank", "acme-yank==1.1", "--reason", "loses data")
    assert said == "acme-yank==1.1 (1 file) is yanked: loses data\n"
    return served


# PEP 592: "An installer MUST ignore yanked releases, if the selection constraints can be satisfied with a
# non-yanked version, and MAY refuse to use a yanked release even if it means that the request cannot be
# satisfied at all." A pin to the yanked one is such a constraint.
chosen = pytest.mark.parametrize(
    ("wanted", "version"), [("", "1.0"), ("==1.1", "1.1")], ids=["any release", "pinned"]
)


@chosen
def test_pip_passes_over_what_is_yanked(
    yanked: Environment, tmp_path: Path, wanted: str, version: str
) -> None:
    report = tmp_path / "report.json"
    said = yanked.run(
        *("pip", "install", "--no-input", "--dry-run", "--index-url", yanked.variables["S3PYPI_URL"]),
        *("--report", str(report), f"acme-yank{wanted}"),
        PIP_KEYRING_PROVIDER="import",
    )
    assert [item["metadata"]["version"] for item in json.loads(report.read_text())["install"]] == [version]
    assert ("loses data" in said) == (version == "1.1")


@chosen
def test_uv_passes_over_what_is_yanked(
    yanked: Environment, clients: Environment, wanted: str, version: str
) -> None:
    said = clients.run(
        *("uv", "pip", "compile", "--no-cache", "--no-config", "-"),
        stdin=f"acme-yank{wanted}\n",
        UV_INDEX_URL=with_credentials(yanked),
    )
    assert f"acme-yank=={version}\n" in said


@chosen
def test_poetry_passes_over_what_is_yanked(
    yanked: Environment, clients: Environment, tmp_path: Path, wanted: str, version: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.10"\n'
        f'dependencies = ["acme-yank{wanted}"]\n[tool.poetry]\npackage-mode = false\n'
        f'[[tool.poetry.source]]\nname = "acme"\nurl = "{yanked.variables["S3PYPI_URL"]}"\n'
    )
    clients.run(
        *("poetry", "--no-interaction", "lock", "--directory", str(tmp_path)),
        POETRY_HTTP_BASIC_ACME_USERNAME="local",
        POETRY_HTTP_BASIC_ACME_PASSWORD=yanked.variables["S3PYPI_TOKEN"],
        POETRY_CACHE_DIR=str(tmp_path / "cache"),
    )
    assert f'name = "acme-yank"\nversion = "{version}"\n' in (tmp_path / "poetry.lock").read_text()


def with_credentials(served: Environment) -> str:
    """The repository's address, with its token."""
    url: str = served.variables["S3PYPI_URL"]
    return url.replace("://", f"://local:{served.variables['S3PYPI_TOKEN']}@")
