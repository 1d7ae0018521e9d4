"""Clients that look after a project: poetry, pdm, pipenv, hatch, tox."""

from __future__ import annotations

from tests.clients.bench import OURS
from tests.clients.client import Client
from tests.clients.installers import PROJECT

_PROJECT = """\
[project]
name = "demo"
version = "1.0"
requires-python = ">=3.10"

"""
_HATCH = """\
[tool.hatch.envs.default]
path = ".venv"
skip-install = true
dependencies = ["acme-app"]
"""
_TOX = """\
[tox]
env_list = demo

[testenv:demo]
skip_install = true
deps = acme-app
commands = python -c "import acme_app"

"""
_RUN = "python -c 'import acme_app'"

PROJECT_TOOLS = [
    Client(
        "poetry",
        ("poetry", OURS),
        "poetry add acme-app",
        "poetry",
        lookups=5,
        complaint="Authorization error accessing",
        files={"pyproject.toml": f"{_PROJECT}[tool.poetry]\npackage-mode = false\n\n"},
        variables={"POETRY_VIRTUALENVS_IN_PROJECT": "true"},
    ),
    Client(
        "pdm",
        # 2.29.3 does not start with hishel 2 (a module of it is gone), nor with unearth 0.19.
        ("pdm", "hishel<2", "unearth<0.19", OURS),
        "pdm lock\npdm sync",
        "pdm",
        lookups=6,
        files={"pyproject.toml": f"{PROJECT}[tool.pdm]\ndistribution = false\n\n"},
        variables={"PDM_CHECK_UPDATE": "0"},
    ),
    Client(
        "pipenv",
        ("pipenv",),
        # Without --verbose it keeps the reason to itself that pip gives: a 401.
        "pipenv lock --verbose\npipenv sync",
        "pipenv",
        lookups=13,  # a process for each package, twice, and all share a session
        lets_speak=False,
        files={"Pipfile": '[packages]\nacme-app = "*"\n\n'},
        variables={"PIPENV_VENV_IN_PROJECT": "1"},
    ),
    Client(
        "hatch pip",
        ("hatch",),
        f"hatch run {_RUN}",
        "hatch",
        lookups=1,
        lets_speak=False,
        files={"pyproject.toml": f"{_PROJECT}{_HATCH}"},
    ),
    Client(
        "hatch uv",
        ("hatch",),
        f"hatch run {_RUN}",
        "hatch",
        lookups=1,
        files={"pyproject.toml": f'{_PROJECT}{_HATCH}installer = "uv"\n'},
    ),
    Client("tox", ("tox",), "tox", "tox", lookups=1, lets_speak=False, files={"tox.ini": _TOX}),
    Client("tox-uv", ("tox", "tox-uv"), "tox", "tox", lookups=1, files={"tox.ini": _TOX}),
]
