"""What clients make of a yanked release: an index of two releases, and what each client installs from it."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from s3pypi_twine.__main__ import main
from tests.builders import build_wheel
from tests.indexes import ABSENT, HTML, JSON, Answer
from tests.repositories import publish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s3pypi_core.aws.s3_bucket import S3Bucket

REASON = "loses data, use 1.0"
INDEX = {"JSON": ("index.json", JSON), "HTML": ("index.html", HTML)}
_PYPROJECT = """\
[project]
name = "user"
version = "1.0"
requires-python = ">=3.10"

[tool.poetry]
package-mode = false

[[tool.poetry.source]]
name = "acme"
url = "{}"
priority = "primary"
"""


class Installer(NamedTuple):
    """``command`` is for a shell: URL is the index, DEMO what is wanted, SITE where it goes."""

    name: str
    command: str


INSTALLERS = [
    Installer("pip", "pip install --isolated --no-cache-dir --index-url URL --target SITE DEMO"),
    Installer("uv", "uv pip install --no-config --no-cache --index-url URL --target SITE DEMO"),
    Installer("poetry", "poetry add --no-cache --no-interaction DEMO && mv .venv/lib/*/site-packages SITE"),
]


def withdrawn(bucket: S3Bucket, folder: Path) -> Callable[[str, str | None], Answer]:
    """Publish two releases, yank the newer one with the command, and return the pages, in JSON or HTML.

    Their addresses begin with the name of the format.
    """
    publish(bucket, build_wheel(folder), build_wheel(folder, version="2.0"))
    assert main(["yank", "demo==2.0", "--reason", REASON, "--repository-url", f"s3://{bucket.name}"]) == 0

    def answer(path: str, _authorization: str | None) -> Answer:
        form, _, place = path.lstrip("/").partition("/simple/")
        page, content_type = INDEX[form]
        is_page = place.endswith("/")
        found = bucket.get(f"packages/{place}{page if is_page else ''}")
        if found is None:
            return ABSENT
        return Answer(found.body, content_type) if is_page else Answer(found.body)

    return answer


def install(installer: Installer, programs: Path, url: str, wanted: str, folder: Path) -> tuple[str, str]:
    """Install in a fresh project; return the version that is there then, and what was said."""
    project, site = folder / "project", folder / "site"
    project.mkdir(parents=True)
    (project / "pyproject.toml").write_text(_PYPROJECT.format(url), encoding="utf-8")
    command = installer.command.replace("URL", url).replace("SITE", str(site)).replace("DEMO", wanted)
    variables = {
        "HOME": str(folder),
        "PATH": f"{programs}:{os.environ['PATH']}",
        "POETRY_VIRTUALENVS_IN_PROJECT": "true",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=project,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    scope: dict[str, str] = {}
    exec((site / "demo.py").read_text(encoding="utf-8"), scope)  # noqa: S102  # built by this very test
    return scope["VERSION"], done.stdout
