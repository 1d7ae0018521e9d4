"""Whether clients come to our backend at all: keyring's choice, PATH, and what clients are told."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import keyring
from keyring.backends.chainer import ChainerBackend
from keyring.util.platform_ import config_root

from s3pypi_keyring.backend import S3PyPIKeyring
from s3pypi_keyring.store import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SHADOW = "PYTHON_KEYRING_BACKEND"
INSTALL = "run: pipx install keyring && pipx inject keyring s3twine"
_OURS = f"{S3PyPIKeyring.__module__}.{S3PyPIKeyring.__qualname__}"
_PATIENCE = 20  # seconds
_PROVIDERS = {"pip": "PIP_KEYRING_PROVIDER", "uv": "UV_KEYRING_PROVIDER"}
_UNSET = {
    "pip": "not set: pip asks its keyring only where it may ask questions, or its configuration says so",
    "uv": "not set: uv asks no keyring, unless its configuration says so",
}
_ASKING = {"pip": ("import", "subprocess", "auto"), "uv": ("subprocess",)}


class Line(NamedTuple):
    """What was found, and the command that mends it where it is wrong."""

    text: str
    advice: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether something is to be mended."""
        return bool(self.advice)


def front_door(environ: Mapping[str, str]) -> Line:
    """Which backend keyring uses here, in this environment."""
    try:
        chosen = keyring.get_keyring()
    except Exception as error:  # noqa: BLE001 - keyring raises whatever the named backend's import does
        return Line(f"cannot be used ({type(error).__name__})", _shadow(environ))
    asked = chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]
    if any(isinstance(backend, S3PyPIKeyring) for backend in asked):
        return Line(f"{name_of(chosen)}, which asks s3pypi-keyring")
    return Line(f"{name_of(chosen)}, which does not ask s3pypi-keyring", _shadow(environ))


def program(environ: Mapping[str, str]) -> Line:
    """The ``keyring`` that uv, and pip with ``subprocess``, run."""
    path = shutil.which("keyring", path=environ.get("PATH"))
    if path is None:
        return Line("none, so uv and pip's subprocess provider find nothing", INSTALL)
    try:
        done = subprocess.run(  # noqa: S603  # as the clients do
            [path, "--list-backends"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Line(f"{path}, which cannot be run ({type(error).__name__})", INSTALL)
    if _OURS in done.stdout:
        return Line(f"{path}, which has s3pypi-keyring")
    return Line(f"{path}, which lacks s3pypi-keyring", f"put another one first on PATH, or {INSTALL}")


def provider(client: str, environ: Mapping[str, str]) -> Line:
    """What the variable that makes ``client`` ask its keyring says."""
    value = environ.get(_PROVIDERS[client], "")
    advice = f"run: export {_PROVIDERS[client]}=subprocess"
    if not value:
        return Line(_UNSET[client], advice)
    if value in _ASKING[client]:
        return Line(value)
    return Line(f"{value}: {client} asks no keyring", advice)


def surroundings(environ: Mapping[str, str]) -> dict[str, Line]:
    """All of it, by what to call it."""
    clients = {variable: provider(client, environ) for client, variable in _PROVIDERS.items()}
    return {"keyring": front_door(environ), "keyring on PATH": program(environ), **clients}


def _shadow(environ: Mapping[str, str]) -> str:
    if SHADOW in environ:
        return f"{SHADOW}={environ[SHADOW]} chooses it; run: unset {SHADOW}"
    file = Path(config_root(), "keyringrc.cfg")
    return f"run: sed -i.bak /default-keyring/d {shlex.quote(str(file))}" if file.exists() else INSTALL
