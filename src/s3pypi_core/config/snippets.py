"""The lines that make a client use a repository, as the tests of real clients use them; never a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from s3pypi_core.errors import UsageError
from s3pypi_core.origin import without_userinfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3pypi_core.config.target import Target

SHELL = "shell"
PROVIDER = "subprocess"  # the one setting that works for every pip that is not in the backend's environment
# Before the repository is the only index: it has no keyring to install.
_KEYRING = "pipx install keyring && pipx inject keyring s3twine\n"


class Part(NamedTuple):
    """Some lines, and the file that they belong into, or ``shell`` for commands."""

    place: str
    lines: str


def snippet(client: str, url: str, target: Target | None = None) -> str:
    """Return what to write where, for the repository at ``url``. Raises what ``parts`` raises."""
    return "\n".join(f"# {part.place}\n{part.lines}" for part in parts(client, url, target))


def parts(client: str, url: str, target: Target | None = None) -> tuple[Part, ...]:
    """Return the same as files and commands; ``target`` is where uploads go.

    Raises UsageError for an unknown client, and for one that uploads where no bucket is known.
    """
    if client == _UPLOADER:
        return _twine(url, target)
    if client not in _INSTALLERS:
        raise UsageError(f"there is no snippet for {client!r}", f"there is one for: {', '.join(CLIENTS)}")
    return _INSTALLERS[client](url)


def source_name(url: str) -> str:
    """Return a name for the repository that every client takes.

    >>> source_name("https://pypi.acme.com:8443/simple/")
    'pypi-acme-com-8443'
    """
    return urlsplit(url).netloc.replace(".", "-").replace(":", "-")


def _pip(url: str) -> tuple[Part, ...]:
    lines = f"""\
{_KEYRING}\
pip config set global.index-url {url}
pip config set global.keyring-provider {PROVIDER}
"""
    return (Part(SHELL, lines),)


def _uv(url: str) -> tuple[Part, ...]:
    return (Part(SHELL, "uv tool install keyring --with s3twine\n"), _uv_settings(url))


def _uv_settings(url: str) -> Part:
    lines = f"""\
keyring-provider = "subprocess"

[[index]]
name = "{source_name(url)}"
url = "{url}"
default = true
authenticate = "always"
"""
    return Part("~/.config/uv/uv.toml", lines)


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
    return (Part(SHELL, f"{_KEYRING}export PIPENV_KEYRING_PROVIDER={PROVIDER}\n"), Part("Pipfile", lines))


def _hatch(url: str) -> tuple[Part, ...]:
    lines = f"""\
{_KEYRING}\
export PIP_INDEX_URL={url}
export PIP_KEYRING_PROVIDER={PROVIDER}
"""
    return (Part(SHELL, lines), _uv_settings(url))


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
    return (Part(SHELL, _KEYRING), Part("tox.ini", lines), _uv_settings(url))


def _twine(url: str, target: Target | None) -> tuple[Part, ...]:
    # The repository itself takes no uploads: they go to its bucket.
    if target is None:
        hint = (
            'name it in its section of config.toml: bucket = "NAME"; s3pypi-deploy config takes --bucket NAME'
        )
        raise UsageError(f"the bucket that uploads for {url} go to is not known", hint)
    name = source_name(url)
    endpoint = target.endpoint_url and without_userinfo(target.endpoint_url)
    known = {"region": target.region, "profile": target.profile, "endpoint_url": endpoint}
    settings = "".join(f"{key} = {value}\n" for key, value in known.items() if value)
    section = f"[{name}]\nrepository = s3://{target.bucket}\n{settings}"
    return (
        Part(SHELL, "pip install 's3twine[twine]'\n"),
        Part("~/.pypirc", section),
        Part(SHELL, f"twine s3-upload --repository {name} dist/*\n"),
    )


def _docker(url: str) -> tuple[Part, ...]:
    lines = f"""\
RUN pip install s3twine
COPY requirements.txt .
RUN --mount=type=secret,id=s3pypi \\
    S3PYPI_URL={url} S3PYPI_TOKEN_FILE=/run/secrets/s3pypi PIP_KEYRING_PROVIDER=import \\
    pip install --index-url {url} --requirement requirements.txt
"""
    build = f"""\
S3PYPI_SECRET="$(s3pypi-keyring token {url})" docker build --secret id=s3pypi,env=S3PYPI_SECRET .
"""
    return (Part("Dockerfile", lines), Part(SHELL, build))


_INSTALLERS: dict[str, Callable[[str], tuple[Part, ...]]] = {
    "pip": _pip,
    "uv": _uv,
    "poetry": _poetry,
    "pdm": _pdm,
    "pipenv": _pipenv,
    "hatch": _hatch,
    "tox": _tox,
    "docker": _docker,
}
_UPLOADER = "twine"
CLIENTS = (*_INSTALLERS, _UPLOADER)
