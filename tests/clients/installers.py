"""Clients that install: pip, and those that run it, and uv."""

from __future__ import annotations

from functools import partial

from tests.clients.bench import OURS
from tests.clients.client import Client
from tests.clients.scene import MODULES

PROJECT = """\
[project]
name = "demo"
version = "1.0"
requires-python = ">=3.10"
dependencies = ["acme-app"]

"""
_IMPORT = {"PIP_KEYRING_PROVIDER": "import"}
_INSTALL = "pip install --target site acme-app"

# What keyring writes to standard error is lost in every pip that runs it.
_silent = partial(Client, snippet="pip", lets_speak=False)

PIP = [
    Client("pip import", ("pip", OURS), _INSTALL, "pip", lookups=1, variables=_IMPORT),
    _silent("pip subprocess", ("pip",), _INSTALL, lookups=1),
    # From 26.2 on, pip needs no user name in the URL to run a keyring; before, only to import one.
    Client("pip 24 import", ("pip<25", OURS), _INSTALL, "pip", lookups=1, variables=_IMPORT),
    _silent("pip --no-input", ("pip",), f"{_INSTALL} --no-input", lookups=1),
    _silent(
        "pip isolated build",
        ("pip",),
        "pip install --target site acme-native",
        lookups=2,  # the build is installed by a pip of its own
        modules=(*MODULES, "acme_native"),
    ),
    _silent(
        "pip-compile",
        ("pip-tools",),
        "pip-compile requirements.in\ntest $(grep -c ^acme- requirements.txt) = 5",
        programs=("pip-compile", "pip"),
        lookups=1,
        files={"requirements.in": "acme-app\n"},
        modules=(),
    ),
    _silent(
        "pipx",
        ("pipx",),
        "pipx install acme-app",
        lookups=1,
        programs=("pipx", "pip"),
        # The pip that comes with Python cannot run a keyring without a user name in the URL: pipx has to
        # have made its shared environment, with the newest pip, before the index is ours alone.
        places={"PIPX_SHARED_LIBS": ("pip",)},
    ),
]
# The last RUN of the Dockerfile, with the secret where a test may put it.
_DOCKER = """\
sed '1,/--mount/d; s|/run/secrets/s3pypi|"$S3PYPI_TOKEN_FILE"|' Dockerfile >run
grep -q pip run
sh -e run"""
DOCKER = Client(
    "docker",
    ("pip", OURS),
    _DOCKER,
    "docker",
    lookups=1,
    programs=("pip",),
    files={"requirements.txt": "acme-app\n"},
    variables={"PIP_TARGET": "site"},
)
_FILES = {"pyproject.toml": PROJECT}

UV = [
    Client("uv pip install", ("uv",), "uv pip install --target site acme-app", "uv", lookups=1),
    Client("uv sync", ("uv",), "uv lock\nuv sync --locked", "uv", lookups=2, files=_FILES),
    Client("uv tool install", ("uv",), "uv tool install acme-app", "uv", lookups=1),
]
