from __future__ import annotations

import sys

import pytest

from s3pypi_core.errors import UsageError
from s3pypi_core.snippets import CLIENTS, snippet

if sys.version_info >= (3, 11):  # pragma: no cover - which branch runs depends on the Python
    import tomllib
else:  # pragma: no cover - likewise
    import tomli as tomllib

URL = "https://pypi.acme.com/simple/"


@pytest.mark.parametrize("client", [client for client in CLIENTS if client not in {"twine", "docker"}])
def test_a_snippet_names_the_address_as_it_is(client: str) -> None:
    assert URL in snippet(client, URL)


@pytest.mark.parametrize(
    ("client", "line"),
    [
        pytest.param("pip", "pip config set global.keyring-provider subprocess", id="pip"),
        pytest.param("uv", 'authenticate = "always"', id="uv"),
        pytest.param("uv", 'keyring-provider = "subprocess"', id="uv's keyring"),
        pytest.param("poetry", "poetry self add s3twine", id="poetry"),
        pytest.param("pdm", "pdm self add keyring s3twine", id="pdm"),
        pytest.param("pipenv", "export PIP_KEYRING_PROVIDER=subprocess", id="pipenv"),
        pytest.param("hatch", f"export PIP_INDEX_URL={URL}", id="hatch"),
        pytest.param("tox", "pass_env = AWS_*, S3PYPI_*", id="tox"),
        pytest.param("twine", "twine s3-upload dist/*", id="twine"),
        pytest.param("docker", "--mount=type=secret,id=S3PYPI_TOKEN", id="docker"),
        pytest.param("docker", "https://__token__:$(cat ", id="docker's address"),
    ],
)
def test_a_snippet_has_what_its_client_needs(client: str, line: str) -> None:
    assert line in snippet(client, URL)


@pytest.mark.parametrize("client", ["uv", "pdm", "pipenv"])
def test_tables_are_toml(client: str) -> None:
    text = snippet(client, URL)
    start = text.index("# uv.toml" if client == "uv" else "# p" if client == "pdm" else "# Pipfile")
    document = tomllib.loads(text[start:])
    assert URL in str(document)


def test_a_client_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError, match="is not a client") as error:
        snippet("conda", URL)
    assert "pip, uv, poetry, pdm, pipenv, hatch, tox, twine, docker" in error.value.hint
