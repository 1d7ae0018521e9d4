"""The lines that make a client use a repository, as the tests of real clients use them; never a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from s3pypi_core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

SHELL = "shell"
PROVIDER = "subprocess"  # the one setting that works for every pip that is not in the backend's environment


class Part(NamedTuple):
    """Some lines, and the file that they belong into, or ``shell`` for commands."""

    place: str
    lines: str


def snippet(client: str, url: str) -> str:
    """Return what to write where, for the repository at ``url``. Raises UsageError for an unknown client."""
    return "\n".join(f"# {part.place}\n{part.lines}" for part in parts(client, url))


def parts(client: str, url: str) -> tuple[Part, ...]:
    """Return the same as files and commands. Raises UsageError for an unknown client."""
    if client not in _CLIENTS:
        raise UsageError(f"there is no snippet for {client!r}", f"there is one for: {', '.join(CLIENTS)}")
    return _CLIENTS[client](url)


def source_name(url: str) -> str:
    """Return a name for the repository that every client takes.

    >>> source_name("https://pypi.acme.com:8443/simple/")
    'pypi-acme-com-8443'
    """
    return urlsplit(url).netloc.replace(".", "-").replace(":", "-")


def _pip(url: str) -> tuple[Part, ...]:
    lines = f"""\
pip config set global.index-url {url}
pip config set global.keyring-provider {PROVIDER}
"""
    return (Part(SHELL, lines),)


def _uv(url: str) -> tuple[Part, ...]:
    lines = f"""\
keyring-provider = "subprocess"

[[index]]
name = "{source_name(url)}"
url = "{url}"
default = true
authenticate = "always"
"""
    return (Part("~/.config/uv/uv.toml", lines),)


def _poetry(url: str) -> tuple[Part, ...]:
    lines = f"""\
[[tool.poetry.source]]
name = "{source_name(url)}"
url = "{url}"
priority = "primary"
"""
    return (Part(SHELL, "poetry self add s3twine\n"), Part("pyproject.toml", lines))


def _pdm(url: str) -> tuple[Part, ...]:
    # A source of this name takes the place of PyPI.
    lines = f"""\
[[tool.pdm.source]]
name = "pypi"
url = "{url}"
"""
    return (Part(SHELL, "pdm self add s3twine\n"), Part("pyproject.toml", lines))


def _pipenv(url: str) -> tuple[Part, ...]:
    lines = f"""\
[[source]]
name = "{source_name(url)}"
url = "{url}"
verify_ssl = true
"""
    return (Part(SHELL, f"export PIPENV_KEYRING_PROVIDER={PROVIDER}\n"), Part("Pipfile", lines))


def _hatch(url: str) -> tuple[Part, ...]:
    lines = f"""\
export PIP_INDEX_URL={url}
export PIP_KEYRING_PROVIDER={PROVIDER}
"""
    return (Part(SHELL, lines), *_uv(url))


def _tox(url: str) -> tuple[Part, ...]:
    # tox passes on what begins with PIP_ or UV_, and the home folder, and little else.
    lines = f"""\
[testenv]
set_env =
    PIP_INDEX_URL = {url}
    PIP_KEYRING_PROVIDER = {PROVIDER}
pass_env =
    AWS_*
    S3PYPI_*
"""
    return (Part("tox.ini", lines), *_uv(url))


def _twine(url: str) -> tuple[Part, ...]:
    # The repository itself takes no uploads: they go to its bucket.
    name = source_name(url)
    lines = f"""\
[{name}]
repository = s3://BUCKET
"""
    return (Part("~/.pypirc", lines), Part(SHELL, f"twine s3-upload --repository {name} dist/*\n"))


def _docker(url: str) -> tuple[Part, ...]:
    lines = f"""\
RUN pip install s3twine
RUN --mount=type=secret,id=s3pypi \\
    S3PYPI_URL={url} S3PYPI_TOKEN_FILE=/run/secrets/s3pypi PIP_KEYRING_PROVIDER=import \\
    pip install --index-url {url} --requirement requirements.txt
"""
    build = f"""\
S3PYPI_SECRET="$(s3pypi-keyring token {url})" docker build --secret id=s3pypi,env=S3PYPI_SECRET .
"""
    return (Part("Dockerfile", lines), Part(SHELL, build))


_CLIENTS: dict[str, Callable[[str], tuple[Part, ...]]] = {
    "pip": _pip,
    "uv": _uv,
    "poetry": _poetry,
    "pdm": _pdm,
    "pipenv": _pipenv,
    "hatch": _hatch,
    "tox": _tox,
    "twine": _twine,
    "docker": _docker,
}
CLIENTS = tuple(_CLIENTS)
