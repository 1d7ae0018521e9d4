"""Clients that install: pip, and those that run it, and uv."""

from __future__ import annotations

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

PIP = [
    Client("pip import", ("pip", OURS), _INSTALL, "pip", lookups=1, variables=_IMPORT),
    Client("pip subprocess", ("pip",), _INSTALL, "pip", lookups=1),
    # From 26.2 on, pip needs no user name in the URL to run a keyring; before, only to import one.
    Client("pip 24 import", ("pip<25", OURS), _INSTALL, "pip", lookups=1, variables=_IMPORT),
    Client("pip --no-input", ("pip",), f"{_INSTALL} --no-input", "pip", lookups=1),
    Client(
        "pip isolated build",
        ("pip",),
        "pip install --target site acme-native",
        "pip",
        lookups=2,  # the build is installed by a pip of its own
        modules=(*MODULES, "acme_native"),
    ),
    Client(
        "pip-compile",
        ("pip-tools",),
        "pip-compile requirements.in\ntest $(grep -c ^acme- requirements.txt) = 5",
        "pip",
        programs=("pip-compile", "pip"),
        lookups=1,
        files={"requirements.in": "acme-app\n"},
        modules=(),
    ),
    Client(
        "pipx",
        ("pipx",),
        "pipx install acme-app",
        "pip",
        lookups=1,
        programs=("pipx", "pip"),
        # The pip that comes with Python cannot run a keyring without a user name in the URL: pipx has to
        # have made its shared environment, with the newest pip, before the index is ours alone.
        places={"PIPX_SHARED_LIBS": ("pip",)},
    ),
]
_FILES = {"pyproject.toml": PROJECT}

UV = [
    Client("uv pip install", ("uv",), "uv pip install --target site acme-app", "uv", lookups=1),
    Client("uv sync", ("uv",), "uv lock\nuv sync --locked", "uv", lookups=2, files=_FILES),
    Client("uv tool install", ("uv",), "uv tool install acme-app", "uv", lookups=1),
]
