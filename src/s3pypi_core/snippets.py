"""What to write where, so that a client installs from a repository without a question."""

from __future__ import annotations

from s3pypi_core.errors import UsageError

# With `authenticate = "always"` uv asks its keyring without a user name.
_UV = """\
# uv.toml of the machine (~/.config/uv/uv.toml); in a pyproject.toml the tables begin with tool.uv
keyring-provider = "subprocess"

[[index]]
name = "private"
url = "{url}"
default = true
authenticate = "always"
"""
_PIP = """\
pip config set global.index-url {url}
pip config set global.keyring-provider subprocess
"""
_ON_PATH = (
    "pipx install keyring && pipx inject keyring s3twine   # once: `keyring` on PATH, with our backend\n"
)

_SNIPPETS = {
    "pip": _ON_PATH + _PIP,
    "uv": "uv tool install keyring --with s3twine   # once: `keyring` on PATH, with our backend\n\n" + _UV,
    # A user name in a source's URL would keep poetry from its keyring.
    "poetry": """\
poetry self add s3twine
poetry source add --priority=primary private {url}
""",
    "pdm": """\
pdm self add keyring s3twine

# pyproject.toml
[[tool.pdm.source]]
name = "private"
url = "{url}"
""",
    # Pipenv passes over pip's configuration files.
    "pipenv": _ON_PATH
    + """\
export PIP_KEYRING_PROVIDER=subprocess

# Pipfile
[[source]]
name = "private"
url = "{url}"
verify_ssl = true
""",
    # hatch hands its variables on to the pip of each environment, which asks `keyring` on PATH.
    "hatch": _ON_PATH
    + """\
export PIP_INDEX_URL={url}
export PIP_KEYRING_PROVIDER=subprocess
# where [tool.hatch.envs.*] says installer = "uv", what uv needs counts instead
""",
    # tox hands PIP_* on, and neither AWS_* nor S3PYPI_*.
    "tox": _ON_PATH
    + """\
export PIP_INDEX_URL={url}
export PIP_KEYRING_PROVIDER=subprocess

# tox.ini, where credentials come from the environment
[testenv]
pass_env = AWS_*, S3PYPI_*
""",
    "twine": """\
# uploads go to the bucket, with AWS credentials
pip install 's3twine[twine]'
twine s3-upload dist/*
""",
    "docker": """\
# the token reaches this one step, and no layer keeps it
# docker build --secret id=S3PYPI_TOKEN,env=S3PYPI_TOKEN .
RUN --mount=type=secret,id=S3PYPI_TOKEN,required=true \\
    PIP_INDEX_URL="{scheme}://__token__:$(cat /run/secrets/S3PYPI_TOKEN)@{rest}" \\
    pip install -r requirements.txt
""",
}
CLIENTS = tuple(_SNIPPETS)


def snippet(client: str, url: str) -> str:
    """The commands and settings for a client; ``url`` is the index address, which ends in ``/simple/``.

    Raises UsageError for a client that is not known.
    """
    if client not in _SNIPPETS:
        raise UsageError(f"{client!r} is not a client that this knows", "known are: " + ", ".join(CLIENTS))
    scheme, _, rest = url.partition("://")
    return _SNIPPETS[client].format(url=url, scheme=scheme, rest=rest)
